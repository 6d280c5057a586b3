-- What each office may see: row-level security on every table of the read side.
--
-- Who reads as `zhucun_sees_township` or `zhucun_sees_people` sees the rows that the policies below let through,
-- in whatever function, count or page: the functions are inlined, so that policies stand in the very scans. A
-- table without a policy shows them nothing. The owner is not bound by policies, and reads the county.
--
-- How far a session in such a role sees is worked out once, on the clocks that are asked (`township_sees` and
-- so on), before it takes the role, and stands in three settings of its transaction: the villages, the people,
-- and the positions of what is about a person and no village. Without them nothing is seen.
--
--   zhucun_sees_township  a township committee: what is about its villages alone; of the people who had a
--                         posting there, what they did there; how they were chosen for it; and the people whom
--                         it nominated itself.
--   zhucun_sees_people    a sending unit or an instructor: all about their people; of the villages of these
--                         their choice and their register, without which no figure of theirs would be true.

create function township_sees(whose text, organisation text, as_of date, known bigint) returns table (
    villages uuid[], people uuid[], positions bigint[]
)
    language sql stable
begin atomic
    with village as materialized (
        select v.id from village_at(as_of, known) v where v.township_code = whose
    ),
    served as materialized (
        select p.instructor_id, p.position from posting_at(as_of, known) p
        where p.village_id in (select v.id from village v)
    ),
    -- The nominations that led there, and those that this committee made.
    named as materialized (
        select
            n.instructor_id, n.position,
            coalesce(
                (
                    select min(later.position) from nomination later
                    where later.instructor_id = n.instructor_id and later.position > n.position
                        and counts(later.occurred_on, later.position, later.voided_at, as_of, known)
                ),
                9223372036854775807
            ) as upto
        from nomination n
        where counts(n.occurred_on, n.position, n.voided_at, as_of, known)
    ),
    chosen as materialized (
        select n.* from named n
        where exists (
            select from served s
            where s.instructor_id = n.instructor_id and s.position between n.position and n.upto
        )
        or exists (
            select from event e
            where e.position = n.position and e.actor_role = 'township'
                and e.actor_organisation = township_sees.organisation
        )
    ),
    step as materialized (
        select e.position from chosen c
        join event e on e.instructor_id = c.instructor_id and e.position >= c.position and e.position < c.upto
        where e.type in ('Instructor.Nominated', 'Instructor.Approved', 'Instructor.Rejected')
    ),
    -- What was voided and what somebody asks to correct is seen with its voiding and its correction.
    changed as (
        select e.voided_at as position, e.position as original, e.instructor_id, e.village_id
        from event e
        where e.aggregate = 'Instructor' and e.voided_at < 9223372036854775807
        union all
        select c.position, e.position, e.instructor_id, e.village_id
        from correction_request r
        join event e on e.aggregate_id = r.corrected_id and e.version = r.corrected_version
        join event c on c.aggregate_id = r.correction_id
        where r.instructor_id is not null
    )
    select
        coalesce((select array_agg(v.id) from village v), '{}'),
        coalesce((select array_agg(distinct s.instructor_id) from served s), '{}'),
        coalesce(
            (
                select array_agg(it.position) from (
                    select s.position from step s
                    union
                    select c.position from changed c
                    where c.original in (select s.position from step s)
                        or c.village_id in (select v.id from village v)
                            and c.instructor_id in (select s.instructor_id from served s)
                ) it
            ),
            '{}'
        );
end;
comment on function township_sees is
    '乡镇所见。 How far a township committee sees: the villages that lie in the township by their latest year, the '
    'people who had a posting there, and how they were chosen. `whose`: its code; `organisation`: as which it '
    'nominates.';

create function sending_unit_sees(whose text, organisation text, as_of date, known bigint) returns table (
    villages uuid[], people uuid[], positions bigint[]
)
    language sql stable
begin atomic
    with sent as materialized (
        select i.id from instructor_at(as_of, known) i where i.sending_unit = whose
    )
    select
        coalesce(
            (
                select array_agg(distinct p.village_id) from posting_at(as_of, known) p
                where p.instructor_id in (select s.id from sent s)
            ),
            '{}'
        ),
        coalesce((select array_agg(s.id) from sent s), '{}'),
        '{}'::bigint[];
end;
comment on function sending_unit_sees is
    '派出单位所见。 How far a sending unit sees: the people whose latest nomination names it.';

create function instructor_sees(whose text, organisation text, as_of date, known bigint) returns table (
    villages uuid[], people uuid[], positions bigint[]
)
    language sql stable
begin atomic
    with own as materialized (
        select distinct n.instructor_id as id from nomination n
        where n.staff_number = whose and counts(n.occurred_on, n.position, n.voided_at, as_of, known)
    )
    select
        coalesce(
            (
                select array_agg(distinct p.village_id) from posting_at(as_of, known) p
                where p.instructor_id in (select o.id from own o)
            ),
            '{}'
        ),
        coalesce((select array_agg(o.id) from own o), '{}'),
        '{}'::bigint[];
end;
comment on function instructor_sees is
    '指导员所见。 How far an instructor sees: themselves, by their staff number.';

