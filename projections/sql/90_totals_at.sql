-- Totals: what the county, a township and a sending unit come to.
--
-- A township has its villages by their latest year, and through them postings; a sending unit has its people
-- by their latest nomination. Both carry theirs as an array, by which each figure finds its facts.

create function presence_at(as_of date, known bigint) returns table (
    instructor_id uuid, village_id uuid, month date, days_present bigint
)
    language sql stable parallel safe
begin atomic
    select
        w.instructor_id, w.village_id, w.month,
        case when u.usable then w.days_present else f.days_present end
    from work_month w
    cross join lateral (
        select known >= w.good_from and known < w.good_until and w.last_on <= as_of as usable
    ) u
    left join lateral (
        select count(*) as days_present from check_in_at(as_of, known) c
        where c.instructor_id = w.instructor_id and c.village_id = w.village_id
            and c.day >= w.month and c.day < w.month + interval '1 month'
    ) f on not u.usable
    where w.month <= as_of;
end;
comment on function presence_at is
    '到村天数。 Check-ins of a person in a village by calendar month, named by its first day, in or out of '
    'service. From the roll-up of the month where that is true, from the facts where it is not.';

create function township_at(as_of date, known bigint) returns table (
    code text, name text, villages integer, approved_villages integer, weak_or_lagging integer,
    appointed integer, instructors integer, recalled integer, promoted integer, completed integer,
    days_present integer, full_months integer, short_months integer, households integer,
    households_visited integer, projects_completed integer
)
    language sql stable parallel safe
begin atomic
    select
        t.code, t.name, cardinality(t.villages),
        (
            select count(*)::integer from village_at(as_of, known) v
            where v.id = any (t.villages) and v.review = 'approved'
        ),
        (
            select count(*)::integer from village_at(as_of, known) v
            where v.id = any (t.villages) and v.weak_or_lagging
        ),
        (select count(*)::integer from posting_at(as_of, known) p where p.village_id = any (t.villages)),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.village_id = any (t.villages) and p.serving
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.village_id = any (t.villages) and p.departure = 'recalled'
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.village_id = any (t.villages) and exists (
                select from promotion_at(as_of, known) m
                where m.instructor_id = p.instructor_id and m.village_id = p.village_id
                    and m.day between p.since and p.last_day
            )
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.village_id = any (t.villages) and p.departure = 'term_completed'
        ),
        (select count(*)::integer from check_in_at(as_of, known) c where c.village_id = any (t.villages)),
        (
            select count(*)::integer from attendance_at(as_of, known) a
            where a.village_id = any (t.villages) and a.full_month
        ),
        (
            select count(*)::integer from attendance_at(as_of, known) a
            where a.village_id = any (t.villages) and a.short
        ),
        (select count(*)::integer from registered_at(as_of, known) h where h.village_id = any (t.villages)),
        (
            select count(*)::integer from (
                select distinct h.village_id, h.household from household_entry h
                where h.village_id = any (t.villages)
            ) h
            where exists (
                select from visit_at(as_of, known) v
                where v.village_id = h.village_id and v.household = h.household
            )
        ),
        (
            select count(*)::integer from project_completion c
            where c.village_id = any (t.villages)
                and counts(c.occurred_on, c.position, c.voided_at, as_of, known)
        )
    from (
        select
            n.township_code as code,
            (array_agg(n.township order by n.position desc))[1] as name,
            coalesce(
                array_agg(n.village_id) filter (
                    where not exists (
                        select from village_nomination later
                        where later.village_id = n.village_id and later.year > n.year
                            and counts(later.occurred_on, later.position, later.voided_at, as_of, known)
                    )
                ),
                '{}'
            ) as villages
        from village_nomination n
        where counts(n.occurred_on, n.position, n.voided_at, as_of, known)
        group by n.township_code
    ) t;
end;
comment on function township_at is
    '乡镇(街道)。 Townships that named a village. villages, approved_villages, weak_or_lagging: by each '
    'village''s latest year; appointed: postings there, instructors: of these in service, promoted: with a '
    'promotion in them; households_visited: at least once, by anybody.';

