-- What lies between two moments: events that came, became known or were voided, and fields that differ; and
-- how late events were entered.
--
-- The earlier moment is (since, since_known), the later one (as_of, known); neither clock may go back.

create function days_late(occurred_on date, recorded_at timestamptz) returns integer
    language sql immutable parallel safe
begin atomic
    select (recorded_at at time zone 'Asia/Shanghai')::date - occurred_on;
end;
comment on function days_late is '录入相隔天数。 Days from happening to being recorded, both days in Shanghai.';

create function change_between(since date, since_known bigint, as_of date, known bigint) returns table (
    kind text, moved_at bigint, "position" bigint, voided_by bigint, instructor_id uuid, village_id uuid,
    aggregate_id uuid, type text, actor_id text, actor_role text, actor_organisation text, basis text,
    occurred_on date, recorded_at timestamptz, days_late integer
)
    language sql stable parallel safe
begin atomic
    -- No two branches share an event, and each has an index to start from: the days between, the positions
    -- between, the voidings between. A person, a village or an aggregate has its own in every branch.
    select
        'added', e.position, e.position, null::bigint, e.instructor_id, e.village_id,
        e.aggregate_id, e.type, e.actor_id, e.actor_role, e.actor_organisation, e.basis,
        e.occurred_on, e.recorded_at, days_late(e.occurred_on, e.recorded_at)
    from event e
    where e.occurred_on > since and e.occurred_on <= as_of and e.position <= known and e.voided_at > known
        and e.type not in ('Village.Voided', 'Instructor.Voided')
    union all
    select
        'became_known', e.position, e.position, null::bigint, e.instructor_id, e.village_id,
        e.aggregate_id, e.type, e.actor_id, e.actor_role, e.actor_organisation, e.basis,
        e.occurred_on, e.recorded_at, days_late(e.occurred_on, e.recorded_at)
    from event e
    where e.position > since_known and e.position <= known and e.occurred_on <= since and e.voided_at > known
        and e.type not in ('Village.Voided', 'Instructor.Voided')
    union all
    select
        'voided', e.voided_at, e.position, e.voided_at, e.instructor_id, e.village_id,
        e.aggregate_id, e.type, e.actor_id, e.actor_role, e.actor_organisation, e.basis,
        e.occurred_on, e.recorded_at, days_late(e.occurred_on, e.recorded_at)
    from event e
    where e.voided_at > since_known and e.voided_at <= known and e.voided_at < 9223372036854775807
        and e.position <= since_known and e.occurred_on <= since
    union all
    select
        'added_and_voided', e.voided_at, e.position, e.voided_at, e.instructor_id, e.village_id,
        e.aggregate_id, e.type, e.actor_id, e.actor_role, e.actor_organisation, e.basis,
        e.occurred_on, e.recorded_at, days_late(e.occurred_on, e.recorded_at)
    from event e
    where e.voided_at > since_known and e.voided_at <= known and e.voided_at < 9223372036854775807
        and e.position > since_known and e.occurred_on <= as_of;
end;
comment on function change_between is
    '变动:新增、补录、作废、录入后作废。 Events that count at one of two moments and not at the other, or that '
    'came and went in between. moved_at: the position that made the change, the event''s own or its voiding''s.';

create function state_diff(since date, since_known bigint, as_of date, known bigint) returns table (
    aggregate text, id uuid, field text, ordinal bigint, before text, after text
)
    language sql stable parallel safe
begin atomic
    select 'Instructor', later.id, f.field, f.ordinal, earlier.state ->> f.field, f.after
    from instructor_at(as_of, known) later
    left join lateral (
        select row_to_json(i) as state from instructor_at(state_diff.since, since_known) i where i.id = later.id
    ) earlier on true
    cross join lateral json_each_text(row_to_json(later)) with ordinality f (field, after, ordinal)
    where earlier.state ->> f.field is distinct from f.after
    union all
    select 'Village', later.id, f.field, f.ordinal, earlier.state ->> f.field, f.after
    from village_at(as_of, known) later
    left join lateral (
        select row_to_json(v) as state from village_at(state_diff.since, since_known) v where v.id = later.id
    ) earlier on true
    cross join lateral json_each_text(row_to_json(later)) with ordinality f (field, after, ordinal)
    where earlier.state ->> f.field is distinct from f.after;
