-- Batches: the instructors and key villages of one year, each batch on clocks of its own, side by side.
--
-- In these functions the clocks that are asked for have names of their own, because those of a batch are
-- among the columns of its row. All that is said of a batch is said on the batch's own.

create function batch_clock(service_day integer, asked_as_of date, asked_known bigint) returns table (
    year integer, as_of date, known bigint, day_one date, reached boolean
)
    language sql stable parallel safe
begin atomic
    -- What is materialized is never taken apart: the moments are looked up once a batch, not once a fact.
    with batch as materialized (
        select
            b.year, d.day_one,
            coalesce(service_day is null or service_day <= asked_as_of - d.day_one + 1, false) as reached
        from (
            select v.year from village_nomination v
            where counts(v.occurred_on, v.position, v.voided_at, asked_as_of, asked_known)
            union
            select n.batch_year from nomination n
            where counts(n.occurred_on, n.position, n.voided_at, asked_as_of, asked_known)
        ) b (year)
        left join (
            select a.batch_year, min(a.occurred_on) from appointment a
            where a.replaces is null
                and counts(a.occurred_on, a.position, a.voided_at, asked_as_of, asked_known)
            group by a.batch_year
        ) d (year, day_one) on d.year = b.year
    ),
    own as materialized (
        select
            b.*,
            case when b.reached and service_day is not null then b.day_one + service_day - 1 end as day
        from batch b
    )
    select
        o.year,
        coalesce(o.day, asked_as_of),
        case when o.day is null then asked_known
            else least(
                asked_known,
                position_known_at(
                    (o.day + 1)::timestamp at time zone 'Asia/Shanghai' - interval '1 microsecond'
                )
            ) end,
        o.day_one,
        o.reached
    from own o;
end;
comment on function batch_clock is
    '各批次所处的时点。 Where each batch stands: at the end of its day of service, as it was known then; '
    'without one, or where a batch has not reached it, at the clocks asked for. day_one: the day of the '
    'batch''s first appointment, but for replacements.';

create function batch_figure(service_day integer, asked_as_of date, asked_known bigint) returns table (
    year integer, ordinal integer, figure text, part text, value numeric, before numeric, difference numeric
)
    language sql stable parallel safe
