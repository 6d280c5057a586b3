-- The questions of `bench.clocks`, each as the read side is asked and as one would ask the tables by hand.
--
-- `{c}` stands for the conditions of the two clocks on the facts `c`, and so for every letter; `{clocks}` for
-- the two clocks as arguments; `{state}` for the statement of that name by hand, `{postings}` for the postings.

-- part: postings
with posting as materialized (
    select
        a.position, a.instructor_id, a.village_id, a.batch_year, a.occurred_on as since,
        least(a.until, d.occurred_on, %(as_of)s) as last_day, a.until, a.replaces, d.departure
    from appointment a
    left join lateral (
        select d.occurred_on, d.departure from departure d
        where d.instructor_id = a.instructor_id and d.position > a.position and {d}
        order by d.position limit 1
    ) d on true
    where {a}
)

-- ours: one state
select * from instructor_at({clocks}) where id = %(one)s

-- by hand: one state
select
    n.instructor_id, n.staff_number, n.name, n.gender, n.sending_unit, n.batch_year, r.approved,
    a.village_id, a.occurred_on, a.until, a.replaces, d.occurred_on, d.departure,
    (
        select i.instructor_id from appointment i
        where i.replaces = n.instructor_id and i.position > a.position and {i} order by i.position limit 1
    ),
    (select max(m.occurred_on) from promotion m where m.instructor_id = n.instructor_id and {m}),
    (select max(t.occurred_on) from party_relation t where t.instructor_id = n.instructor_id and {t}),
    c.days, c.late, v.households,
    (select count(*) from project_start s where s.instructor_id = n.instructor_id and {s}),
    (select count(*) from project_completion f where f.instructor_id = n.instructor_id and {f}),
    (select count(*) from duty u where u.instructor_id = n.instructor_id and {u}),
    (
        select g.grade from appraisal g
        where g.instructor_id = n.instructor_id and g.kind = 'yearly' and {g} order by g.period desc limit 1
    ),
    (select count(*) from commendation o where o.instructor_id = n.instructor_id and {o}),
    (select count(*) from grave_case x where x.instructor_id = n.instructor_id and {x}),
    e.number, e.version, e.position
from (
    select n.* from nomination n where n.instructor_id = %(one)s and {n} order by n.position desc limit 1
) n
left join lateral (
    select r.approved from review r
    where r.instructor_id = n.instructor_id and r.position > n.position and {r} order by r.position limit 1
) r on true
left join lateral (
    select a.* from appointment a where a.instructor_id = n.instructor_id and {a}
    order by a.position desc limit 1
) a on true
left join lateral (
    select d.* from departure d
    where d.instructor_id = n.instructor_id and d.position > a.position and {d} order by d.position limit 1
) d on true
cross join lateral (
    select count(*) as days, count(*) filter (where c.days_late > 7) as late from check_in c
    where c.instructor_id = n.instructor_id and {c}
) c
cross join lateral (
    select count(*) as households from (
        select from visit v where v.instructor_id = n.instructor_id and {v} group by v.village_id, v.household
    ) v
) v
cross join lateral (
    select count(*) as number, max(e.version) as version, max(e.position) as position from event e
    where e.aggregate_id = n.instructor_id and e.occurred_on <= %(as_of)s and e.position <= %(known)s
) e

-- ours: the list, 50 of all
select
    id, staff_number, name, sending_unit, batch_year, stage, village_id, since, departure, days_present,
    late_entries, households_visited
from instructor_at({clocks})
order by staff_number, id limit 50

-- by hand: the list, 50 of all
select
    n.instructor_id, n.staff_number, n.name, n.sending_unit, n.batch_year, r.approved, a.village_id,
    a.occurred_on, d.departure, c.days, c.late, v.households
