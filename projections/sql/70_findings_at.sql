-- Findings: where a rule that can be judged from the facts was not kept (docs/answers.md).
--
-- One function a rule, all with the same columns, and `finding_at` of them all. A condition on the person,
-- the village, the days or the code reaches each of them before anything is counted. `found` and `required`
-- are the figures that were compared.

create function anniversary_eve(day date, years integer) returns date
    language sql immutable parallel safe
begin atomic
    select (day + make_interval(years => years))::date
        - (extract(day from day + make_interval(years => years)) = extract(day from day))::integer;
end;
comment on function anniversary_eve is
    '满整年之日。 The last day of whole years that begin on a day; 29 February counts as 1 March where there is '
    'none.';

create type judged as (
    code text, clause text, rule text, rule_zh text, rule_en text, effective date, batch_year integer,
    instructor_id uuid, village_id uuid, from_day date, to_day date, since date, found integer,
    required integer, exception_reason text
);
comment on type judged is '一条问题。 A finding: of which rule, about whom, where and when, and its two figures.';

create function few_days_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'FEW_DAYS', r.clause, r.code, r.zh, r.en, r.effective, a.batch_year, a.instructor_id, a.village_id,
        a.month_first, a.month_last, a.month_last, a.days_present, r.value::integer, null::text
    from attendance_at(as_of, known) a
    join rule r on r.code = 'MONTHLY_DAYS' and a.month_last >= r.since and a.month_last < r.until
    where a.full_month and a.days_present < r.value::integer;
end;
comment on function few_days_at is '到村天数不足 三(一)1。 Full months with fewer check-ins than required.';

create function households_not_visited_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'HOUSEHOLDS_NOT_VISITED', r.clause, r.code, r.zh, r.en, r.effective, m.batch_year,
        m.instructor_id, m.village_id, m.since, m.deadline, m.deadline, m.visited, m.households, null::text
    from milestone_at(as_of, known) m
    join rule r on r.code = 'VISIT_ALL_MONTHS' and m.since >= r.since and m.since < r.until
    where m.milestone = 'deadline' and m.visited < m.households;
end;
comment on function households_not_visited_at is
    '未遍访农户 三(一)2。 Postings that left households of the register unvisited at the deadline.';

create function registered_poor_not_visited_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'REGISTERED_POOR_NOT_VISITED', r.clause, r.code, r.zh, r.en, r.effective, m.batch_year,
        m.instructor_id, m.village_id, m.since, m.deadline, m.deadline, m.registered_poor_visited,
        m.registered_poor, null::text
    from milestone_at(as_of, known) m
    join rule r on r.code = 'VISIT_ALL_MONTHS' and m.since >= r.since and m.since < r.until
    where m.milestone = 'deadline' and m.registered_poor_visited < m.registered_poor;
end;
comment on function registered_poor_not_visited_at is
    '未遍访建档立卡户 三(一)2。 The same, of the registered poor alone.';

create function no_project_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'NO_PROJECT', r.clause, r.code, r.zh, r.en, r.effective, p.batch_year, p.instructor_id, p.village_id,
        y.first_day, y.last_day, y.last_day, c.completed, (r.value ->> 0)::integer, null::text
    from posting_at(as_of, known) p
    cross join lateral generate_series(1, (least(as_of, p.last_day) - p.since + 1) / 365) g (year)
    cross join lateral (
        select
            anniversary_eve(p.since, g.year - 1) + 1 as first_day,
            anniversary_eve(p.since, g.year) as last_day
    ) y
    join rule r on r.code = 'YEARLY_PROJECTS' and y.last_day >= r.since and y.last_day < r.until
    cross join lateral (
        select count(*)::integer as completed from project_completion c
        where c.instructor_id = p.instructor_id and c.village_id = p.village_id
            and c.occurred_on >= y.first_day
            and counts(c.occurred_on, c.position, c.voided_at, y.last_day, known)
    ) c
    where y.last_day <= least(as_of, p.last_day) and c.completed < (r.value ->> 0)::integer;
end;
comment on function no_project_at is
    '整年未办结实事 三(四)4。 Years of service with too few projects completed.';

