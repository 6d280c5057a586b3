-- Instructors: the procedure, the postings, and what they did in the village.

create function nomination_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, batch_year integer, route text, nominating_body text,
    sending_unit text, collective_study_on date, nominated_on date, form jsonb, outcome text,
    reviewed_on date, exceptions jsonb, rules_failed text[], clauses_failed text[], reason text
)
    language sql stable parallel safe
begin atomic
    select
        n.position, n.instructor_id, n.batch_year, n.route, n.nominating_body, n.sending_unit,
        n.collective_study_on, n.occurred_on, n.form,
        case when r.approved then 'approved' when not r.approved then 'rejected' else 'nominated' end,
        r.occurred_on, coalesce(r.exceptions, '[]'), coalesce(r.rules_failed, '{}'),
        coalesce(r.clauses_failed, '{}'), r.reason
    from nomination n
    left join lateral (
        select r.* from review r
        where r.instructor_id = n.instructor_id and r.position > n.position
            and not exists (
                select from nomination next
                where next.instructor_id = n.instructor_id
                    and next.position > n.position and next.position < r.position
            )
            and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
        order by r.position limit 1
    ) r on true
    where counts(n.occurred_on, n.position, n.voided_at, as_of, known);
end;
comment on function nomination_at is
    '推荐与审定 二(三)、选派程序。 Nominations and what became of them.';

create function milestone_of(batch integer, as_of date, known bigint) returns table (
    posting bigint, instructor_id uuid, village_id uuid, batch_year integer, since date, last_day date,
    milestone text, day date, deadline date, households integer, visited integer,
    visited_by_deadline integer, registered_poor integer, registered_poor_visited integer,
    registered_poor_visited_by_deadline integer
)
    language sql stable parallel safe
begin atomic
    select
        p.position, p.instructor_id, p.village_id, p.batch_year, p.since, p.last_day,
        m.milestone, m.day, term.deadline,
        case when c.posting is null then f.households
            else c.households + width_bucket(m.day, c.entered) - width_bucket(m.day, c.removed) end,
        case when c.posting is null then f.visited
            else width_bucket(m.day, c.visited) - width_bucket(m.day, c.lost) end,
        case when c.posting is null then f.visited_by_deadline
            else width_bucket(least(m.day, term.deadline), c.visited)
                - width_bucket(least(m.day, term.deadline), c.lost)
                + width_bucket(m.day, c.gained_later) - width_bucket(m.day, c.lost_later) end,
        case when c.posting is null then f.poor
            else c.poor + width_bucket(m.day, c.poor_entered) - width_bucket(m.day, c.poor_removed) end,
        case when c.posting is null then f.poor_visited
            else width_bucket(m.day, c.poor_visited) - width_bucket(m.day, c.poor_lost) end,
        case when c.posting is null then f.poor_visited_by_deadline
            else width_bucket(least(m.day, term.deadline), c.poor_visited)
                - width_bucket(least(m.day, term.deadline), c.poor_lost)
                + width_bucket(m.day, c.poor_gained_later) - width_bucket(m.day, c.poor_lost_later) end
    from posting_at(as_of, known) p
    join rule r on r.code = 'VISIT_ALL_MONTHS' and p.since >= r.since and p.since < r.until
    cross join lateral (
        select (p.since + make_interval(months => r.value::integer))::date as deadline
    ) term
    join lateral (
        values ('latest', least(as_of, p.last_day)), ('day_90', p.since + 89), ('deadline', term.deadline)
    ) m (milestone, day) on m.day <= least(as_of, p.last_day)
    left join posting_coverage c
        on c.posting = p.position and m.day >= c.since and known < c.good_until
        and known >= c.good_from[
            (
                (date_part('year', m.day) - date_part('year', c.since)) * 12
                + date_part('month', m.day) - date_part('month', c.since) + 1
            )::integer
        ]
    -- Entries and visits are gathered by household, not joined: how many there are is beyond the planner.
    left join lateral (
        select
            count(*)::integer as households,
            count(h.first_on)::integer as visited,
            (count(*) filter (where h.first_on <= term.deadline))::integer as visited_by_deadline,
            (count(*) filter (where h.poor))::integer as poor,
            (count(h.first_on) filter (where h.poor))::integer as poor_visited,
            (count(*) filter (where h.poor and h.first_on <= term.deadline))::integer
                as poor_visited_by_deadline
        from (
            select bool_or(g.entered) as entered, bool_or(g.poor) as poor, min(g.visited_on) as first_on
            from (
                select h.code, true, h.category = 'registered_poor', null::date
                from registered_at(m.day, known) h
                where h.village_id = p.village_id and c.posting is null
                union all
                select v.household, false, false, v.day
                from visit_at(m.day, known) v
                where v.instructor_id = p.instructor_id and v.village_id = p.village_id and v.day >= p.since
                    and c.posting is null
            ) g (household, entered, poor, visited_on)
            group by g.household
        ) h
        where h.entered
    ) f on true
    where batch is null or p.batch_year = batch;
