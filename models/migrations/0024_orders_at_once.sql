-- Acts are done to orders, too.
alter table acts drop constraint acts_target_known;
alter table acts add constraint acts_target_known check (target_kind in ('user', 'post', 'order'));

-- What was fulfilled by mistake is open again, and may be fulfilled again: so an order can have a state more than once. It is
-- cancelled, and paid back, once.
alter table order_states drop constraint order_states_order_id_state_key;
create unique index order_states_cancelled on order_states (order_id) where state = 'cancelled';
create index order_states_order on order_states (order_id, id);

create or replace function turn_order() returns trigger language plpgsql as $$
declare
	before text;
begin
	perform from orders where id = new.order_id for no key update;
	select s.state into before from order_states s where s.order_id = new.order_id order by s.id desc limit 1;
	if not (before is null and new.state = 'ordered' or before = 'ordered' and new.state <> 'ordered' or before = 'fulfilled' and new.state <> 'fulfilled') then
		raise exception 'an order that is % does not become %', coalesce(before, 'new'), new.state using errcode = 'PR020';
	end if;
	update orders set state = new.state where id = new.order_id and state <> new.state;
	return new;
end $$;

-- Brings orders into a state, in the order of their ids. Who calls has locked their users, then them. A cancelled order is paid back
-- by a counter-entry that names the payment, also to who is deactivated by now, and its pieces go back into the stock, perk by perk
-- in the order of their ids. Of each order it says how many hundredths of a credit are paid back.
create function turn_orders(ids bigint[], new_state text, actor bigint, said text) returns table (target bigint, went jsonb) language plpgsql as $$
declare
	o record;
	p record;
	paid uuid;
	actor_name text := coalesce((select username from users where id = actor), '');
begin
	for o in select * from orders where id = any(ids) order by id loop
		paid := null;
		if new_state = 'cancelled' then
			select m.transfer into paid from move_credits('refund', null, o.user_id, o.total, o.product_name || ' × ' || o.quantity, null, actor, null, null, o.transfer_id) m;
		end if;
		insert into order_states (order_id, state, by_id, by_name, note, transfer_id) values (o.id, new_state, actor, actor_name, said, paid);
		perform tell('order', o.id, o.user_id);
		target := o.id;
		went := case when paid is null then '{}' else jsonb_build_object('refund', (o.total * 100)::bigint) end;
		return next;
	end loop;
	if new_state = 'cancelled' then
		perform from perks k where k.id in (select perk_id from orders where id = any(ids)) order by k.id for no key update;
		for p in update perks k set stock = k.stock + x.n from (select perk_id, sum(quantity) as n from orders where id = any(ids) group by perk_id) x
				where k.id = x.perk_id and k.stock is not null returning k.id loop
			perform tell('perk', p.id, null);
		end loop;
	end if;
	if cardinality(ids) > 0 then
		perform tell('order', case when cardinality(ids) = 1 then ids[1] end, 0);
	end if;
end $$;

-- The list is read from the newest on, whatever it is filtered by.
drop index orders_user, orders_perk, orders_state;
create index orders_date on orders (order_date, id);
create index orders_state on orders (state, order_date, id);
create index orders_user on orders (user_id, order_date, id);
create index orders_perk on orders (perk_id, order_date, id) where perk_id is not null;
create index orders_perk_state on orders (perk_id, state, order_date, id) where perk_id is not null;
create index orders_user_state on orders (user_id, state, order_date, id);
create index orders_user_perk on orders (user_id, perk_id, order_date, id);

-- How many orders are in each state, and what they cost, in hundredths of a credit.
create function keep_order_figures() returns trigger language plpgsql as $$
begin
	if tg_op = 'TRUNCATE' then
		delete from figure_deltas where kind like 'orders %' or kind like 'order\_sum %';
		delete from figures where kind like 'orders %' or kind like 'order\_sum %';
	elsif tg_op = 'INSERT' then
		insert into figure_deltas select v.kind, '-infinity', v.n from (select state, count(*) as n, sum(total) as total from new_rows group by state) s,
			lateral (values ('orders ' || s.state, s.n), ('order_sum ' || s.state, (s.total * 100)::bigint)) v(kind, n);
	elsif tg_op = 'DELETE' then
		insert into figure_deltas select v.kind, '-infinity', -v.n from (select state, count(*) as n, sum(total) as total from old_rows group by state) s,
			lateral (values ('orders ' || s.state, s.n), ('order_sum ' || s.state, (s.total * 100)::bigint)) v(kind, n);
	else
		insert into figure_deltas select v.kind, '-infinity', v.n from (
				select state, sum(n) as n, sum(total) as total from (select state, 1 as n, total from new_rows union all select state, -1, -total from old_rows) x group by state) s,
			lateral (values ('orders ' || s.state, s.n), ('order_sum ' || s.state, (s.total * 100)::bigint)) v(kind, n) where v.n <> 0;
	end if;
	return null;
end $$;
create trigger keep_order_figures_insert after insert on orders referencing new table as new_rows for each statement execute function keep_order_figures();
create trigger keep_order_figures_update after update on orders referencing old table as old_rows new table as new_rows for each statement execute function keep_order_figures();
create trigger keep_order_figures_delete after delete on orders referencing old table as old_rows for each statement execute function keep_order_figures();
create trigger keep_order_figures_truncate after truncate on orders for each statement execute function keep_order_figures();
insert into figures select v.kind, '-infinity', v.n from (select state, count(*) as n, sum(total) as total from orders group by state) s,
	lateral (values ('orders ' || s.state, s.n), ('order_sum ' || s.state, (s.total * 100)::bigint)) v(kind, n);