from (
    select n.* from nomination n
    where {n} and not exists (
        select from nomination l
        where l.instructor_id = n.instructor_id and l.position > n.position and {l}
    )
    order by n.staff_number, n.instructor_id limit 50
) n
left join lateral (
    select r.approved from review r
    where r.instructor_id = n.instructor_id and r.position > n.position and {r} order by r.position limit 1
) r on true
left join lateral (
    select a.* from appointment a where a.instructor_id = n.instructor_id and {a}
    order by a.position desc limit 1
) a on true
left join lateral (
    select d.* from departure d
    where d.instructor_id = n.instructor_id and d.position > a.position and {d} order by d.position limit 1
) d on true
cross join lateral (
    select count(*) as days, count(*) filter (where c.days_late > 7) as late from check_in c
    where c.instructor_id = n.instructor_id and {c}
) c
cross join lateral (
    select count(*) as households from (
        select from visit v where v.instructor_id = n.instructor_id and {v} group by v.village_id, v.household
    ) v
) v
order by n.staff_number, n.instructor_id

-- ours: one page
select
    (select row_to_json(s) from instructor_at({clocks}) s where s.id = %(one)s),
    (select json_agg(p) from posting_at({clocks}) p where p.instructor_id = %(one)s),
    (select json_agg(a) from attendance_at({clocks}) a where a.instructor_id = %(one)s),
    (select json_agg(c) from coverage_at({clocks}) c where c.instructor_id = %(one)s),
    (select json_agg(j) from project_at({clocks}) j where j.instructor_id = %(one)s),
    (select json_agg(g) from appraisal_at({clocks}) g where g.instructor_id = %(one)s)

-- by hand: one page
with posting as materialized (
    select
        a.position, a.instructor_id, a.village_id, a.batch_year, a.occurred_on as since,
        least(a.until, d.occurred_on, %(as_of)s) as last_day, a.until, a.replaces, d.departure
    from appointment a
    left join lateral (
        select d.occurred_on, d.departure from departure d
        where d.instructor_id = a.instructor_id and d.position > a.position and {d}
        order by d.position limit 1
    ) d on true
    where a.instructor_id = %(one)s and {a}
)

select
    (select row_to_json(s) from ({state}) s),
    (select json_agg(p) from posting p),
    (
        select json_agg(w) from (
            select
                to_char(m.day, 'YYYY-MM') as month, count(c.position) as days,
                count(c.position) filter (where c.days_late > 7) as late,
                (
                    select coalesce(
                        sum(
                            least(l.last_day, p.last_day, (m.day + interval '1 month')::date - 1)
                            - greatest(l.first_day, p.since, m.day::date) + 1
                        ), 0
                    )
                    from leave l
                    where l.instructor_id = p.instructor_id and l.village_id = p.village_id and {l}
                        and l.last_day >= greatest(m.day::date, p.since)
                        and l.first_day <= least((m.day + interval '1 month')::date - 1, p.last_day)
                ) as leave
            from posting p
            cross join lateral generate_series(
                date_trunc('month', p.since::timestamp), p.last_day::timestamp, interval '1 month'
            ) m (day)
            left join check_in c
                on c.instructor_id = p.instructor_id and c.village_id = p.village_id and {c}
                and c.occurred_on between greatest(p.since, m.day::date)
                and least(p.last_day, (m.day + interval '1 month')::date - 1)
            group by p.position, p.instructor_id, p.village_id, p.since, p.last_day, m.day
        ) w
    ),
    (
        select json_agg(k) from (
            select
                p.position, count(*) as households, count(v.first_on) as visited,
                count(*) filter (where h.category = 'registered_poor') as poor,
                count(v.first_on) filter (where h.category = 'registered_poor') as poor_visited,
                count(*) filter (where v.first_on <= p.since + interval '3 months') as in_time
            from posting p
            join household_entry h
                on h.village_id = p.village_id and h.occurred_on <= p.last_day and {h}
                and not exists (
                    select from household_removal g
                    where g.village_id = h.village_id and g.household = h.household
                        and g.position > h.position and g.occurred_on <= p.last_day and {g}
                )
            left join lateral (
                select v.household, min(v.occurred_on) as first_on from visit v
                where v.instructor_id = p.instructor_id and v.village_id = p.village_id
                    and v.occurred_on between p.since and p.last_day and {v}
                group by v.household
            ) v on v.household = h.household
            group by p.position
        ) k
    ),
    (
        select json_agg(j) from (
            select s.title, s.year, s.occurred_on, f.occurred_on as completed_on, f.outcome
            from project_start s left join project_completion f on f.project_id = s.project_id and {f}
            where s.instructor_id = %(one)s and {s}
        ) j
    ),
    (
        select json_agg(g) from (
            select g.kind, g.period, g.grade, g.scores, g.occurred_on from appraisal g
            where g.instructor_id = %(one)s and {g}
        ) g
    )