end;
comment on function state_diff is
    '状态对比,逐项列出。 The columns of instructor_at and village_at that differ between two moments, in their '
    'order and as text; before is null throughout where there was no state yet.';

create function entry_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, occurred_on date, days_late integer
)
    language sql stable parallel safe
begin atomic
    select
        e.position, e.instructor_id, e.village_id, e.occurred_on, days_late(e.occurred_on, e.recorded_at)
    from event e
    where counts(e.occurred_on, e.position, e.voided_at, as_of, known)
        and e.aggregate in ('Village', 'Instructor')
        and e.type not in ('Village.Voided', 'Instructor.Voided');
end;
comment on function entry_at is
    '录入:有效事件及录入相隔的天数。 Events that count, and the days from happening to being recorded; '
    'but for those that tell of entries themselves: voidings, corrections, files taken in.';

create function backdating_over(over_days integer, as_of date, known bigint) returns table (
    grouped_by text, instructor_id uuid, township_code text, month text, threshold integer,
    events integer, late integer, share numeric, mean_days numeric, max_days integer, place bigint
)
    language sql stable parallel safe
begin atomic
    -- A condition on the grouping goes into the branches, and those of other groupings are not run. Counting
    -- by the days first lets these be computed once for each event, not once for each figure.
    select
        d.grouped_by, d.instructor_id, d.township_code, d.month, t.threshold,
        sum(d.events)::integer,
        coalesce(sum(d.events) filter (where d.days_late > t.threshold), 0)::integer,
        round(coalesce(sum(d.events) filter (where d.days_late > t.threshold), 0) / sum(d.events), 4),
        round(
            sum(d.events * d.days_late) filter (where d.days_late > t.threshold)
                / sum(d.events) filter (where d.days_late > t.threshold),
            4
        ),
        max(d.days_late) filter (where d.days_late > t.threshold),
        row_number() over (
            partition by d.grouped_by
            order by
                d.month, sum(d.events) filter (where d.days_late > t.threshold) desc nulls last,
                d.township_code, d.instructor_id
        )
    from (
        select e.grouped_by, e.instructor_id, e.township_code, e.month, e.days_late, count(*) as events
        from (
            select 'person' as grouped_by, e.instructor_id, null as township_code, null as month, e.days_late
            from entry_at(as_of, known) e
            where e.instructor_id is not null
            union all
            select 'township', null::uuid, v.township_code, null, e.days_late
            from entry_at(as_of, known) e
            join village_at(as_of, known) v on v.id = e.village_id
            union all
            select 'month', null::uuid, null, to_char(e.occurred_on, 'YYYY-MM'), e.days_late
            from entry_at(as_of, known) e
        ) e
        group by e.grouped_by, e.instructor_id, e.township_code, e.month, e.days_late
    ) d
    cross join (
        select coalesce(over_days, r.value::integer) as threshold from rule r
        where r.code = 'LATE_ENTRY_DAYS'
    ) t
    group by d.grouped_by, d.instructor_id, d.township_code, d.month, t.threshold;
end;
comment on function backdating_over is
    '补录统计,按人、乡镇或发生月份。 How many events were entered more than over_days days late (the setting '
    'LATE_ENTRY_DAYS if null), by person, township or month; mean_days and max_days are over these alone. '
    'place: months in their order, people and townships with the most late entries first.';

create function late_entry_of(
    grouped_by text, instructor_id uuid, township_code text, month text, threshold integer,
    as_of date, known bigint
) returns table ("position" bigint)
    language sql stable parallel safe
begin atomic
    select e.position from entry_at(as_of, known) e
    where grouped_by = 'person' and e.instructor_id = late_entry_of.instructor_id and e.days_late > threshold
    union all
    select e.position from village_at(as_of, known) v
    join entry_at(as_of, known) e on e.village_id = v.id
    where grouped_by = 'township' and v.township_code = late_entry_of.township_code and e.days_late > threshold
    union all
    select e.position from entry_at(as_of, known) e
    where grouped_by = 'month' and e.occurred_on >= to_date(month, 'YYYY-MM')
        and e.occurred_on < to_date(month, 'YYYY-MM') + interval '1 month' and e.days_late > threshold;
end;
comment on function late_entry_of is
    '一行补录统计背后的事件。 The late entries behind a row of backdating_over, given its first five columns.';