end;
comment on function milestone_of is
    'milestone_at, of one batch alone, or of all: within a statement about several moments a condition on the '
    'batch would not reach the postings.';

create function milestone_at(as_of date, known bigint) returns table (
    posting bigint, instructor_id uuid, village_id uuid, batch_year integer, since date, last_day date,
    milestone text, day date, deadline date, households integer, visited integer,
    visited_by_deadline integer, registered_poor integer, registered_poor_visited integer,
    registered_poor_visited_by_deadline integer
)
    language sql stable parallel safe
begin atomic
    select * from milestone_of(null, as_of, known);
end;
comment on function milestone_at is
    '走访进度 三(一)2。 The coverage of a posting on the days it has reached: its 90th, the deadline, and the '
    'latest, which is the last day of service once that is over. households: in the register on the day; '
    'visited: those of them visited in this posting by then. registered_poor: 建档立卡.';

create function coverage_at(as_of date, known bigint) returns table (
    instructor_id uuid, village_id uuid, households integer, visited integer, registered_poor integer,
    registered_poor_visited integer, deadline date, visited_by_deadline integer,
    registered_poor_visited_by_deadline integer, batch_year integer, since date, last_day date,
    posting bigint
)
    language sql stable parallel safe
begin atomic
    select
        m.instructor_id, m.village_id, m.households, m.visited, m.registered_poor, m.registered_poor_visited,
        m.deadline, m.visited_by_deadline, m.registered_poor_visited_by_deadline, m.batch_year, m.since,
        m.last_day, m.posting
    from milestone_at(as_of, known) m
    where m.milestone = 'latest';
end;
comment on function coverage_at is
    '走访覆盖 三(一)2。 One row a posting: households in the register on the day (or on the last day of service), '
    'those of them visited in this posting, and by the deadline. registered_poor: 建档立卡.';

create function attendance_at(as_of date, known bigint) returns table (
    instructor_id uuid, village_id uuid, month text, days_present integer, service_days integer,
    full_month boolean, leave_days integer, required integer, short boolean, late_entries integer,
    batch_year integer, first_day date, last_day date, posting bigint, events integer, late_events integer,
    month_first date, month_last date
)
    language sql stable parallel safe
begin atomic
    select
        p.instructor_id, p.village_id, to_char(m.first_day, 'YYYY-MM'),
        case when w.month is null then f.days_present else w.days_present end,
        s.last_day - s.first_day + 1,
        s.first_day = m.first_day and s.last_day = m.last_day,
        (
            select coalesce(
                sum(least(l.last_day, s.last_day) - greatest(l.first_day, s.first_day) + 1), 0
            )::integer
            from leave_at(as_of, known) l
            where l.instructor_id = p.instructor_id and l.village_id = p.village_id
                and l.first_day <= s.last_day and l.last_day >= s.first_day
        ),
        r.value::integer,
        s.first_day = m.first_day and s.last_day = m.last_day
            and case when w.month is null then f.days_present else w.days_present end < r.value::integer,
        case when w.month is null then f.late_entries else w.late_entries end,
        p.batch_year, s.first_day, s.last_day, p.position,
        case when w.month is null then e.events else w.events end,
        case when w.month is null then e.late_events else w.late_events end,
        m.first_day, m.last_day
    from posting_at(as_of, known) p
    join (
        -- Made once and kept as it is, so that a condition on the month leaves one row of it.
        select g.month::date as first_day, (g.month + interval '1 month' - interval '1 day')::date as last_day
        from generate_series(
            date_trunc('month', (select min(a.occurred_on) from appointment a)::timestamp),
            least(as_of, (select max(a.until) from appointment a))::timestamp,
            interval '1 month'
        ) g (month)
        offset 0
    ) m on m.last_day >= p.since and m.first_day <= least(as_of, p.last_day)
    cross join lateral (
        select
            greatest(m.first_day, p.since) as first_day,
            least(m.last_day, p.last_day, as_of) as last_day
    ) s
    join rule r on r.code = 'MONTHLY_DAYS' and m.last_day >= r.since and m.last_day < r.until
    left join work_month w
        on w.instructor_id = p.instructor_id and w.village_id = p.village_id and w.month = m.first_day
        and known >= w.good_from and known < w.good_until
        and w.first_on >= s.first_day and w.last_on <= s.last_day
    left join lateral (
        select
            count(*)::integer as days_present,
            (count(*) filter (
                where c.days_late > (select l.value::integer from rule l where l.code = 'LATE_ENTRY_DAYS')
            ))::integer as late_entries
        from check_in_at(as_of, known) c
        where c.instructor_id = p.instructor_id and c.village_id = p.village_id
            and c.day between s.first_day and s.last_day and w.month is null
    ) f on true
    left join lateral (
        select
            count(*)::integer as events,
            (count(*) filter (
                where (e.recorded_at at time zone 'Asia/Shanghai')::date - e.occurred_on
                    > (select l.value::integer from rule l where l.code = 'LATE_ENTRY_DAYS')
            ))::integer as late_events
        from event e
        where e.aggregate_id = p.instructor_id and e.village_id = p.village_id
            and e.occurred_on between s.first_day and s.last_day
            and counts(e.occurred_on, e.position, e.voided_at, as_of, known) and w.month is null
    ) e on true;