-- ours: few days in a month
select instructor_id, village_id, found from finding_at({clocks})
where code = 'FEW_DAYS' and from_day >= %(month)s and to_day <= %(month_end)s

-- by hand: few days in a month
{postings}

select p.instructor_id, p.village_id, count(c.position)
from posting p
left join check_in c
    on c.instructor_id = p.instructor_id and c.village_id = p.village_id
    and c.occurred_on between %(month)s and %(month_end)s and {c}
where p.since <= %(month)s and p.last_day >= %(month_end)s
group by p.position, p.instructor_id, p.village_id having count(c.position) < 20

-- ours: the batches
select * from batch_figure(null, {clocks})

-- by hand: the batches
{postings},
stay as (
    select p.batch_year, p.position, date_trunc('month', c.occurred_on::timestamp) as month, count(*) as days
    from posting p
    join check_in c
        on c.instructor_id = p.instructor_id and c.village_id = p.village_id
        and c.occurred_on between p.since and p.last_day and {c}
    group by 1, 2, 3
),
present as (
    select
        p.batch_year, avg(coalesce(s.days, 0)) as mean,
        percentile_cont(0.5) within group (order by coalesce(s.days, 0)) as median,
        avg((coalesce(s.days, 0) < 20)::integer) as short
    from posting p
    cross join lateral generate_series(
        date_trunc('month', p.since + interval '1 month' - interval '1 day'),
        p.last_day + interval '1 day' - interval '1 month', interval '1 month'
    ) m (month)
    left join stay s on s.position = p.position and s.month = m.month
    group by 1
),
visited as (
    select
        p.position, v.household, min(v.occurred_on) as first_on
    from posting p
    join visit v
        on v.instructor_id = p.instructor_id and v.village_id = p.village_id
        and v.occurred_on between p.since and p.last_day and {v}
    group by 1, 2
),
covered as (
    select
        p.batch_year,
        count(v.first_on) filter (where h.left_on is null or h.left_on > p.last_day)::numeric
            / nullif(count(*) filter (where h.left_on is null or h.left_on > p.last_day), 0) as latest,
        count(v.first_on) filter (
            where v.first_on <= p.since + 89 and p.since + 89 <= p.last_day
                and (h.left_on is null or h.left_on > p.since + 89)
        )::numeric
            / nullif(count(*) filter (
                where p.since + 89 <= p.last_day and (h.left_on is null or h.left_on > p.since + 89)
            ), 0) as day_90
    from posting p
    join (
        select h.village_id, h.household, h.occurred_on, min(g.occurred_on) as left_on
        from household_entry h
        left join household_removal g
            on g.village_id = h.village_id and g.household = h.household and g.position > h.position and {g}
        where {h}
        group by h.village_id, h.household, h.occurred_on, h.position, h.ordinal
    ) h on h.village_id = p.village_id and h.occurred_on <= p.last_day
    left join visited v on v.position = p.position and v.household = h.household
    group by 1
),
entered as (
    select
        p.batch_year,
        avg(((e.recorded_at at time zone 'Asia/Shanghai')::date - e.occurred_on > 7)::integer) as late
    from posting p
    join event e
        on e.aggregate_id = p.instructor_id and e.village_id is not distinct from p.village_id
        and e.occurred_on between p.since and p.last_day and {e}
    group by 1
)
select * from present join covered using (batch_year) join entered using (batch_year)

-- ours: (a scan of their facts)
select * from batch_figure(null, {clocks})

-- by hand: (a scan of their facts)
select
    (select count(*) from check_in c where {c}), (select count(*) from visit v where {v}),
    (select count(*) from event e where {e})
