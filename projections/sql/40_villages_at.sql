-- Villages: nominations and reviews by year, the register of households, and who serves there.

create function posting_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, batch_year integer, since date, until date,
    replaces uuid, replaced_by uuid, ended_on date, departure text, ground text, recall_reason text,
    unit_told text, serving boolean, party_relation_on date, last_day date, departure_position bigint
)
    language sql stable parallel safe
begin atomic
    select
        a.position, a.instructor_id, a.village_id, a.batch_year, a.occurred_on, a.until, a.replaces,
        (
            select r.instructor_id from appointment r
            where r.replaces = a.instructor_id and r.village_id = a.village_id and r.position > a.position
                and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
            order by r.position limit 1
        ),
        d.occurred_on, d.departure, d.ground, d.reason, d.unit_told,
        d.position is null and as_of <= a.until,
        (
            select p.occurred_on from party_relation p
            where p.instructor_id = a.instructor_id and p.village_id = a.village_id
                and p.occurred_on between a.occurred_on and least(a.until, d.occurred_on)
                and counts(p.occurred_on, p.position, p.voided_at, as_of, known)
            order by p.position desc limit 1
        ),
        least(a.until, d.occurred_on),
        d.position
    from appointment a
    left join lateral (
        select d.* from departure d
        where d.instructor_id = a.instructor_id and d.position > a.position
            and counts(d.occurred_on, d.position, d.voided_at, as_of, known)
        order by d.position limit 1
    ) d on true
    where counts(a.occurred_on, a.position, a.voided_at, as_of, known);
end;
comment on function posting_at is
    '派驻。 Postings; position: of the appointment. until: planned end of the term; ended_on: day of the '
    'departure on record, departure_position: its event; last_day: the last day of service, whichever of '
    'the two is first.';

create function village_year_at(as_of date, known bigint) returns table (
    village_id uuid, year integer, kind text, weak_or_lagging boolean, reason text, review text,
    nominated_on date, reviewed_on date, decline_reason text, exception_reason text, goals_met text[],
    award numeric, "position" bigint
)
    language sql stable parallel safe
begin atomic
    select
        n.village_id, n.year, n.kind, n.weak_or_lagging, n.reason,
        case when r.approved then 'approved' when not r.approved then 'declined' else 'nominated' end,
        n.occurred_on, r.occurred_on, r.reason, r.exception_reason,
        (
            select g.met from goals g
            where g.village_id = n.village_id and g.year = n.year
                and counts(g.occurred_on, g.position, g.voided_at, as_of, known)
        ),
        (
            select w.amount from award w
            where w.village_id = n.village_id and w.year = n.year
                and counts(w.occurred_on, w.position, w.voided_at, as_of, known)
        ),
        coalesce(r.position, n.position)
    from village_nomination n
    left join village_review r
        on r.village_id = n.village_id and r.year = n.year
        and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
    where counts(n.occurred_on, n.position, n.voided_at, as_of, known);
end;
comment on function village_year_at is
    '年度重点村 二(一)。 A village''s years: nomination, review, goals met, award. position: of the last step of '
    'the procedure.';

create function goals_at(as_of date, known bigint) returns table (
    "position" bigint, village_id uuid, year integer, met text[], assessed_on date
)
    language sql stable parallel safe
begin atomic
    select g.position, g.village_id, g.year, g.met, g.occurred_on
    from goals g
    where counts(g.occurred_on, g.position, g.voided_at, as_of, known);
end;
comment on function goals_at is
    '目标评定 一。 Which of the five goals a year met, also in years after the nomination.';

create function award_at(as_of date, known bigint) returns table (
    "position" bigint, village_id uuid, year integer, amount numeric, paid_on date
)
    language sql stable parallel safe
begin atomic
    select w.position, w.village_id, w.year, w.amount, w.occurred_on
    from award w
    where counts(w.occurred_on, w.position, w.voided_at, as_of, known);
end;
comment on function award_at is
    '奖补 五(四)。 Award money paid to a village, in yuan, also in years after the nomination.';

