-- The log over the events: a Merkle tree, what was signed of it, and by whom. Only ever added to, like the
-- events; what it means to the byte stands in docs/proofs.md.

create or replace function ledger.refuse_change() returns trigger
    language plpgsql set search_path = pg_catalog as
$$
begin
    raise exception using
        errcode = 'ZC003',
        message = case tg_table_name
            when 'events' then
                '事件只增不改:请以作废(Voided)更正,不要修改或删除。 '
                'Events are never changed or removed: record that the fact is void (Voided) instead.'
            when 'identity' then
                '账本身份写入后不可更改。 The identity of a ledger is written once and never changed.'
            else
                '日志只增不改。 The log over the events is only ever added to.'
            end,
        detail = format('%s on %I.%I', tg_op, tg_table_schema, tg_table_name);
end
$$;

create table ledger.tree_node (
    level smallint not null check (level >= 0 and level % 4 = 0),
    index bigint   not null check (index >= 0),
    hash  bytea    not null check (octet_length(hash) = 32),
    constraint tree_node_pkey primary key (level, index)
);
alter table ledger.tree_node alter column hash set storage plain;
comment on table ledger.tree_node is
    '默克尔树(RFC 6962)的节点:第0层为各事件的叶,其上每四层存一层。 The Merkle tree over the events: level 0 '
    'are their leaves, in the order of positions, and every fourth level above is kept too. The size of the '
    'log is the number of its leaves.';

create table ledger.signing_key (
    number        integer     not null primary key check (number > 0),
    vkey          text        not null unique,
    note          text        not null,
    registered_at timestamptz not null default clock_timestamp()
);
comment on table ledger.signing_key is
    '签名公钥及其更替。 The public keys that sign this log, each with the note by which it took over.';

create table ledger.checkpoint (
    size      bigint      not null primary key check (size >= 0),
    root      bytea       not null check (octet_length(root) = 32),
    body      text        not null,
    signed_at timestamptz not null default clock_timestamp()
);
comment on table ledger.checkpoint is
    '检查点:某一长度的日志及其根,一个长度只有一个。 What was signed: the log at a size, once and for ever.';

create table ledger.signature (
    size      bigint      not null references ledger.checkpoint,
    name      text        not null,
    key_id    bytea       not null check (octet_length(key_id) = 4),
    signature bytea       not null,
    added_at  timestamptz not null default clock_timestamp(),
    constraint signature_pkey primary key (size, name, key_id)
);
comment on table ledger.signature is
    '检查点上的签名:本账本的,及见证方的附签。 Signatures on checkpoints: the log''s own, and those of witnesses.';

create table ledger.witness (
    vkey     text        not null primary key,
    url      text,
    added_at timestamptz not null default clock_timestamp()
);
comment on table ledger.witness is
    '见证方的公钥与地址。 Who may cosign: verifier keys, and where the witness can be asked, if it can.';

create table ledger.restoration (
    only_row    boolean     not null primary key default true check (only_row),
    size        bigint      not null,
    root        bytea       not null check (octet_length(root) = 32),
    restored_at timestamptz not null default clock_timestamp()
);
comment on table ledger.restoration is
    '本账本由导出文件恢复而来。 This ledger was restored from an export of this size and root.';

create trigger only_appended before update or delete or truncate on ledger.tree_node
    for each statement execute function ledger.refuse_change();
create trigger only_appended before update or delete or truncate on ledger.signing_key
    for each statement execute function ledger.refuse_change();
create trigger only_appended before update or delete or truncate on ledger.checkpoint
    for each statement execute function ledger.refuse_change();
create trigger only_appended before update or delete or truncate on ledger.signature
    for each statement execute function ledger.refuse_change();
create trigger only_appended before update or delete or truncate on ledger.witness
    for each statement execute function ledger.refuse_change();
create trigger only_appended before update or delete or truncate on ledger.restoration
    for each statement execute function ledger.refuse_change();
alter table ledger.tree_node enable always trigger only_appended;
alter table ledger.signing_key enable always trigger only_appended;
alter table ledger.checkpoint enable always trigger only_appended;
alter table ledger.signature enable always trigger only_appended;
alter table ledger.witness enable always trigger only_appended;
alter table ledger.restoration enable always trigger only_appended;


-- A ledger is restored before it is founded: while there is no identity, `ledger.append` refuses, and nothing
-- but this adds events; once there is one, this refuses. Not for the serving role.
create function ledger.restore(
    ids uuid[], versions bigint[], topics text[], states bytea[], commands uuid[], clocks timestamptz[],
    first_position bigint
) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp as
$$
declare
    last_position    bigint;
    last_recorded_at timestamptz;
    event_count      bigint;
begin
    lock table ledger.identity in exclusive mode;
    if exists (select from ledger.identity) then
        raise exception using
            errcode = 'ZC006',
            message = '账本已建立,不能再由导出文件恢复。 '
                      'This ledger is founded: only an empty one can be restored from an export.';
    end if;
    select e.position, e.recorded_at into last_position, last_recorded_at
    from ledger.events e order by e.position desc limit 1;
    last_position := coalesce(last_position, 0);
    if first_position <> last_position + 1 then
        raise exception using
            errcode = 'ZC006',
            message = '恢复须按位置依次进行。 Events are restored one position after the other.',
            detail = format('next position: %s, given: %s', last_position + 1, first_position);
    end if;
    if exists (
        select from (
            select c.at is null or c.at < coalesce(lag(c.at) over (order by c.n), last_recorded_at) as wrong
            from unnest(clocks) with ordinality as c(at, n)
        ) step where step.wrong
    ) then
        raise exception using
            errcode = 'ZC005',
            message = '记录时间须逐一给出,且不得倒退。 '
                      'One recording time an event, none earlier than the one before it.',
            detail = format('last recorded_at: %s', coalesce(last_recorded_at::text, '-'));
    end if;
    perform set_config('zhucun.appending', 'on', true);
    insert into ledger.events
        (originator_id, originator_version, topic, state, position, recorded_at, command_id)
    select e.id, e.version, e.topic, e.state, last_position + e.n, e.clock, e.command
    from unnest(ids, versions, topics, states, commands, clocks)
        with ordinality as e(id, version, topic, state, command, clock, n);
    get diagnostics event_count = row_count;
    perform set_config('zhucun.appending', 'off', true);
    return last_position + event_count;
end
$$;
comment on function ledger.restore is
    '由导出文件恢复事件。 Add the events of an export to a ledger that is not founded yet, in order, with the '
    'times that they were recorded at; returns the last position. ZC005 clock goes backwards · ZC006 founded '
    'already, or not the next position.';
revoke all on function ledger.restore from public;


create or replace function ledger.grant_serving() returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as
$$
declare
    granted boolean := true;
    reason  text := 'zhucun_serving may read, append through ledger.append, and add to the log';
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
    end if;
    insert into ledger.serving (granted, reason) values (granted, reason)
    on conflict (only_row) do update
        set granted = excluded.granted, reason = excluded.reason, at = excluded.at;
    return granted;
end
$$;
revoke all on function ledger.grant_serving from public;
select ledger.grant_serving();
