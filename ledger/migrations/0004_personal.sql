-- The keys under which personal fields are sealed, one a person, each wrapped by a master key that is a file
-- outside the database (docs/access.md). Apart from the ledger's schema: none of it is the log's, and a key that
-- is destroyed is gone. Whoever reads this table has no key yet; whoever destroys a row destroys what it opens.

create schema personal;

create table personal.master (
    only_row boolean primary key default true check (only_row),
    id       text        not null check (id ~ '^[0-9a-f]{16}$'),
    since    timestamptz not null default clock_timestamp()
);
comment on table personal.master is
    '主密钥:只记编号;密钥本身是数据库之外的文件。 Which master key wraps new keys: its id alone, the key is a '
    'file outside the database.';

create table personal.key (
    id           uuid        not null primary key,
    person       uuid        not null,
    master       text        not null check (master ~ '^[0-9a-f]{16}$'),
    wrapped      bytea,
    made_at      timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);
comment on table personal.key is
    '个人密钥:由主密钥加密保存;销毁后只留编号与时间。 A person''s key, wrapped by the master key; of a destroyed '
    'one only its id and the time are left.';
create unique index one_in_use on personal.key (person) where wrapped is not null;

create function personal.keep(new_id uuid, whose uuid, wrapped_by text, new_key bytea)
    returns table (id uuid, master text, wrapped bytea)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as
$$
begin
    -- Held until the key is kept: a master key that is being replaced wraps nothing any more.
    perform from personal.master m where m.id = wrapped_by for share;
    if not found then
        raise exception using
            errcode = 'ZC008',
            message = '主密钥已更换,请重试。 The master key was replaced meanwhile: try again.';
    end if;
    insert into personal.key (id, person, master, wrapped) values (new_id, whose, wrapped_by, new_key)
    on conflict (person) where key.wrapped is not null do nothing;
    return query
        select k.id, k.master, k.wrapped from personal.key k where k.person = whose and k.wrapped is not null;
end
$$;
comment on function personal.keep is
    '登记某人的密钥,已有在用者则返回在用者。 Keep a person''s key, and return the one in use: it, or one that was '
    'quicker. ZC008 the master key is another by now.';

create function personal.found_master(new_id text) returns text
    language sql security definer set search_path = pg_catalog, pg_temp as
$$
    insert into personal.master (id) values (new_id) on conflict do nothing;
    select m.id from personal.master m;
$$;
comment on function personal.found_master is
    '登记首个主密钥,已有则返回已有者。 Name the first master key, and return the one that is named.';

-- In the transaction that records it: no forgetting is on record whose key is left, and no key goes unrecorded.
create function ledger.destroy_keys() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as
$$
begin
    if exists (
        select from ledger.events e
        where e.originator_id = new.originator_id and e.topic = 'Instructor.Nominated'
            and position('"sealed":"'::bytea in e.state) = 0
    ) then
        raise exception using
            errcode = 'ZC007',
            message = '报名表以明文记录,无法删除。 The form was recorded before forms were sealed.';
    end if;
    update personal.key k set wrapped = null, destroyed_at = clock_timestamp()
    where k.person = new.originator_id and k.wrapped is not null;
    return null;
end
$$;
create trigger forgotten after insert on ledger.events
    for each row when (new.topic = 'Instructor.Forgotten') execute function ledger.destroy_keys();
alter table ledger.events enable always trigger forgotten;

-- Whoever sealed a form before its key was destroyed, and comes to record it afterwards, has to seal it anew:
-- otherwise it would be on record and never read.
create function ledger.refuse_destroyed_key() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as
$$
begin
    if exists (
        select from personal.key k
        where k.person = new.originator_id and k.wrapped is null
            and position(convert_to('"key":"' || k.id || '"', 'UTF8') in new.state) > 0
    ) and exists (select from ledger.identity) then  -- a log that is restored has such forms by right
        raise exception using
            errcode = 'ZC009',
            message = '封存报名表的密钥已销毁。 The key that the form was sealed with has been destroyed.';
    end if;
    return null;
end
$$;
create trigger readable after insert on ledger.events
    for each row when (new.topic = 'Instructor.Nominated') execute function ledger.refuse_destroyed_key();
alter table ledger.events enable always trigger readable;
revoke all on function personal.keep, personal.found_master, ledger.destroy_keys, ledger.refuse_destroyed_key
    from public;


create or replace function ledger.grant_serving() returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    granted boolean := true;
    reason  text := 'zhucun_serving may read, append through ledger.append, add to the log, and keep keys';
begin
    begin
        if to_regrole('zhucun_serving') is null then
            create role zhucun_serving nologin;
        end if;
    exception
        when duplicate_object or unique_violation then null;  -- another database's migration was quicker
        when insufficient_privilege then
            granted := false;
            reason := format(
                '%s may not create roles. Let an administrator run: create role zhucun_serving nologin; '
                'then: select ledger.grant_serving()', current_user);
    end;
    if granted then
        execute format('grant temporary on database %I to zhucun_serving', current_database());
        grant usage on schema ledger to zhucun_serving;
        grant select on all tables in schema ledger to zhucun_serving;
        grant insert on ledger.tree_node, ledger.checkpoint, ledger.signature to zhucun_serving;
        grant execute on function ledger.append, ledger.position_at to zhucun_serving;
        grant usage on schema access, personal to zhucun_serving;
        grant select on access.token, personal.key, personal.master to zhucun_serving;
        grant execute on function personal.keep, personal.found_master to zhucun_serving;
    end if;
    insert into ledger.serving (granted, reason) values (granted, reason)
    on conflict (only_row) do update
        set granted = excluded.granted, reason = excluded.reason, at = excluded.at;
    return granted;
end
$$;
revoke all on function ledger.grant_serving from public;
select ledger.grant_serving();