end;
comment on function attendance_at is
    '出勤 三(一)1。 One row a month of service, also without check-ins. full_month: the whole calendar month in '
    'service and over by the day; only such a month can be short of the required days. first_day, last_day: of '
    'service in it. events: the person''s own in this village on these days, of any kind; late_events: those '
    'recorded late. posting: position of the appointment. month_first, month_last: the whole month.';

create function service_of(batch integer, as_of date, known bigint) returns table (
    posting bigint, instructor_id uuid, village_id uuid, batch_year integer, since date, last_day date,
    full_months integer, present integer[], short_months integer, events integer, late_events integer
)
    language sql stable parallel safe
begin atomic
    select
        p.position, p.instructor_id, p.village_id, p.batch_year, p.since, s.last_day,
        greatest(t.whole - (p.since > s.month)::integer, 0),
        coalesce(c.present[1 + (p.since > s.month)::integer:least(j.settled, t.whole)], '{}')
            || coalesce(r.present, '{}'),
        coalesce(c.short[least(j.settled, t.whole)], 0) + coalesce(r.short, 0),
        coalesce(c.events[j.settled], 0) + coalesce(r.events, 0),
        coalesce(c.late_events[j.settled], 0) + coalesce(r.late_events, 0)
    from posting_at(as_of, known) p
    cross join lateral (
        select least(as_of, p.last_day) as last_day, date_trunc('month', p.since::timestamp)::date as month
    ) s
    -- The calendar months of the service until the day, and those of them that are over.
    cross join lateral (
        select
            (
                (date_part('year', s.last_day) - date_part('year', p.since)) * 12
                + date_part('month', s.last_day) - date_part('month', p.since) + 1
            )::integer as begun,
            (
                (date_part('year', s.last_day + 1) - date_part('year', p.since)) * 12
                + date_part('month', s.last_day + 1) - date_part('month', p.since)
            )::integer as whole
    ) t
    left join posting_service c on c.posting = p.position and known < c.good_until
    -- The first ones that the roll-up can answer for; the rest is counted.
    cross join lateral (
        select case when c.posting is null then 0
            else least(t.begun, width_bucket(known, c.good_from), width_bucket(s.last_day, c.last_on))
            end as settled
    ) j
    left join lateral (
        select
            array_agg(n.days order by m.month) filter (where n.whole) as present,
            (count(*) filter (where n.whole and n.days < q.value::integer))::integer as short,
            sum(n.events)::integer as events,
            sum(n.late_events)::integer as late_events
        from generate_series(
            (s.month + make_interval(months => j.settled))::timestamp, s.last_day::timestamp,
            interval '1 month'
        ) m (month)
        join rule q
            on q.code = 'MONTHLY_DAYS' and m.month + interval '1 month' > q.since
            and m.month + interval '1 month' <= q.until
        cross join lateral (
            select
                m.month >= p.since and m.month + interval '1 month' <= s.last_day + 1 as whole,
                (count(*) filter (where e.type = 'Instructor.CheckedIn'))::integer as days,
                count(*) as events,
                count(*) filter (
                    where (e.recorded_at at time zone 'Asia/Shanghai')::date - e.occurred_on
                        > (select l.value::integer from rule l where l.code = 'LATE_ENTRY_DAYS')
                ) as late_events
            from event e
            where e.aggregate_id = p.instructor_id and e.village_id = p.village_id
                and e.occurred_on >= greatest(m.month::date, p.since)
                and e.occurred_on < m.month + interval '1 month' and e.occurred_on <= s.last_day
                and counts(e.occurred_on, e.position, e.voided_at, as_of, known)
        ) n
        where j.settled < t.begun
    ) r on true
    where batch is null or p.batch_year = batch;
end;
comment on function service_of is 'service_at, of one batch alone, or of all, as milestone_of.';

