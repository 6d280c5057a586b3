-- The ledger: who keeps it (identity) and what happened (events). Both are only ever added to.

create table ledger.identity (
    only_row   boolean primary key default true check (only_row),
    origin     text        not null check (origin <> ''),
    county     text        not null check (county <> ''),
    simulated  boolean     not null,
    created_at timestamptz not null default now()
);
comment on table ledger.identity is
    '账本身份:只有一行,写入后不可更改。 Whose ledger this is: one row, written once. '
    'Its lock is also the append lock: whoever appends holds it, nobody else ever writes here.';

create table ledger.events (
    originator_id      uuid        not null,
    originator_version bigint      not null check (originator_version >= 0),
    topic              text        not null check (topic <> ''),
    state              bytea       not null,
    position           bigint      not null check (position > 0),
    recorded_at        timestamptz not null,
    command_id         uuid,
    constraint events_pkey primary key (originator_id, originator_version),
    constraint events_position_key unique (position)
);
comment on table ledger.events is
    '事件:只增不改。position 从 1 起连续;recorded_at 由数据库在追加锁内设定,只增不减。 '
    'Events, only ever appended: positions are dense from 1, and recorded_at is set under the append lock '
    'and never decreases, so both orders are one.';

create index events_command_id_idx on ledger.events (command_id) where command_id is not null;
-- Serves position_at; always written at its right edge, which costs next to nothing.
create index events_recorded_at_idx on ledger.events (recorded_at, position);


-- What the database refuses. An owner can still drop the triggers or the table: what protects against an
-- owner is a checkpoint in somebody else's hands. The triggers protect against every ordinary session.

create function ledger.refuse_change() returns trigger
    language plpgsql set search_path = pg_catalog as
$$
begin
    raise exception using
        errcode = 'ZC003',
        message = case tg_table_name
            when 'events' then
                '事件只增不改:请以作废(Voided)更正,不要修改或删除。 '
                'Events are never changed or removed: record that the fact is void (Voided) instead.'
            else
                '账本身份写入后不可更改。 The identity of a ledger is written once and never changed.'
            end,
        detail = format('%s on %I.%I', tg_op, tg_table_schema, tg_table_name);
end
$$;

create trigger only_appended before update or delete or truncate on ledger.events
    for each statement execute function ledger.refuse_change();
create trigger written_once before update or delete or truncate on ledger.identity
    for each statement execute function ledger.refuse_change();
alter table ledger.events enable always trigger only_appended;
alter table ledger.identity enable always trigger written_once;

create function ledger.refuse_insert() returns trigger
    language plpgsql set search_path = pg_catalog as
$$
begin
    raise exception using
        errcode = 'ZC003',
        message = '事件只能经 ledger.append 写入。 Events enter only through ledger.append.';
end
$$;

-- The setting is on while ledger.append inserts, and at no other time.
create trigger only_by_append before insert on ledger.events
    for each statement when (current_setting('zhucun.appending', true) is distinct from 'on')
    execute function ledger.refuse_insert();


create function ledger.append(
    ids uuid[], versions bigint[], topics text[], states bytea[], commands uuid[], clocks timestamptz[]
) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp as
$$
declare
    ledger_is_simulated boolean;
    last_position       bigint;
    last_recorded_at    timestamptz;
    now_under_lock      timestamptz;
    repeated_command    uuid;
    event_count         bigint;
begin
    -- Positions and clock are given out under this lock, which is held until commit: whoever reads
    -- position n has every position before n. Not a lock on events: autovacuum would stall behind it.
    lock table ledger.identity in exclusive mode;

    select i.simulated into ledger_is_simulated from ledger.identity i;
    if not found then
        raise exception using
            errcode = 'ZC004',
            message = '账本尚未建立:请先登记其来源和县。 '
                      'This ledger has not been founded: give it an origin and a county first.';
    end if;

    select e.position, e.recorded_at into last_position, last_recorded_at
    from ledger.events e order by e.position desc limit 1;
    last_position := coalesce(last_position, 0);
    now_under_lock := greatest(clock_timestamp(), last_recorded_at);

    -- Lateral with a limit: one index probe a command, whatever the planner believes of the table.
    select known.command_id into repeated_command
    from unnest(commands) as command(id)
    cross join lateral (select e.command_id from ledger.events e where e.command_id = command.id limit 1) known
    limit 1;
    if found then
        raise exception using
            errcode = 'ZC001',
            message = '命令已记录。 This command is already recorded.',
            detail = repeated_command::text;
    end if;

    if clocks is not null then
        if not ledger_is_simulated then
            raise exception using
                errcode = 'ZC002',
                message = '真实账本的时间只由数据库给出。 A real ledger takes its clock from the database alone.';
        end if;
        if array_position(clocks, null) is not null or cardinality(clocks) <> cardinality(ids) or exists (
            select from (
                select c.at < coalesce(lag(c.at) over (order by c.n), last_recorded_at) as backwards
                from unnest(clocks) with ordinality as c(at, n)
            ) step where step.backwards
        ) then
            raise exception using
                errcode = 'ZC005',
                message = '记录时间须逐一给出,且不得倒退。 '
                          'One recording time an event, none earlier than the one before it.',
                detail = format('last recorded_at: %s', coalesce(last_recorded_at::text, '-'));
        end if;
    end if;

    perform set_config('zhucun.appending', 'on', true);
    insert into ledger.events
        (originator_id, originator_version, topic, state, position, recorded_at, command_id)
    select e.id, e.version, e.topic, e.state, last_position + e.n, coalesce(e.clock, now_under_lock), e.command
    from unnest(ids, versions, topics, states, commands, clocks)
        with ordinality as e(id, version, topic, state, command, clock, n);

    get diagnostics event_count = row_count;
    perform set_config('zhucun.appending', 'off', true);
    perform pg_notify('zhucun_events', (last_position + event_count)::text);
    return last_position + event_count;
end
$$;
comment on function ledger.append is
    '追加事件,返回最后一个位置。 Append events, all or none, and return the last position; '
    'the events take the positions up to it, in the order given. '
    'ZC001 command already recorded · ZC002 outside clock on a real ledger · ZC004 ledger not founded · '
    'ZC005 clock goes backwards · 23505 another event has this version of the aggregate.';

create function ledger.position_at(known timestamptz) returns bigint
    language sql stable parallel safe as
$$
    select coalesce((
        select e.position from ledger.events e
        where e.recorded_at <= known order by e.recorded_at desc, e.position desc limit 1
    ), 0)
$$;
comment on function ledger.position_at is
    '某一时刻已记录到的位置。 How far the ledger had got at a moment; 0 before its first event.';


-- The serving role: what a program that serves the ledger may do, whoever owns it.

create table ledger.serving (
    only_row boolean primary key default true check (only_row),
    granted  boolean     not null,
    reason   text        not null,
    at       timestamptz not null default now()
);
comment on table ledger.serving is
    'Whether the group role zhucun_serving has its rights here, and if not, why; see ledger.grant_serving().';

create function ledger.grant_serving() returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    granted boolean := true;
    reason  text := 'zhucun_serving may read, and append through ledger.append';
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
        grant select on ledger.identity, ledger.events, ledger.serving, ledger.migration to zhucun_serving;
        grant execute on function ledger.append, ledger.position_at to zhucun_serving;
    end if;
    insert into ledger.serving (granted, reason) values (granted, reason)
    on conflict (only_row) do update
        set granted = excluded.granted, reason = excluded.reason, at = excluded.at;
    return granted;
end
$$;

revoke all on function ledger.append, ledger.position_at, ledger.grant_serving from public;
select ledger.grant_serving();