create function not_appraised_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'NOT_APPRAISED', r.clause, r.code, r.zh, r.en, r.effective, p.batch_year, p.instructor_id,
        p.village_id, greatest(p.since, make_date(g.year, 1, 1)), y.last_day, y.last_day, 0, 1, null::text
    from posting_at(as_of, known) p
    cross join lateral generate_series(
        extract(year from p.since)::integer, extract(year from least(as_of, p.last_day))::integer
    ) g (year)
    cross join lateral (select make_date(g.year, 12, 31) as last_day) y
    join rule r on r.code = 'YEARLY_APPRAISAL' and y.last_day >= r.since and y.last_day < r.until
    where y.last_day <= least(as_of, p.last_day)
        and not exists (
            select from appraisal_at(as_of, known) a
            where a.instructor_id = p.instructor_id and a.kind = 'yearly' and a.period = g.year::text
        );
end;
comment on function not_appraised_at is
    '缺年度考核 五(二)。 Years served to their end without a yearly appraisal.';

create function no_term_end_appraisal_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'NO_TERM_END_APPRAISAL', r.clause, r.code, r.zh, r.en, r.effective, p.batch_year, p.instructor_id,
        p.village_id, p.since, p.until, p.until, 0, 1, null::text
    from posting_at(as_of, known) p
    join rule r on r.code = 'TERM_END_APPRAISAL' and p.until >= r.since and p.until < r.until
    where p.until <= as_of and p.departure is distinct from 'recalled'
        and not exists (
            select from appraisal_at(as_of, known) a
            where a.instructor_id = p.instructor_id and a.kind = 'term_end'
                and a.period = to_char(p.since, 'YYYY-') || to_char(p.until, 'YYYY')
        );
end;
comment on function no_term_end_appraisal_at is
    '缺期满考核 五(二)。 Terms served to their end without an appraisal of the term.';

create function village_vacant_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'VILLAGE_VACANT', r.clause, r.code, r.zh, r.en, r.effective,
        (
            select a.year from village_review a
            where a.village_id = o.village_id and a.approved and a.occurred_on <= lower(gap.days)
                and counts(a.occurred_on, a.position, a.voided_at, as_of, known)
            order by a.occurred_on desc, a.position desc limit 1
        ),
        null::uuid, o.village_id, lower(gap.days), upper(gap.days) - 1, lower(gap.days) + r.value::integer,
        upper(gap.days) - lower(gap.days), r.value::integer, null::text
    from (
        select
            a.village_id,
            range_agg(
                daterange(a.occurred_on, anniversary_eve(a.occurred_on, t.value::integer), '[]')
            ) * datemultirange(daterange(null, as_of, '[]')) as days
        from village_review a
        join rule t on t.code = 'TERM_YEARS' and a.occurred_on >= t.since and a.occurred_on < t.until
        where a.approved and counts(a.occurred_on, a.position, a.voided_at, as_of, known)
        group by a.village_id
    ) o
    cross join lateral (
        select coalesce(range_agg(daterange(p.since, greatest(p.last_day + 1, p.since))), '{}') as days
        from posting_at(as_of, known) p
        where p.village_id = o.village_id
    ) served
    cross join lateral unnest(o.days - served.days) gap (days)
    join rule r on r.code = 'VACANT_DAYS' and lower(gap.days) >= r.since and lower(gap.days) < r.until
    where upper(gap.days) - lower(gap.days) > r.value::integer and not sees_part_of_villages();
end;
comment on function village_vacant_at is
    '重点村空缺 二(二)。 Villages that had nobody for longer than our setting, within three years of an '
    'approval. batch_year: of the latest approval before.';

create function party_relation_not_transferred_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'PARTY_RELATION_NOT_TRANSFERRED', r.clause, r.code, r.zh, r.en, r.effective, p.batch_year,
        p.instructor_id, p.village_id, p.since, least(t.day - 1, p.last_day, as_of), term.due,
        least(t.day - 1, p.last_day, as_of) - p.since + 1, r.value::integer, null::text
    from posting_at(as_of, known) p
    join rule r on r.code = 'PARTY_RELATION_DAYS' and p.since >= r.since and p.since < r.until
    cross join lateral (select p.since + r.value::integer as due) term
    cross join lateral (
        select min(t.occurred_on) as day from party_relation t
        where t.instructor_id = p.instructor_id and t.village_id = p.village_id
            and t.occurred_on between p.since and p.last_day
            and counts(t.occurred_on, t.position, t.voided_at, as_of, known)
    ) t
    where term.due <= least(as_of, p.last_day) and (t.day is null or t.day > term.due);