create function service_at(as_of date, known bigint) returns table (
    posting bigint, instructor_id uuid, village_id uuid, batch_year integer, since date, last_day date,
    full_months integer, present integer[], short_months integer, events integer, late_events integer
)
    language sql stable parallel safe
begin atomic
    select * from service_of(null, as_of, known);
end;
comment on function service_at is
    '派驻期间的工作。 One row a posting: check-ins in each of its full months, in order (present), how many of '
    'them were short of the required days, and the person''s own events in the village in these days, those '
    'recorded late among them. last_day: of service, or the day asked for.';

create function instructor_at(as_of date, known bigint) returns table (
    id uuid, staff_number text, name text, gender text, sending_unit text, batch_year integer, stage text,
    village_id uuid, since date, until date, replaces uuid, replaced_by uuid, departed_on date,
    departure text, promoted_on date, new_position text, party_relation_on date, days_present integer,
    late_entries integer, households_visited integer, projects_started integer, projects_completed integer,
    duties integer, latest_grade text, commendations integer, cases integer, events integer, version bigint,
    "position" bigint
)
    language sql stable parallel safe
begin atomic
    select
        n.instructor_id, n.staff_number, n.name, n.gender, n.sending_unit, n.batch_year,
        case
            when p.position > n.position then
                case p.departure when 'recalled' then 'recalled' when 'term_completed' then 'completed'
                    else 'serving' end
            else coalesce(
                (
                    select case when r.approved then 'approved' else 'rejected' end from review r
                    where r.instructor_id = n.instructor_id and r.position > n.position
                        and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
                    order by r.position limit 1
                ),
                'nominated'
            )
        end,
        p.village_id, p.since, case p.departure when 'recalled' then p.ended_on else p.until end,
        case when not sees_part_of_villages() or p.replaces = any (people_seen()) then p.replaces end,
        p.replaced_by, p.ended_on, p.departure,
        (
            select m.day from promotion_at(as_of, known) m
            where m.instructor_id = n.instructor_id order by m.day desc, m.position desc limit 1
        ),
        (
            select m.new_position from promotion_at(as_of, known) m
            where m.instructor_id = n.instructor_id order by m.day desc, m.position desc limit 1
        ),
        p.party_relation_on,
        c.days_present, c.late_entries,
        (
            select count(*)::integer from (
                select distinct v.village_id, v.household from visit_at(as_of, known) v
                where v.instructor_id = n.instructor_id
            ) visited
        ),
        (
            select count(*)::integer from project_start s
            where s.instructor_id = n.instructor_id
                and counts(s.occurred_on, s.position, s.voided_at, as_of, known)
        ),
        (
            select count(*)::integer from project_completion c
            where c.instructor_id = n.instructor_id
                and counts(c.occurred_on, c.position, c.voided_at, as_of, known)
        ),
        (select count(*)::integer from duty_at(as_of, known) d where d.instructor_id = n.instructor_id),
        (
            select a.grade from appraisal_at(as_of, known) a
            where a.instructor_id = n.instructor_id and a.kind = 'yearly'
            order by a.period desc limit 1
        ),
        (select count(*)::integer from commendation_at(as_of, known) c where c.instructor_id = n.instructor_id),
        (select count(*)::integer from case_at(as_of, known) c where c.instructor_id = n.instructor_id),
        e.events, e.version, e.position
    from nomination n
    left join lateral (
        select p.* from posting_at(as_of, known) p
        where p.instructor_id = n.instructor_id order by p.position desc limit 1
    ) p on true
    -- An aggregate makes one row, so each of these two goes if none of its columns is wanted.
    left join lateral (
        select
            count(*)::integer as days_present,
            (count(*) filter (
                where c.days_late > (select l.value::integer from rule l where l.code = 'LATE_ENTRY_DAYS')
            ))::integer as late_entries
        from check_in_at(as_of, known) c
        where c.instructor_id = n.instructor_id
    ) c on true
    left join lateral (
        select count(*)::integer as events, max(e.version) as version, max(e.position) as position
        from event e
        where e.aggregate_id = n.instructor_id and e.occurred_on <= as_of and e.position <= known
    ) e on true
    where counts(n.occurred_on, n.position, n.voided_at, as_of, known)
        and not exists (
            select from nomination later
            where later.instructor_id = n.instructor_id and later.position > n.position
                and counts(later.occurred_on, later.position, later.voided_at, as_of, known)
        );
end;
comment on function instructor_at is
    '党建指导员。 People ever nominated, by their latest nomination and last posting. stage: of the procedure '
    '(a term that is over stays serving until its completion is on record); until: planned end, or the day of '
    'recall; counts are over the whole life; events: the history''s length, voided ones included.';
