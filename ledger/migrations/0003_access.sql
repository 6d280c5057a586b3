-- Who was given a token of this ledger's own (docs/access.md). Apart from the ledger's schema: none of it is
-- the log's, and it changes. The token itself is never kept, nor its id: what is kept opens nothing.

create schema access;

create table access.token (
    digest       bytea       not null primary key check (octet_length(digest) = 32),
    subject      text        not null check (subject <> ''),
    office       text        not null check (office <> ''),
    organisation text        not null check (organisation <> ''),
    township     text,
    sending_unit text,
    staff_number text,
    issued_at    timestamptz not null default clock_timestamp(),
    expires_at   timestamptz not null check (expires_at > issued_at),
    revoked_at   timestamptz
);
comment on table access.token is
    '令牌登记:摘要、持有人、身份与期限,不存令牌本身。 The tokens that were given out: the SHA-256 of each one''s '
    'id, whose it is and until when; one that is not here, or was revoked, is not taken.';


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
        grant usage on schema access to zhucun_serving;
        grant select on access.token to zhucun_serving;
    end if;
    insert into ledger.serving (granted, reason) values (granted, reason)
    on conflict (only_row) do update
        set granted = excluded.granted, reason = excluded.reason, at = excluded.at;
    return granted;
end
$$;
revoke all on function ledger.grant_serving from public;
select ledger.grant_serving();