end;
comment on function party_relation_not_transferred_at is
    '党组织关系未及时转接 选派程序(三)。 Postings without a transfer of the party relation in time.';

create function recall_not_replaced_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'RECALL_NOT_REPLACED', r.clause, r.code, r.zh, r.en, r.effective, p.batch_year, p.instructor_id,
        p.village_id, p.ended_on + 1, least(next.day - 1, p.until, as_of), term.due,
        least(next.day - 1, p.until, as_of) - p.ended_on, r.value::integer, null::text
    from posting_at(as_of, known) p
    join rule r on r.code = 'REPLACEMENT_DAYS' and p.ended_on + 1 >= r.since and p.ended_on + 1 < r.until
    cross join lateral (select p.ended_on + r.value::integer as due) term
    cross join lateral (
        select min(a.occurred_on) as day from appointment a
        where a.replaces = p.instructor_id and a.village_id = p.village_id and a.position > p.position
            and counts(a.occurred_on, a.position, a.voided_at, as_of, known)
    ) next
    where p.departure = 'recalled' and term.due <= least(as_of, p.until)
        and (next.day is null or next.day > term.due) and not sees_part_of_villages();
end;
comment on function recall_not_replaced_at is
    '召回后未重新选派 五(三)。 Recalls after which nobody was appointed in their place within our setting.';

create function promoted_not_retained_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'PROMOTED_NOT_RETAINED', r.clause, r.code, r.zh, r.en, r.effective, p.batch_year, p.instructor_id,
        p.village_id, p.ended_on, p.until, p.ended_on, p.last_day - p.since + 1, p.until - p.since + 1,
        null::text
    from posting_at(as_of, known) p
    join rule r on r.code = 'RETAIN_PROMOTED' and p.ended_on >= r.since and p.ended_on < r.until
    where p.departure = 'recalled'
        and exists (
            select from promotion_at(as_of, known) m
            where m.instructor_id = p.instructor_id and m.village_id = p.village_id
                and m.day between p.since and p.last_day
        );
end;
comment on function promoted_not_retained_at is
    '提拔后未留任 二(二)。 Postings with a promotion that a recall ended before the term was over.';

create function rule_set_aside_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'RULE_SET_ASIDE', r.clause, r.code, r.zh, r.en, r.effective, aside.batch_year, aside.instructor_id,
        aside.village_id, aside.day, aside.day, aside.day, null::integer, null::integer, aside.reason
    from (
        select
            v.instructor_id, null::uuid as village_id, v.batch_year, v.occurred_on as day,
            case exception.it ->> 'rule'
                when 'NOT_CIVIL_SERVANT' then 'CIVIL_POSTS'
                when 'INSTITUTION_STAFF_NEEDS_APPROVAL' then 'INSTITUTION_STAFF'
                when 'EDUCATION_BELOW_COLLEGE' then 'MIN_EDUCATION'
                when 'OVER_AGE' then 'MAX_AGE'
                when 'TOO_SHORT_AS_CLERK' then 'MIN_CLERK_YEARS'
            end as rule,
            exception.it ->> 'reason' as reason
        from review v
        cross join lateral jsonb_array_elements(v.exceptions) exception (it)
        where v.exceptions <> '[]' and counts(v.occurred_on, v.position, v.voided_at, as_of, known)
        union all
        select
            null, v.village_id, v.year, v.occurred_on, 'WEAK_VILLAGES', v.exception_reason
        from village_review v
        join village_nomination n
            on n.village_id = v.village_id and n.year = v.year and n.weak_or_lagging
            and counts(n.occurred_on, n.position, n.voided_at, as_of, known)
        where not v.approved and v.exception_reason is not null
            and counts(v.occurred_on, v.position, v.voided_at, as_of, known)
    ) aside
    join rule r on r.code = aside.rule and aside.day >= r.since and aside.day < r.until;