-- The table of rules, and the policies made of it: a line for tables that are alike. A table that is in none
-- of the lines (imports, remarks, looks) is for those who read the county. Each array is read once a statement,
-- not once a row.
create function open_to_offices() returns text
    language plpgsql as
$$
declare
    villages    constant text := '(select villages_seen())::uuid[]';
    people      constant text := '(select people_seen())::uuid[]';
    positions   constant text := '(select positions_seen())::bigint[]';
    at_villages constant text := format('village_id = any (%s)', villages);
    of_people   constant text := format('instructor_id = any (%s)', people);
    at_once     constant text := format('%s and %s', at_villages, of_people);
    by_position constant text := format('"position" = any (%s)', positions);
    by_event    constant text :=
        'exists (select from event e where e.position = correction_decision.position)';
    of_township constant text := format(
        '%s or %s and (instructor_id is null or %s)', by_position, at_villages, of_people
    );
    -- Not the voidings at a village: what is voided there are its goals and awards, which they do not see.
    of_sent     constant text := format(
        '%s or %s and instructor_id is null and type in (''Village.Nominated'', ''Village.Approved'', '
        '''Village.Declined'', ''Village.HouseholdsRegistered'', ''Village.HouseholdRemoved'')',
        of_people, at_villages
    );
    seen  record;
    named text;
begin
    -- The events as they were stored. The view reads the ledger with its owner's rights; a session that sees
    -- less is asked for what it sees here, by the same rule as in the policies, the settings being its own.
    execute format(
        'create or replace view stored with (security_barrier) as
        select s.position, s.state from ledger.events s
        where not starts_with(current_setting(''role''), ''zhucun_sees_'')
            or exists (
                select from (select * from event e where e.position = s.position) seen
                where case current_setting(''role'')
                    when ''zhucun_sees_township'' then %s when ''zhucun_sees_people'' then %s end
            )',
        of_township, of_sent
    );
    comment on view stored is '事件原文。 Events as they were stored; of those that a session sees.';

    foreach named in array array['zhucun_sees_township', 'zhucun_sees_people'] loop
        begin
            if to_regrole(named) is null then
                execute format('create role %I nologin', named);
            end if;
        exception
            when duplicate_object or unique_violation then null;  -- another database's was quicker
        end;
        -- Whoever serves takes the role for the time of an answer; a superuser needs no leave to.
        if not (select r.rolsuper from pg_roles r where r.rolname = current_user)
                and not pg_has_role(current_user, named, 'member') then
            execute format('grant %I to %I', named, current_user);
        end if;
        begin
            if to_regrole('zhucun_serving') is not null and not pg_has_role('zhucun_serving', named, 'member')
                then
                execute format('grant %I to zhucun_serving', named);
            end if;
        exception
            when unique_violation then null;
        end;
    end loop;

    for seen in
        select t.named as table_name, r.township, r.people from (
            values
                (array['projector', 'rule'], 'true', 'true'),
                (
                    array['village_nomination', 'village_review', 'household_entry', 'household_removal'],
                    at_villages, at_villages
                ),
                (array['goals', 'award'], at_villages, 'false'),
                (array['nomination', 'review', 'forgetting'], by_position, of_people),
                (
                    array[
                        'appointment', 'departure', 'party_relation', 'check_in', 'leave', 'visit', 'duty',
                        'project_start', 'project_completion', 'inspection', 'appraisal', 'commendation',
                        'subsidy', 'promotion', 'grave_case', 'work_month', 'posting_service'
                    ],
                    at_once, of_people
                ),
                (array['posting_coverage'], at_once, at_once),  -- it tells of the village's register too
                (array['event'], of_township, of_sent),
                (
                    array['correction_request'],
                    format('%s or %s and instructor_id is null', by_position, at_villages), of_people
                ),
                (array['correction_decision'], by_event, by_event)
        ) r (tables, township, people)
        cross join unnest(r.tables) t (named)
    loop
        execute format('create policy township on %I for select to zhucun_sees_township using (%s)',
            seen.table_name, seen.township);
        execute format('create policy people on %I for select to zhucun_sees_people using (%s)',
            seen.table_name, seen.people);
    end loop;

    execute format('grant usage on schema %I, ledger to zhucun_sees_township, zhucun_sees_people',
        current_schema());
    execute format('grant select on all tables in schema %I to zhucun_sees_township, zhucun_sees_people',
        current_schema());
    -- What was signed of the log, and the tree: hashes, which tell nothing of what they are of.
    grant select on ledger.checkpoint, ledger.signature, ledger.signing_key, ledger.tree_node, ledger.witness
        to zhucun_sees_township, zhucun_sees_people;
    return null;
end
$$;
comment on function open_to_offices is
    'Makes the roles of those who see a part of the county, unless the cluster has them, and the policies. To '
    'be run once, with this schema as the search path, by somebody who may make roles.';

-- Whatever becomes of the roles, everything is closed first to all but the owner and those who serve.
do $$
declare
    named text;
begin
    for named in
        select c.relname from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
    loop
        execute format('alter table %I enable row level security', named);
        if to_regrole('zhucun_serving') is not null then
            execute format(
                'create policy serving on %I to zhucun_serving using (true) with check (true)', named
            );
        end if;
    end loop;
end
$$;