create function household_at(as_of date, known bigint) returns table (
    village_id uuid, code text, category text, since date, removed_on date, visits integer,
    last_visited_on date
)
    language sql stable parallel safe
begin atomic
    select
        e.village_id, e.household, e.category, e.occurred_on,
        (
            select r.occurred_on from household_removal r
            where r.village_id = e.village_id and r.household = e.household and r.position > e.position
                and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
            order by r.position limit 1
        ),
        (
            select count(*)::integer from visit v
            where v.village_id = e.village_id and v.household = e.household
                and counts(v.occurred_on, v.position, v.voided_at, as_of, known)
        ),
        (
            select max(v.occurred_on) from visit v
            where v.village_id = e.village_id and v.household = e.household
                and counts(v.occurred_on, v.position, v.voided_at, as_of, known)
        )
    from household_entry e
    where counts(e.occurred_on, e.position, e.voided_at, as_of, known)
        and not exists (
            select from household_entry later
            where later.village_id = e.village_id and later.household = e.household
                and later.position > e.position
                and counts(later.occurred_on, later.position, later.voided_at, as_of, known)
        );
end;
comment on function household_at is
    '农户 三(一)2。 Households, each with its latest entry in the register; removed ones have removed_on.';

create function registered_at(as_of date, known bigint) returns table (
    village_id uuid, code text, category text, since date
)
    language sql stable parallel safe
begin atomic
    -- An entry that was followed by another was followed by a removal first.
    select e.village_id, e.household, e.category, e.occurred_on
    from household_entry e
    where counts(e.occurred_on, e.position, e.voided_at, as_of, known)
        and not exists (
            select from household_removal r
            where r.village_id = e.village_id and r.household = e.household and r.position > e.position
                and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
        );
end;
comment on function registered_at is
    '在册农户。 The register at the end of the day: households entered and not removed. A household removed on '
    'the day itself is out of it.';

create function village_at(as_of date, known bigint) returns table (
    id uuid, code text, name text, township_code text, township text, kind text, year integer, review text,
    weak_or_lagging boolean, approved_years integer[], households integer, registered_poor integer,
    instructor_id uuid, vacant_since date, "position" bigint
)
    language sql stable parallel safe
begin atomic
    select
        n.village_id, n.code, n.name, n.township_code, n.township, n.kind, n.year,
        coalesce(
            (
                select case when r.approved then 'approved' else 'declined' end from village_review r
                where r.village_id = n.village_id and r.year = n.year
                    and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
            ),
            'nominated'
        ),
        n.weak_or_lagging,
        coalesce(
            (
                select array_agg(r.year order by r.year) from village_review r
                where r.village_id = n.village_id and r.approved
                    and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
            ),
            '{}'
        ),
        (
            select count(*)::integer from registered_at(as_of, known) h
            where h.village_id = n.village_id
        ),
        (
            select count(*)::integer from registered_at(as_of, known) h
            where h.village_id = n.village_id and h.category = 'registered_poor'
        ),
        (
            select p.instructor_id from posting_at(as_of, known) p
            where p.village_id = n.village_id and p.serving
            order by p.position desc limit 1
        ),
        (
            select max(p.last_day) from posting_at(as_of, known) p
            where p.village_id = n.village_id and not sees_part_of_villages()
                and exists (
                    select from village_review r
                    where r.village_id = n.village_id and r.year = n.year and r.approved
                        and counts(r.occurred_on, r.position, r.voided_at, as_of, known)
                )
            having not bool_or(p.serving)
        ),
        (
            select e.position from event e
            where e.aggregate_id = n.village_id and e.occurred_on <= as_of and e.position <= known
            order by e.version desc limit 1
        )
    from village_nomination n
    where counts(n.occurred_on, n.position, n.voided_at, as_of, known)
        and not exists (
            select from village_nomination later
            where later.village_id = n.village_id and later.year > n.year
                and counts(later.occurred_on, later.position, later.voided_at, as_of, known)
        );
end;
comment on function village_at is
    '重点村(社区)。 Villages ever nominated, by their latest year. vacant_since: last day of service of the '
    'last instructor, where an approved village has nobody now. position: of the village''s last event.';