end;
comment on function rule_set_aside_at is
    '原则性规定被例外处理 二(一)、二(三)。 Rules of principle that the department set aside, with its reason.';

create function work_outside_service_at(as_of date, known bigint) returns setof judged
    language sql stable parallel safe
begin atomic
    select
        'WORK_OUTSIDE_SERVICE', r.clause, r.code, r.zh, r.en, r.effective, o.batch_year, o.instructor_id,
        o.village_id, w.first_day, w.last_day, w.first_day, w.number, 0, null::text
    from (
        -- Work is entered for days of a posting as it then stood: only a recall can put it outside later.
        select
            p.instructor_id, p.village_id,
            (array_agg(p.batch_year order by p.position desc))[1] as batch_year,
            datemultirange(daterange(null, as_of, '[]'))
            - range_agg(daterange(p.since, greatest(p.last_day + 1, p.since))) as days
        from posting_at(as_of, known) p
        group by p.instructor_id, p.village_id
        having bool_or(p.departure = 'recalled')
    ) o
    cross join lateral (
        select count(*)::integer as number, min(done.day) as first_day, max(done.day) as last_day
        from unnest(o.days) gap (days)
        cross join lateral (
            select c.day from check_in_at(as_of, known) c
            where c.instructor_id = o.instructor_id and c.village_id = o.village_id
                and c.day >= coalesce(lower(gap.days), '-infinity')
                and c.day < coalesce(upper(gap.days), 'infinity')
            union all
            select v.day from visit_at(as_of, known) v
            where v.instructor_id = o.instructor_id and v.village_id = o.village_id
                and v.day >= coalesce(lower(gap.days), '-infinity')
                and v.day < coalesce(upper(gap.days), 'infinity')
        ) done
    ) w
    join rule r on r.code = 'TERM_YEARS' and w.first_day >= r.since and w.first_day < r.until
    where w.number > 0;
end;
comment on function work_outside_service_at is
    '任期之外的打卡与走访 二(二)。 Check-ins and visits in a village on days of no posting there, after a '
    'recall that was entered late. batch_year: of the last posting there.';

create function finding_known_from(
    finding text, person uuid, village uuid, first_day date, judged_on date, enough integer, batch integer,
    as_of date, known bigint
) returns bigint
    language sql stable parallel safe