begin atomic
    with clock as materialized (
        select c.year, c.as_of, c.known, c.reached
        from batch_clock(service_day, asked_as_of, asked_known) c
    ),
    posting as materialized (
        select
            c.year, c.as_of, c.known, p.position, p.instructor_id, p.village_id, p.since, p.last_day,
            p.replaces is not null as replacement,
            coalesce(p.departure = 'recalled', false) as recalled
        from clock c
        cross join lateral posting_at(c.as_of, c.known) p
        where p.batch_year = c.year
    ),
    named as materialized (
        select c.year, n.outcome, n.clauses_failed
        from clock c
        cross join lateral nomination_at(c.as_of, c.known) n
        where n.batch_year = c.year
    ),
    villages as (
        select c.year, count(*) as approved, count(*) filter (where v.weak_or_lagging) as weak
        from clock c
        cross join lateral village_year_at(c.as_of, c.known) v
        where v.year = c.year and v.review = 'approved'
        group by c.year
    ),
    nominations as (
        select n.year, count(*) as made, count(*) filter (where n.outcome = 'rejected') as rejected
        from named n
        group by n.year
    ),
    postings as (
        select
            p.year, count(*) as begun, count(distinct p.village_id) as villages,
            count(*) filter (where p.recalled) as recalled,
            count(*) filter (where p.replacement) as replacements
        from posting p
        group by p.year
    ),
    waiting as (
        select
            w.year, avg(w.days) as mean,
            (percentile_cont(0.5) within group (order by w.days))::numeric as median
        from (
            select distinct on (p.position) p.year, p.since - n.occurred_on as days
            from posting p
            join nomination n
                on n.instructor_id = p.instructor_id and n.position < p.position
                and counts(n.occurred_on, n.position, n.voided_at, p.as_of, p.known)
            order by p.position, n.position desc
        ) w
        group by w.year
    ),
    service as materialized (
        select c.year, s.present, s.full_months, s.short_months, s.events, s.late_events
        from clock c
        cross join lateral service_of(c.year, c.as_of, c.known) s
    ),
    months as (
        select w.year, d.mean, d.median, w.whole, w.short, w.events, w.late
        from (
            select
                s.year, sum(s.full_months) as whole, sum(s.short_months) as short, sum(s.events) as events,
                sum(s.late_events) as late
            from service s
            group by s.year
        ) w
        left join (
            -- A month has one of 32 numbers of days: counting these is quicker than sorting all months.
            select
                n.year, sum(n.days * n.months) / sum(n.months) as mean,
                (
                    min(n.days) filter (where 2 * n.upto >= n.of)
                    + min(n.days) filter (where 2 * n.upto > n.of)
                ) / 2.0 as median
            from (
                select
                    c.year, c.days, c.months,
                    sum(c.months) over (partition by c.year order by c.days) as upto,
                    sum(c.months) over (partition by c.year) as of
                from (
                    select s.year, d.days, count(*) as months
                    from service s
                    cross join lateral unnest(s.present) d (days)
                    group by s.year, d.days
                ) c
            ) n
            group by n.year
        ) d on d.year = w.year
    ),
    covered as (
        select
            c.year,
            sum(m.households) filter (where m.milestone = 'latest') as households,
            sum(m.visited) filter (where m.milestone = 'latest') as visited,
            sum(m.households) filter (where m.milestone = 'day_90') as households_by_then,
            sum(m.visited) filter (where m.milestone = 'day_90') as visited_by_then
        from clock c
        cross join lateral milestone_of(c.year, c.as_of, c.known) m
        where m.milestone in ('latest', 'day_90')
        group by c.year
    ),
    projects as (
        select p.year, count(*) as completed
        from posting p
        join project_completion d
            on d.instructor_id = p.instructor_id and d.village_id = p.village_id
            and d.occurred_on between p.since and p.last_day
            and counts(d.occurred_on, d.position, d.voided_at, p.as_of, p.known)
        group by p.year
    ),
    promotions as (
        select
            p.year, count(distinct p.position) as promoted,
            count(distinct p.position) filter (where not p.recalled) as stayed
        from posting p
        cross join lateral promotion_at(p.as_of, p.known) m
        where m.instructor_id = p.instructor_id and m.village_id = p.village_id
            and m.day between p.since and p.last_day
        group by p.year
    ),
    grades as (
        select p.year, a.grade, count(*) as given
        from posting p
        cross join lateral appraisal_at(p.as_of, p.known) a
        where a.instructor_id = p.instructor_id and a.village_id = p.village_id
            and a.kind = 'yearly' and a.appraised_on >= p.since
            and not exists (
                select from appointment later
                where later.instructor_id = p.instructor_id and later.village_id = p.village_id
                    and later.position > p.position and later.occurred_on <= a.appraised_on
                    and counts(later.occurred_on, later.position, later.voided_at, p.as_of, p.known)
            )
        group by p.year, a.grade
    ),
    stated as materialized (
        select c.year, s.place, s.figure, s.part, s.value
        from clock c
        left join villages v on v.year = c.year
        left join nominations n on n.year = c.year
        left join postings p on p.year = c.year
        left join waiting w on w.year = c.year
        left join months m on m.year = c.year
        left join covered h on h.year = c.year
        left join projects d on d.year = c.year
        left join promotions u on u.year = c.year
        cross join lateral (
            values
                (1, 'villages', '', coalesce(v.approved, 0)::numeric),
                (2, 'weak_share', '', round(v.weak::numeric / v.approved, 4)),
                (3, 'nominated', '', coalesce(n.made, 0)),
                (4, 'rejected', '', coalesce(n.rejected, 0)),
                (6, 'appointed', '', coalesce(p.begun, 0)),
                (7, 'days_to_appointment', 'mean', round(w.mean, 4)),
                (7, 'days_to_appointment', 'median', round(w.median, 4)),
                (8, 'days_present', 'mean', round(m.mean, 4)),
                (8, 'days_present', 'median', round(m.median, 4)),
                (9, 'short_months', '', round(m.short::numeric / nullif(m.whole, 0), 4)),
                (
                    10, 'coverage_at_90_days', '',
                    round(h.visited_by_then::numeric / nullif(h.households_by_then, 0), 4)
                ),
                (11, 'coverage', '', round(h.visited::numeric / nullif(h.households, 0), 4)),
                (12, 'projects_per_village', '', round(coalesce(d.completed, 0)::numeric / p.villages, 4)),
                (14, 'promoted', '', coalesce(u.promoted, 0)),
                (15, 'promoted_and_stayed', '', coalesce(u.stayed, 0)),
                (16, 'recalled', '', coalesce(p.recalled, 0)),
                (17, 'replacements', '', coalesce(p.replacements, 0)),
                (18, 'late_share', '', round(m.late::numeric / nullif(m.events, 0), 4))
        ) s (place, figure, part, value)
        union all
        select r.year, 5, 'rejected_under', clause, count(*)
        from named r
        cross join lateral unnest(r.clauses_failed) clause
        where r.outcome = 'rejected'
        group by r.year, clause
        union all
        select g.year, 13, 'grade', upper(g.grade), g.given from grades g
    ),
    -- A batch says what the one a year earlier says too, so that a part one of them lacks counts nothing.
    pair as (
        select c.year, e.year as earlier
        from clock c
        left join clock e on e.year = c.year - 1 and c.reached and e.reached
    ),
    said as (
        select distinct p.year, p.earlier, s.place, s.figure, s.part
        from pair p
        join stated s on s.year in (p.year, p.earlier)
    )
    select
        s.year,
        (row_number() over (
            partition by s.year
            order by s.place,
                array_position(array['EXCELLENT', 'COMPETENT', 'BASIC', 'INCOMPETENT'], s.part),
                s.part collate "C"
        ))::integer,
        s.figure, nullif(s.part, ''), f.value, f.before, f.value - f.before
    from said s
    left join stated v on v.year = s.year and v.figure = s.figure and v.part = s.part
    left join stated b on b.year = s.earlier and b.figure = s.figure and b.part = s.part
    cross join lateral (
        select
            case when v.year is null then 0 else v.value end as value,
            case when s.earlier is null then null when b.year is null then 0 else b.value end as before
    ) f;