create function sending_unit_at(as_of date, known bigint) returns table (
    name text, nominated integer, appointed integer, serving integer, recalled integer, promoted integer,
    completed integer, days_present integer, full_months integer, short_months integer,
    projects_completed integer
)
    language sql stable parallel safe
begin atomic
    select
        u.name, cardinality(u.people),
        (select count(*)::integer from posting_at(as_of, known) p where p.instructor_id = any (u.people)),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.instructor_id = any (u.people) and p.serving
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.instructor_id = any (u.people) and p.departure = 'recalled'
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.instructor_id = any (u.people) and exists (
                select from promotion_at(as_of, known) m
                where m.instructor_id = p.instructor_id and m.village_id = p.village_id
                    and m.day between p.since and p.last_day
            )
        ),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where p.instructor_id = any (u.people) and p.departure = 'term_completed'
        ),
        (
            select coalesce(sum(d.days_present), 0)::integer from presence_at(as_of, known) d
            where d.instructor_id = any (u.people)
        ),
        (
            select count(*)::integer from attendance_at(as_of, known) a
            where a.instructor_id = any (u.people) and a.full_month
        ),
        (
            select count(*)::integer from attendance_at(as_of, known) a
            where a.instructor_id = any (u.people) and a.short
        ),
        (
            select count(*)::integer from project_completion c
            where c.instructor_id = any (u.people)
                and counts(c.occurred_on, c.position, c.voided_at, as_of, known)
        )
    from (
        select n.sending_unit as name, array_agg(n.instructor_id) as people
        from nomination n
        where counts(n.occurred_on, n.position, n.voided_at, as_of, known)
            and not exists (
                select from nomination later
                where later.instructor_id = n.instructor_id and later.position > n.position
                    and counts(later.occurred_on, later.position, later.voided_at, as_of, known)
            )
        group by n.sending_unit
    ) u;
end;
comment on function sending_unit_at is
    '派出单位。 The units that sent somebody, by each person''s latest nomination. nominated: these people; '
    'appointed: their postings, promoted: those of them with a promotion; days_present: all their check-ins.';

create function total_at(as_of date, known bigint) returns table (
    villages integer, approved_villages integer, weak_or_lagging integer, nominated integer,
    appointed integer, serving integer, recalled integer, promoted integer, completed integer,
    days_present integer, full_months integer, short_months integer, households integer,
    households_visited integer, projects_completed integer
)
    language sql stable parallel safe
begin atomic
    select
        (select count(*)::integer from village_at(as_of, known)),
        (select count(*)::integer from village_at(as_of, known) v where v.review = 'approved'),
        (select count(*)::integer from village_at(as_of, known) v where v.weak_or_lagging),
        (
            select count(distinct n.instructor_id)::integer from nomination n
            where counts(n.occurred_on, n.position, n.voided_at, as_of, known)
        ),
        (select count(*)::integer from posting_at(as_of, known)),
        (select count(*)::integer from posting_at(as_of, known) p where p.serving),
        (select count(*)::integer from posting_at(as_of, known) p where p.departure = 'recalled'),
        (
            select count(*)::integer from posting_at(as_of, known) p
            where exists (
                select from promotion_at(as_of, known) m
                where m.instructor_id = p.instructor_id and m.village_id = p.village_id
                    and m.day between p.since and p.last_day
            )
        ),
        (select count(*)::integer from posting_at(as_of, known) p where p.departure = 'term_completed'),
        (select coalesce(sum(d.days_present), 0)::integer from presence_at(as_of, known) d),
        (select count(*)::integer from attendance_at(as_of, known) a where a.full_month),
        (select count(*)::integer from attendance_at(as_of, known) a where a.short),
        (select count(*)::integer from registered_at(as_of, known)),
        (
            select count(*)::integer from (
                select distinct h.village_id, h.household from household_entry h
            ) h
            where exists (
                select from visit_at(as_of, known) v
                where v.village_id = h.village_id and v.household = h.household
            )
        ),
        (
            select count(*)::integer from project_completion c
            where counts(c.occurred_on, c.position, c.voided_at, as_of, known)
        );
end;
comment on function total_at is
    '全县合计。 The whole county, in one row: villages by their latest year, people ever nominated, their '
    'postings, and the work, whoever did it.';