begin atomic
    -- A fact was in force at the positions from its own to before the one that voided it. Where facts are
    -- counted, the break began at the last voiding just before which there were enough. Elsewhere the
    -- positions are put together as ranges, and the one that `known` lies in begins where the break began.
    -- Steps of the procedure and of the register cannot be voided, but may be entered late.
    select case
        when finding = 'FEW_DAYS' then greatest(
            p.position,
            (
                select max(v.voided_at) from check_in v
                where v.instructor_id = person and v.village_id = village
                    and v.occurred_on between first_day and judged_on and v.voided_at <= known
                    and (
                        select count(*) from check_in c
                        where c.instructor_id = person and c.village_id = village
                            and c.occurred_on between first_day and judged_on
                            and c.position < v.voided_at and c.voided_at >= v.voided_at
                    ) >= enough
            )
        )
        when finding in ('HOUSEHOLDS_NOT_VISITED', 'REGISTERED_POOR_NOT_VISITED') then (
            select lower(broken.span) from unnest((
                select range_agg(unvisited.span)
                from household_entry e
                cross join lateral (
                    select min(m.position) as position from household_removal m
                    where m.village_id = e.village_id and m.household = e.household
                        and m.position > e.position
                        and counts(m.occurred_on, m.position, m.voided_at, judged_on, known)
                ) removal
                cross join lateral (
                    select range_agg(int8range(v.position, v.voided_at)) as span from visit v
                    where v.instructor_id = person and v.village_id = village
                        and v.household = e.household and v.occurred_on between first_day and judged_on
                ) visited
                cross join lateral unnest(
                    int8multirange(int8range(e.position, coalesce(removal.position, e.voided_at)))
                    * int8multirange(int8range(p.position, null)) - coalesce(visited.span, '{}')
                ) unvisited (span)
                where e.village_id = village and e.occurred_on <= judged_on
                    and (finding = 'HOUSEHOLDS_NOT_VISITED' or e.category = 'registered_poor')
            )) broken (span)
            where broken.span @> known
        )
        when finding = 'NO_PROJECT' then greatest(
            p.position,
            (
                select max(v.voided_at) from project_completion v
                where v.instructor_id = person and v.village_id = village
                    and v.occurred_on between first_day and judged_on and v.voided_at <= known
                    and (
                        select count(*) from project_completion c
                        where c.instructor_id = person and c.village_id = village
                            and c.occurred_on between first_day and judged_on
                            and c.position < v.voided_at and c.voided_at >= v.voided_at
                    ) >= enough
            )
        )
        when finding in ('NOT_APPRAISED', 'NO_TERM_END_APPRAISAL') then greatest(
            p.position,
            (
                select max(v.voided_at) from appraisal v
                where v.instructor_id = person and v.occurred_on <= judged_on and v.voided_at <= known
                    and case finding
                        when 'NOT_APPRAISED' then
                            v.kind = 'yearly' and v.period = to_char(judged_on, 'YYYY')
                        else v.kind = 'term_end'
                            and v.period = to_char(p.since, 'YYYY-') || to_char(p.until, 'YYYY') end
            )
        )
        when finding = 'VILLAGE_VACANT' then (
            -- Vacant on every day of the span that makes the finding, and not yet on the day before it.
            select lower(broken.span) from unnest((
                select
                    range_intersect_agg(vacant.span) filter (where n.day >= 0)
                    - range_intersect_agg(vacant.span) filter (where n.day < 0)
                from generate_series(-1, judged_on - first_day) n (day)
                cross join lateral (
                    select
                        coalesce(
                            (
                                select range_agg(int8range(a.position, a.voided_at)) from village_review a
                                join rule t on t.code = 'TERM_YEARS'
                                    and a.occurred_on >= t.since and a.occurred_on < t.until
                                where a.village_id = village and a.approved
                                    and first_day + n.day between a.occurred_on
                                        and anniversary_eve(a.occurred_on, t.value::integer)
                            ),
                            '{}'
                        )
                        - coalesce(
                            (
                                select range_agg(
                                    int8range(
                                        s.position,
                                        case when s.ended_on < first_day + n.day then s.departure_position end
                                    )
                                )
                                from posting_at(as_of, known) s
                                where s.village_id = village and first_day + n.day between s.since and s.until
                            ),
                            '{}'
                        ) as span
                ) vacant
            )) broken (span)
            where broken.span @> known
        )
        when finding = 'PARTY_RELATION_NOT_TRANSFERRED' then greatest(
            p.position,
            (
                select max(v.voided_at) from party_relation v
                where v.instructor_id = person and v.village_id = village
                    and v.occurred_on between first_day and judged_on and v.voided_at <= known
            )
        )
        when finding = 'RECALL_NOT_REPLACED' then p.departure_position
        when finding = 'PROMOTED_NOT_RETAINED' then (
            select lower(broken.span) from unnest((
                select range_agg(int8range(m.position, m.voided_at)) from promotion m
                where m.instructor_id = person and m.village_id = village
                    and m.occurred_on between p.since and p.last_day
            ) * int8multirange(int8range(p.departure_position, null))) broken (span)
            where broken.span @> known
        )
        when finding = 'RULE_SET_ASIDE' then coalesce(
            (
                select v.position from review v
                where v.instructor_id = person and v.batch_year = batch and v.exceptions <> '[]'
                    and v.occurred_on = first_day
                    and counts(v.occurred_on, v.position, v.voided_at, as_of, known)
                order by v.position limit 1
            ),
            (
                select v.position from village_review v
                where v.village_id = village and v.year = batch
                    and counts(v.occurred_on, v.position, v.voided_at, as_of, known)
                order by v.position limit 1
            )
        )
        when finding = 'WORK_OUTSIDE_SERVICE' then (
            -- Some work of the first day lay outside, and none of an earlier day did.
            select lower(broken.span) from unnest((
                select
                    range_agg(outside.span) filter (where done.day = first_day)
                    - coalesce(range_agg(outside.span) filter (where done.day < first_day), '{}')
                from (
                    select c.occurred_on as day, c.position, c.voided_at from check_in c
                    where c.instructor_id = person and c.village_id = village and c.occurred_on <= first_day
                    union all
                    select v.occurred_on, v.position, v.voided_at from visit v
                    where v.instructor_id = person and v.village_id = village and v.occurred_on <= first_day
                ) done
                cross join lateral (
                    select range_agg(
                        int8range(s.position, case when s.ended_on < done.day then s.departure_position end)
                    ) as span
                    from posting_at(as_of, known) s
                    where s.instructor_id = person and s.village_id = village
                        and done.day between s.since and s.until
                ) served
                cross join lateral unnest(
                    int8multirange(int8range(done.position, done.voided_at)) - coalesce(served.span, '{}')
                ) outside (span)
            )) broken (span)
            where broken.span @> known
        )
    end
    from (values (true)) it
    left join lateral (
        select p.* from posting_at(as_of, known) p
        where p.instructor_id = person and p.village_id = village
            and case finding when 'RECALL_NOT_REPLACED' then p.ended_on = first_day - 1
                else first_day between p.since and p.last_day end
    ) p on true;
