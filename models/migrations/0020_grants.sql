-- Grants to many are an act. Its rows say 'grant': taking them back moves the credits back, and changes nothing else.
alter table act_rows drop constraint act_rows_op_known;
alter table act_rows add constraint act_rows_op_known check (op in ('insert', 'update', 'delete', 'end', 'grant'));

-- Which transfer an act made for whom. An act gives to each of its users once, and an undo takes back once.
create table act_transfers (
	act_id bigint not null references acts,
	target_id bigint not null,
	transfer_id uuid not null references transfers,
	primary key (act_id, target_id)
);

-- Proves now, within the time of its batch, what the constraints of the ledger would prove at commit.
create function prove_now() returns void language plpgsql as $$
begin
	set constraints all immediate;
	set constraints all deferred;
end $$;

-- Grants to each of the users, who are locked. of is the receipt; 0: a rehearsal, which is rolled back.
create function grant_all(of bigint, whom bigint[], amount numeric, note text, actor bigint) returns void language plpgsql as $$
declare
	who bigint;
	made uuid;
begin
	foreach who in array whom loop
		select m.transfer into made from move_credits('grant', null, who, amount, note, null, actor,
			case when of <> 0 then format('act %s user %s', of, who) end,
			case when of <> 0 then sha256(convert_to(format('%s %s %s %s', of, who, amount, note), 'UTF8')) end, null) m;
		if of <> 0 then
			insert into act_transfers (act_id, target_id, transfer_id) values (of, who, made);
		end if;
	end loop;
	perform prove_now();
end $$;

-- Takes back what is left of the grants of an act to the users, who are locked. of is the receipt of the undo.
create function take_back_grants(of bigint, original bigint, whom bigint[], actor bigint) returns void language plpgsql as $$
declare
	g record;
	made uuid;
	said text := (select reason from acts where id = of);
begin
	for g in select t.target_id, t.transfer_id from act_transfers t where t.act_id = original and t.target_id = any(whom) order by t.target_id loop
		select r.transfer into made from reverse_transfer(g.transfer_id, null, false, said, actor, format('act %s user %s', of, g.target_id),
			sha256(convert_to(format('%s %s', of, g.transfer_id), 'UTF8'))) r;
		insert into act_transfers (act_id, target_id, transfer_id) values (of, g.target_id, made);
	end loop;
	perform prove_now();
end $$;
