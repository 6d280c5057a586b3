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

create function coverage_at(as_of date, known bigint) returns table (
    instructor_id uuid, village_id uuid, households integer, visited integer, registered_poor integer,
    registered_poor_visited integer, deadline date, visited_by_deadline integer,
    registered_poor_visited_by_deadline integer, batch_year integer, since date
)
    language sql stable parallel safe
begin atomic
    select
        p.instructor_id, p.village_id, c.households, c.visited, c.registered_poor, c.registered_poor_visited,
        term.deadline, c.visited_by_deadline, c.registered_poor_visited_by_deadline, p.batch_year, p.since
    from posting_at(as_of, known) p
    join rule r on r.code = 'VISIT_ALL_MONTHS' and p.since >= r.since and p.since < r.until
    cross join lateral (
        select (p.since + make_interval(months => r.value::integer))::date as deadline
    ) term
    cross join lateral (
        select
            count(*)::integer as households,
            count(v.first_on)::integer as visited,
            (count(*) filter (where h.category = 'registered_poor'))::integer as registered_poor,
            (count(v.first_on) filter (where h.category = 'registered_poor'))::integer
                as registered_poor_visited,
            (count(*) filter (where v.first_on <= term.deadline))::integer as visited_by_deadline,
            (count(*) filter (where h.category = 'registered_poor' and v.first_on <= term.deadline))::integer
                as registered_poor_visited_by_deadline
        from registered_at(least(as_of, p.last_day), known) h
        cross join lateral (
            select min(v.day) as first_on from visit_at(as_of, known) v
            where v.instructor_id = p.instructor_id and v.household = h.code and v.village_id = p.village_id
                and v.day between p.since and p.last_day
        ) v
        where h.village_id = p.village_id
    ) c;
end;
comment on function coverage_at is
    '走访覆盖 三(一)2。 One row a posting: households in the register on the day (or on the last day of service), '
    'those of them visited in this posting, and by the deadline. registered_poor: 建档立卡.';

create function attendance_at(as_of date, known bigint) returns table (
    instructor_id uuid, village_id uuid, month text, days_present integer, service_days integer,
    full_month boolean, leave_days integer, required integer, short boolean, late_entries integer,
    batch_year integer
)
    language sql stable parallel safe
begin atomic
    select
        p.instructor_id, p.village_id, to_char(m.first_day, 'YYYY-MM'), c.days_present,
        least(m.last_day, s.last_day) - greatest(m.first_day, p.since) + 1,
        p.since <= m.first_day and m.last_day <= s.last_day,
        (
            select coalesce(
                sum(least(l.last_day, m.last_day, s.last_day) - greatest(l.first_day, m.first_day, p.since) + 1),
                0
            )::integer
            from leave_at(as_of, known) l
            where l.instructor_id = p.instructor_id and l.village_id = p.village_id
                and l.first_day <= least(m.last_day, s.last_day)
                and l.last_day >= greatest(m.first_day, p.since)
        ),
        r.value::integer,
        p.since <= m.first_day and m.last_day <= s.last_day and c.days_present < r.value::integer,
        c.late_entries,
        p.batch_year
    from posting_at(as_of, known) p
    cross join lateral (select least(as_of, p.last_day) as last_day) s
    cross join lateral (
        select g.month::date as first_day, (g.month + interval '1 month' - interval '1 day')::date as last_day
        from generate_series(
            date_trunc('month', p.since::timestamp), s.last_day::timestamp, interval '1 month'
        ) g (month)
    ) m
    join rule r on r.code = 'MONTHLY_DAYS' and m.first_day >= r.since and m.first_day < r.until
    cross join lateral (
        select
            count(*)::integer as days_present,
            (count(*) filter (
                where c.days_late > (select l.value::integer from rule l where l.code = 'LATE_ENTRY_DAYS')
            ))::integer as late_entries
        from check_in_at(as_of, known) c
        where c.instructor_id = p.instructor_id and c.village_id = p.village_id
            and c.day between greatest(m.first_day, p.since) and least(m.last_day, s.last_day)
    ) c;