end;
comment on function batch_figure is
    '批次比较各项数字。 The figures of every batch, in order; part: mean or median, the clause, or the grade; '
    'before: of the batch a year earlier, on that one''s own clocks; difference: from it. Shares and means '
    'have four decimals; a share of nothing is null.';

create function batch_compared(service_day integer, asked_as_of date, asked_known bigint) returns table (
    year integer, as_of date, known bigint, day_one date, reached boolean, figures json,
    villages_nominated integer, villages_approved integer, weak_or_lagging integer,
    nominated integer, approved integer, rejected integer, appointed integer, serving integer,
    recalled integer, replacements integer, promoted integer, completed integer, days_present integer,
    full_months integer, short_months integer, projects_completed integer, households integer,
    households_visited integer, "position" bigint
)
    language sql stable parallel safe
begin atomic
    select
        b.year, b.as_of, b.known, b.day_one, b.reached, f.figures,
        (select count(*)::integer from village_year_at(b.as_of, b.known) v where v.year = b.year),
        (
            select count(*)::integer from village_year_at(b.as_of, b.known) v
            where v.year = b.year and v.review = 'approved'
        ),
        (
            select count(*)::integer from village_year_at(b.as_of, b.known) v
            where v.year = b.year and v.weak_or_lagging
        ),
        (select count(*)::integer from nomination_at(b.as_of, b.known) n where n.batch_year = b.year),
        (
            select count(*)::integer from nomination_at(b.as_of, b.known) n
            where n.batch_year = b.year and n.outcome = 'approved'
        ),
        (
            select count(*)::integer from nomination_at(b.as_of, b.known) n
            where n.batch_year = b.year and n.outcome = 'rejected'
        ),
        (select count(*)::integer from posting_at(b.as_of, b.known) p where p.batch_year = b.year),
        (
            select count(*)::integer from posting_at(b.as_of, b.known) p
            where p.batch_year = b.year and p.serving
        ),
        (
            select count(*)::integer from posting_at(b.as_of, b.known) p
            where p.batch_year = b.year and p.departure = 'recalled'
        ),
        (
            select count(*)::integer from posting_at(b.as_of, b.known) p
            where p.batch_year = b.year and p.replaces is not null
        ),
        (
            select count(distinct m.instructor_id)::integer from posting_at(b.as_of, b.known) p
            join promotion_at(b.as_of, b.known) m
                on m.instructor_id = p.instructor_id and m.village_id = p.village_id
                and m.day between p.since and p.last_day
            where p.batch_year = b.year
        ),
        (
            select count(*)::integer from posting_at(b.as_of, b.known) p
            where p.batch_year = b.year and p.departure = 'term_completed'
        ),
        (
            select count(*)::integer from posting_at(b.as_of, b.known) p
            join check_in_at(b.as_of, b.known) c
                on c.instructor_id = p.instructor_id and c.village_id = p.village_id
                and c.day between p.since and p.last_day
            where p.batch_year = b.year
        ),
        (
            select count(*)::integer from attendance_at(b.as_of, b.known) a
            where a.batch_year = b.year and a.full_month
        ),
        (
            select count(*)::integer from attendance_at(b.as_of, b.known) a
            where a.batch_year = b.year and a.short
        ),
        (
            select count(*)::integer from posting_at(b.as_of, b.known) p
            join project_completion c on c.instructor_id = p.instructor_id and c.village_id = p.village_id
                and c.occurred_on between p.since and p.last_day
                and counts(c.occurred_on, c.position, c.voided_at, b.as_of, b.known)
            where p.batch_year = b.year
        ),
        (
            select count(*)::integer from registered_at(b.as_of, b.known) h
            where h.village_id in (
                select p.village_id from posting_at(b.as_of, b.known) p where p.batch_year = b.year
            )
        ),
        (
            select count(*)::integer from registered_at(b.as_of, b.known) h
            where exists (
                select from posting_at(b.as_of, b.known) p
                join visit_at(b.as_of, b.known) v
                    on v.instructor_id = p.instructor_id and v.day between p.since and p.last_day
                where p.batch_year = b.year and p.village_id = h.village_id
                    and v.village_id = h.village_id and v.household = h.code
            )
        ),
        (
            select coalesce(max((
                select e.position from event e
                where e.instructor_id = n.instructor_id and e.occurred_on <= b.as_of and e.position <= b.known
                order by e.position desc limit 1
            )), 0)
            from nomination n
            where n.batch_year = b.year and counts(n.occurred_on, n.position, n.voided_at, b.as_of, b.known)
        )
    from batch_clock(service_day, asked_as_of, asked_known) b
    left join (
        -- All batches in one pass, or, when nobody asks, none: the join goes if its column is not wanted.
        -- (`+ 0`: else, where one year is asked for, the planner would make the join a filter and keep it.)
        select
            f.year,
            json_agg(
                json_build_object(
                    'figure', f.figure, 'part', f.part, 'value', f.value::text,
                    'before', f.before::text, 'difference', f.difference::text
                ) order by f.ordinal
            ) as figures
        from batch_figure(service_day, asked_as_of, asked_known) f
        group by f.year
    ) f on f.year = b.year + 0;
end;
comment on function batch_compared is
    '批次。 A batch by its year, on its own clocks (batch_clock): villages named and approved, people through '
    'the procedure, and their work. households: in the register of the batch''s villages; position: of the '
    'last event about its people; figures: to be compared year over year (batch_figure), numbers as text.';

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
        b.year, b.villages_nominated, b.villages_approved, b.weak_or_lagging, b.nominated, b.approved,
        b.rejected, b.appointed, b.serving, b.recalled, b.replacements, b.promoted, b.completed,
        b.days_present, b.full_months, b.short_months, b.projects_completed, b.households,
        b.households_visited, b.position
    from batch_compared(null, as_of, known) b;
end;
comment on function batch_at is '批次。 All batches at the same two clocks; see batch_compared.';
