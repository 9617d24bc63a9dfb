package models

// fileChecks compare the large objects with all that names them, both ways.
var fileChecks = []check{
	{"files", `
		with named as (select object, format('file %s', id) as who from files union all select object, format('file %s in %s pixels', file_id, width) from file_images
			union all select object, 'a file that comes or goes' from loose_objects)
		select case when n.object is null then format('the large object %s belongs to no file', m.oid) else format('%s has no large object %s', n.who, n.object) end
		from pg_largeobject_metadata m full join named n on n.object = m.oid where m.oid is null or n.object is null order by 1 limit 100`},
	{"files", `
		select format('the large object %s is named by %s rows', object, count(*))
		from (select object from files union all select object from file_images union all select object from loose_objects) x group by object having count(*) > 1 order by object limit 100`},
	{"files that an undo brings back", `
		select format('receipt %s would bring back a file without its large object %s', i.act_id, o.object)
		from act_images i cross join lateral (select (coalesce(i.before, i.after) ->> 'object')::oid as object) o
		where i.table_name in ('files', 'file_images') and not exists (select from pg_largeobject_metadata m where m.oid = o.object) order by 1 limit 100`},
}