end;
comment on function attendance_at is
    '出勤 三(一)1。 One row a month of service, also without check-ins. full_month: the whole calendar month in '
    'service and over by the day; only such a month can be short of the required days.';

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
        p.replaces, p.replaced_by, p.ended_on, p.departure,
        (
            select m.day from promotion_at(as_of, known) m
            where m.instructor_id = n.instructor_id order by m.day desc, m.position desc limit 1
        ),
        (
            select m.new_position from promotion_at(as_of, known) m
            where m.instructor_id = n.instructor_id order by m.day desc, m.position desc limit 1
        ),
        p.party_relation_on,
        (
            select count(*)::integer from check_in_at(as_of, known) c
            where c.instructor_id = n.instructor_id
        ),
        (
            select count(*)::integer from check_in_at(as_of, known) c
            where c.instructor_id = n.instructor_id
                and c.days_late > (select l.value::integer from rule l where l.code = 'LATE_ENTRY_DAYS')
        ),
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
        (
            select count(*)::integer from event e
            where e.aggregate_id = n.instructor_id and e.occurred_on <= as_of and e.position <= known
        ),
        (
            select e.version from event e
            where e.aggregate_id = n.instructor_id and e.occurred_on <= as_of and e.position <= known
            order by e.version desc limit 1
        ),
        (
            select e.position from event e
            where e.aggregate_id = n.instructor_id and e.occurred_on <= as_of and e.position <= known
            order by e.version desc limit 1
        )
    from nomination n
    left join lateral (
        select p.* from posting_at(as_of, known) p
        where p.instructor_id = n.instructor_id order by p.position desc limit 1
    ) p on true
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

create function batch_at(as_of date, known bigint) returns table (
    year integer, villages_nominated integer, villages_approved integer, weak_or_lagging integer,
    nominated integer, approved integer, rejected integer, appointed integer, serving integer,
    recalled integer, replacements integer, promoted integer, completed integer, days_present integer,
    full_months integer, short_months integer, projects_completed integer, households integer,
    households_visited integer, "position" bigint
)
    language sql stable parallel safe
begin atomic
    select
        b.year,
        (select count(*)::integer from village_year_at(as_of, known) v where v.year = b.year),
        (
            select count(*)::integer from village_year_at(as_of, known) v
            where v.year = b.year and v.review = 'approved'
        ),
        (
            select count(*)::integer from village_year_at(as_of, known) v
            where v.year = b.year and v.weak_or_lagging
        ),
        (select count(*)::integer from nomination_at(as_of, known) n where n.batch_year = b.year),
        (
            select count(*)::integer from nomination_at(as_of, known) n
            where n.batch_year = b.year and n.outcome = 'approved'
        ),
        (
            select count(*)::integer from nomination_at(as_of, known) n
            where n.batch_year = b.year and n.outcome = 'rejected'
        ),
        (select count(*)::integer from posting_at(as_of, known) p where p.batch_year = b.year),
        (select count(*)::integer from posting_at(as_of, known) p where p.batch_year = b.year and p.serving),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.batch_year = b.year and p.departure = 'recalled'
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.batch_year = b.year and p.replaces is not null
        ),
        (
            select count(distinct m.instructor_id)::integer from posting_at(as_of, known) p
            join promotion_at(as_of, known) m
                on m.instructor_id = p.instructor_id and m.day between p.since and p.last_day
            where p.batch_year = b.year
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.batch_year = b.year and p.departure = 'term_completed'
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            join check_in_at(as_of, known) c
                on c.instructor_id = p.instructor_id and c.day between p.since and p.last_day
            where p.batch_year = b.year
        ),
        (
            select count(*)::integer from attendance_at(as_of, known) a
            where a.batch_year = b.year and a.full_month
        ),
        (select count(*)::integer from attendance_at(as_of, known) a where a.batch_year = b.year and a.short),
        (
            select count(*)::integer from posting_at(as_of, known) p
            join project_completion c on c.instructor_id = p.instructor_id
                and c.occurred_on between p.since and p.last_day
                and counts(c.occurred_on, c.position, c.voided_at, as_of, known)
            where p.batch_year = b.year
        ),
        (
            select count(*)::integer from registered_at(as_of, known) h
            where h.village_id in (
                select p.village_id from posting_at(as_of, known) p where p.batch_year = b.year
            )
        ),
        (
            select count(*)::integer from registered_at(as_of, known) h
            where exists (
                select from posting_at(as_of, known) p
                join visit_at(as_of, known) v
                    on v.instructor_id = p.instructor_id and v.day between p.since and p.last_day
                where p.batch_year = b.year and p.village_id = h.village_id
                    and v.village_id = h.village_id and v.household = h.code
            )
        ),
        (
            select max((
                select e.position from event e
                where e.instructor_id = n.instructor_id and e.occurred_on <= as_of and e.position <= known
                order by e.position desc limit 1
            ))
            from nomination n where n.batch_year = b.year
        )
    from (
        select v.year from village_nomination v
        where counts(v.occurred_on, v.position, v.voided_at, as_of, known)
        union
        select n.batch_year from nomination n
        where counts(n.occurred_on, n.position, n.voided_at, as_of, known)
    ) b (year);
end;
comment on function batch_at is
    '批次。 A batch by its year: villages named and approved, people through the procedure, and their work. '
    'households: in the register of the batch''s villages; position: of the last event about its people.';