end;
comment on function finding_known_from is
    '自何时可知。 The lowest position from which on, without a break up to `known`, the rule was known to be '
    'broken in this way, as judged on the day since which the finding stands.';

create function finding_at(as_of date, known bigint) returns table (
    code text, clause text, rule text, rule_zh text, rule_en text, effective date, batch_year integer,
    instructor_id uuid, village_id uuid, from_day date, to_day date, since date, found integer,
    required integer, exception_reason text, known_from bigint
)
    language sql stable parallel safe
begin atomic
    select
        f.code, f.clause, f.rule, f.rule_zh, f.rule_en, f.effective, f.batch_year, f.instructor_id,
        f.village_id, f.from_day, f.to_day, f.since, f.found, f.required, f.exception_reason,
        -- Out here, so that of a page it is worked out for the rows that stand on it alone.
        finding_known_from(
            f.code, f.instructor_id, f.village_id, f.from_day, f.since, f.required, f.batch_year, as_of, known
        )
    from (
        select * from few_days_at(as_of, known)
        union all select * from households_not_visited_at(as_of, known)
        union all select * from registered_poor_not_visited_at(as_of, known)
        union all select * from no_project_at(as_of, known)
        union all select * from not_appraised_at(as_of, known)
        union all select * from no_term_end_appraisal_at(as_of, known)
        union all select * from village_vacant_at(as_of, known)
        union all select * from party_relation_not_transferred_at(as_of, known)
        union all select * from recall_not_replaced_at(as_of, known)
        union all select * from promoted_not_retained_at(as_of, known)
        union all select * from rule_set_aside_at(as_of, known)
        union all select * from work_outside_service_at(as_of, known)
    ) f;
end;
comment on function finding_at is
    '发现的问题。 Findings, each with its clause, the rule in force, the days it is about, the day since which '
    'it stands, and the figures compared. known_from: the position since which it could be known without a '
    'break.';

create function finding_evidence(
    finding text, person uuid, village uuid, from_day date, to_day date, batch integer, as_of date,
    known bigint
) returns table ("position" bigint)
    language sql stable parallel safe
begin atomic
    -- The posting it is about; a recall that was not made good is about the days after one.
    select bound.position
    from posting_at(as_of, known) p
    cross join lateral (values (p.position), (p.departure_position)) bound (position)
    where finding not in ('VILLAGE_VACANT', 'RULE_SET_ASIDE', 'WORK_OUTSIDE_SERVICE')
        and p.instructor_id = person and p.village_id = village and bound.position is not null
        and case finding when 'RECALL_NOT_REPLACED' then p.ended_on = from_day - 1
            else from_day between p.since and p.last_day end
    union all
    select c.position from check_in_at(as_of, known) c
    where finding = 'FEW_DAYS' and c.instructor_id = person and c.village_id = village
        and c.day between from_day and to_day
    union all
    select l.position from leave_at(as_of, known) l
    where finding = 'FEW_DAYS' and l.instructor_id = person and l.village_id = village
        and l.first_day <= to_day and l.last_day >= from_day
    union all
    select e.position from household_entry e
    where finding in ('HOUSEHOLDS_NOT_VISITED', 'REGISTERED_POOR_NOT_VISITED') and e.village_id = village
        and counts(e.occurred_on, e.position, e.voided_at, to_day, known)
        and not exists (
            select from household_removal m
            where m.village_id = e.village_id and m.household = e.household and m.position > e.position
                and counts(m.occurred_on, m.position, m.voided_at, to_day, known)
        )
    union all
    select v.position from visit_at(as_of, known) v
    where finding in ('HOUSEHOLDS_NOT_VISITED', 'REGISTERED_POOR_NOT_VISITED')
        and v.instructor_id = person and v.village_id = village and v.day between from_day and to_day
    union all
    select s.position from project_start s
    where finding = 'NO_PROJECT' and s.instructor_id = person and s.village_id = village
        and s.occurred_on between from_day and to_day
        and counts(s.occurred_on, s.position, s.voided_at, as_of, known)
    union all
    select c.position from project_completion c
    where finding = 'NO_PROJECT' and c.instructor_id = person and c.village_id = village
        and c.occurred_on between from_day and to_day
        and counts(c.occurred_on, c.position, c.voided_at, as_of, known)
    union all
    select a.position from village_review a
    where finding = 'VILLAGE_VACANT' and a.village_id = village and a.approved
        and counts(a.occurred_on, a.position, a.voided_at, as_of, known)
    union all
    select bound.position
    from posting_at(as_of, known) p
    cross join lateral (values (p.position), (p.departure_position)) bound (position)
    where finding = 'VILLAGE_VACANT' and p.village_id = village and bound.position is not null
    union all
    select t.position
    from posting_at(as_of, known) p
    join party_relation t on t.instructor_id = p.instructor_id and t.village_id = p.village_id
        and t.occurred_on between p.since and p.last_day
        and counts(t.occurred_on, t.position, t.voided_at, as_of, known)
    where finding = 'PARTY_RELATION_NOT_TRANSFERRED' and p.instructor_id = person and p.village_id = village
        and p.since = from_day
    union all
    select a.position from appointment a
    where finding = 'RECALL_NOT_REPLACED' and a.replaces = person and a.village_id = village
        and a.occurred_on = to_day + 1
        and counts(a.occurred_on, a.position, a.voided_at, as_of, known)
    union all
    select m.position
    from posting_at(as_of, known) p
    join promotion_at(as_of, known) m
        on m.instructor_id = p.instructor_id and m.village_id = p.village_id
        and m.day between p.since and p.last_day
    where finding = 'PROMOTED_NOT_RETAINED' and p.instructor_id = person and p.village_id = village
        and p.ended_on = from_day
    union all
    select step.position
    from review v
    cross join lateral (
        select v.position
        union all
        select max(n.position) from nomination n
        where n.instructor_id = v.instructor_id and n.position < v.position
    ) step
    where finding = 'RULE_SET_ASIDE' and v.instructor_id = person and v.occurred_on = from_day
        and v.batch_year = batch and v.exceptions <> '[]'
        and counts(v.occurred_on, v.position, v.voided_at, as_of, known)
    union all
    select step.position
    from village_review v
    join village_nomination n on n.village_id = v.village_id and n.year = v.year
    cross join lateral (values (n.position), (v.position)) step (position)
    where finding = 'RULE_SET_ASIDE' and v.village_id = village and v.occurred_on = from_day
        and v.year = batch and v.exception_reason is not null
        and counts(v.occurred_on, v.position, v.voided_at, as_of, known)
    union all
    select done.position
    from (
        select c.position, c.day from check_in_at(as_of, known) c
        where c.instructor_id = person and c.village_id = village
        union all
        select v.position, v.day from visit_at(as_of, known) v
        where v.instructor_id = person and v.village_id = village
    ) done
    where finding = 'WORK_OUTSIDE_SERVICE' and done.day between from_day and to_day
        and not exists (
            select from posting_at(as_of, known) p
            where p.instructor_id = person and p.village_id = village
                and done.day between p.since and p.last_day
        );
end;
comment on function finding_evidence is
    '发现的依据。 The positions of the events that prove a finding, given its code, person, village, days '
    'and batch year.';
