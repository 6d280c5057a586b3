-- The roll-ups: what many facts come to, kept so that a question about the whole county need not count them.
--
-- They are derived: nothing is answered from them that the facts would not answer alike, and without them all
-- answers are the same. A row says from which knowledge on it is true (`good_from`: the position of the last
-- addition or voiding that touched what it counts) and up to which (`good_until`: what was projected since
-- touched it). So it answers for every `known` between the two, and the facts for all others. The projector
-- ends a row's truth in the very transaction that adds the facts (`touch`), and counts anew when it has
-- nothing else to do (`refresh_months` and so on).

create table work_month (
    instructor_id uuid    not null,
    village_id    uuid    not null,
    month         date    not null,
    days_present  integer not null default 0,
    late_entries  integer not null default 0,
    events        integer not null default 0,
    late_events   integer not null default 0,
    first_on      date    not null default '-infinity',
    last_on       date    not null default 'infinity',
    good_from     bigint  not null default 9223372036854775807,
    good_until    bigint  not null default 9223372036854775807,
    primary key (instructor_id, month, village_id)
);
create index work_month_due_idx on work_month (month) where good_until < 9223372036854775807;
comment on table work_month is
    '月度汇总。 A person''s own events in a village that happened in a calendar month, named by its first day: '
    'all, the check-ins among them, and the late of both. They happened from first_on to last_on, so it '
    'answers for any days that hold these. A row for every month in which anything ever happened.';

create table posting_service (
    posting       bigint    not null primary key,
    instructor_id uuid      not null,
    village_id    uuid      not null,
    since         date      not null,
    until         date      not null,
    present       integer[] not null default '{}',
    short         integer[] not null default '{}',
    events        integer[] not null default '{}',
    late_events   integer[] not null default '{}',
    last_on       date[]    not null default '{}',
    good_from     bigint[]  not null default '{}',
    good_until    bigint    not null
);
create index on posting_service (instructor_id, village_id);
create index posting_service_due_idx on posting_service (posting) where good_until < 9223372036854775807;
comment on table posting_service is
    '派驻汇总。 A posting''s months as work_month has them, one after the other, from that of its first day to '
    'that of its planned last: the check-ins, and then what it all came to by the end of each: full months '
    'short of the required days, events, late events, the last day of an event. good_from: as from when all '
    'up to that month is true; if work before the first day is in the first month, never.';

create table posting_coverage (
    posting           bigint  not null primary key,
    instructor_id     uuid    not null,
    village_id        uuid    not null,
    since             date    not null,
    until             date    not null,
    households        integer not null default 0,
    entered           date[]  not null default '{}',
    removed           date[]  not null default '{}',
    visited           date[]  not null default '{}',
    lost              date[]  not null default '{}',
    gained_later      date[]  not null default '{}',
    lost_later        date[]  not null default '{}',
    poor              integer not null default 0,
    poor_entered      date[]  not null default '{}',
    poor_removed      date[]  not null default '{}',
    poor_visited      date[]  not null default '{}',
    poor_lost         date[]  not null default '{}',
    poor_gained_later date[]  not null default '{}',
    poor_lost_later   date[]  not null default '{}',
    good_from         bigint[] not null default '{}',
    good_until        bigint  not null
) with (toast_tuple_target = 8160);
create index on posting_coverage (village_id);
create index on posting_coverage (instructor_id);
create index posting_coverage_due_idx on posting_coverage (posting) where good_until < 9223372036854775807;
comment on table posting_coverage is
    '走访汇总。 How a posting''s coverage grew, from its first day to its planned last: the households on the '
    'register on the first day, the days on which others entered it or some were removed, the days on which '
    'one on the register became a visited one (visited) or a visited one left the register (lost), and the '
    'same after the deadline of those visited by the deadline (gained_later, lost_later); poor: of the '
    'registered poor alone. A figure on a day is the number of such days up to it. good_from: one for each '
    'calendar month of the posting, true of every day up to its end.';

create function touch(after bigint, upto bigint, voided bigint[]) returns void
    language sql volatile
begin atomic
    -- A person's months. A row whose truth has ended already is left as it is: while many events are
    -- projected, and nothing is counted yet, this looks and writes nothing.
    insert into work_month (instructor_id, village_id, month, good_until)
    select t.instructor_id, t.village_id, t.month, after + 1
    from (
        select distinct e.instructor_id, e.village_id, date_trunc('month', e.occurred_on::timestamp)::date
        from event e
        where (e.position > after and e.position <= upto or e.position = any (voided))
            and e.aggregate_id = e.instructor_id and e.village_id is not null
    ) t (instructor_id, village_id, month)
    where not exists (
        select from work_month w
        where w.instructor_id = t.instructor_id and w.village_id = t.village_id and w.month = t.month
            and w.good_until <= after
    )
    on conflict (instructor_id, month, village_id)
        do update set good_until = least(work_month.good_until, excluded.good_until);

    update posting_service s set good_until = after + 1
    where s.good_until > after + 1 and s.posting in (
        select p.posting from event e
        join posting_service p on p.instructor_id = e.instructor_id and p.village_id = e.village_id
        where (e.position > after and e.position <= upto or e.position = any (voided))
            and e.aggregate_id = e.instructor_id
    );
    insert into posting_service (posting, instructor_id, village_id, since, until, good_until)
    select a.position, a.instructor_id, a.village_id, a.occurred_on, a.until, a.position
    from appointment a
    where a.position > after and a.position <= upto;

    -- The postings in which somebody was visited, or whose village's register was changed in time.
    update posting_coverage c set good_until = after + 1
    where c.good_until > after + 1 and c.posting in (
        select p.posting from event e
        join posting_coverage p on p.village_id = e.village_id and e.occurred_on <= p.until
        where (e.position > after and e.position <= upto or e.position = any (voided))
            and (
                e.type = 'Instructor.HouseholdVisited' and e.instructor_id = p.instructor_id
                    and e.occurred_on >= p.since
                or e.type in ('Village.HouseholdsRegistered', 'Village.HouseholdRemoved')
            )
    );
    insert into posting_coverage (posting, instructor_id, village_id, since, until, good_until)
    select a.position, a.instructor_id, a.village_id, a.occurred_on, a.until, a.position
    from appointment a
    where a.position > after and a.position <= upto;
end;
comment on function touch is
    'Ends the truth of what the events after one position, up to another, and the voiding of those at some '
    'positions touch. To be called in the transaction that adds and voids their facts.';

create function refresh_months(most integer) returns integer
    language sql volatile
begin atomic
    with counted as (
        select w.instructor_id, w.village_id, w.month, e.*
        from (
            select * from work_month due
            where due.good_until < 9223372036854775807
            order by due.month limit most
        ) w
        cross join (select r.value::integer as days from rule r where r.code = 'LATE_ENTRY_DAYS') late
        cross join lateral (
            select
                count(*) filter (where f.in_force and f.type = 'Instructor.CheckedIn') as days_present,
                count(*) filter (where f.in_force and f.late and f.type = 'Instructor.CheckedIn')
                    as late_entries,
                count(*) filter (where f.in_force) as events,
                count(*) filter (where f.in_force and f.late) as late_events,
                coalesce(min(f.occurred_on) filter (where f.in_force), 'infinity') as first_on,
                coalesce(max(f.occurred_on) filter (where f.in_force), '-infinity') as last_on,
                coalesce(max(case when f.in_force then f.position else f.voided_at end), 0) as good_from
            from (
                select
                    e.position, e.type, e.occurred_on, e.voided_at,
                    e.voided_at = 9223372036854775807 as in_force,
                    (e.recorded_at at time zone 'Asia/Shanghai')::date - e.occurred_on > late.days as late
                from event e
                where e.aggregate_id = w.instructor_id and e.village_id = w.village_id
                    and e.occurred_on >= w.month and e.occurred_on < w.month + interval '1 month'
            ) f
        ) e
    ),
    written as (
        update work_month w
        set days_present = c.days_present, late_entries = c.late_entries,
            events = c.events, late_events = c.late_events, first_on = c.first_on, last_on = c.last_on,
            good_from = c.good_from, good_until = 9223372036854775807
        from counted c
        where w.instructor_id = c.instructor_id and w.village_id = c.village_id and w.month = c.month
        returning 1
    )
    select count(*)::integer from written;
end;
comment on function refresh_months is
    'Counts some months anew whose truth has ended, the oldest first, and returns how many.';

create function refresh_service(most integer) returns integer
    language sql volatile
begin atomic
    with due as (
        select s.posting, s.instructor_id, s.village_id, s.since, s.until from posting_service s
        where s.good_until < 9223372036854775807
            and not exists (
                select from work_month w
                where w.instructor_id = s.instructor_id and w.village_id = s.village_id
                    and w.good_until < 9223372036854775807
            )
        order by s.posting limit most
    ),
    monthly as (
        select
            d.posting, m.month, coalesce(w.days_present, 0) as days,
            (
                m.month >= d.since and m.month + interval '1 month' <= d.until + 1
                and coalesce(w.days_present, 0) < r.value::integer
            )::integer as short,
            coalesce(w.events, 0) as events, coalesce(w.late_events, 0) as late_events,
            coalesce(w.last_on, '-infinity') as last_on,
            case when w.first_on < d.since then 9223372036854775807 else coalesce(w.good_from, 0) end
                as good_from
        from due d
        cross join lateral generate_series(
            date_trunc('month', d.since::timestamp), d.until::timestamp, interval '1 month'
        ) m (month)
        join rule r
            on r.code = 'MONTHLY_DAYS' and m.month + interval '1 month' > r.since
            and m.month + interval '1 month' <= r.until
        left join work_month w
            on w.instructor_id = d.instructor_id and w.village_id = d.village_id and w.month = m.month::date
    ),
    summed as (
        select
            m.posting, m.month, m.days, sum(m.short) over upto as short, sum(m.events) over upto as events,
            sum(m.late_events) over upto as late_events, max(m.last_on) over upto as last_on,
            max(m.good_from) over upto as good_from
        from monthly m
        window upto as (partition by m.posting order by m.month)
    ),
    counted as (
        select
            s.posting, array_agg(s.days order by s.month) as present,
            array_agg(s.short::integer order by s.month) as short,
            array_agg(s.events::integer order by s.month) as events,
            array_agg(s.late_events::integer order by s.month) as late_events,
            array_agg(s.last_on order by s.month) as last_on,
            array_agg(s.good_from order by s.month) as good_from
        from summed s
        group by s.posting
    ),
    written as (
        update posting_service s
        set present = c.present, short = c.short, events = c.events, late_events = c.late_events,
            last_on = c.last_on, good_from = c.good_from, good_until = 9223372036854775807
        from counted c
        where s.posting = c.posting
        returning 1
    )
    select count(*)::integer from written;
end;
comment on function refresh_service is
    'Puts together anew the months of some postings whose truth has ended, the first ones first, once the '
    'months themselves are counted, and returns how many.';

create function refresh_coverage(most integer) returns integer
    language sql volatile
begin atomic
    with due as (
        select
            c.posting, c.instructor_id, c.village_id, c.since, c.until,
            (c.since + make_interval(months => r.value::integer))::date as deadline
        from posting_coverage c
        join rule r on r.code = 'VISIT_ALL_MONTHS' and c.since >= r.since and c.since < r.until
        where c.good_until < 9223372036854775807
        order by c.posting limit most
    ),
    -- Every entry in the register that was in force on a day of the posting: the days it was there from and
    -- to, and from when it was a visited one.
    stay as (
        select
            d.posting, d.since, d.until, d.deadline, h.category = 'registered_poor' as poor,
            h.occurred_on as entered_on, g.gone_on, v.visited_on,
            greatest(h.occurred_on, v.visited_on, d.since) as counted_on
        from due d
        join household_entry h
            on h.village_id = d.village_id and h.occurred_on <= d.until
            and h.voided_at = 9223372036854775807
        cross join lateral (
            select min(r.occurred_on) as gone_on from household_removal r
            where r.village_id = h.village_id and r.household = h.household and r.position > h.position
                and r.voided_at = 9223372036854775807
        ) g
        left join lateral (
            select min(v.occurred_on) as visited_on from visit v
            where v.instructor_id = d.instructor_id and v.household = h.household
                and v.village_id = d.village_id and v.occurred_on between d.since and d.until
                and v.voided_at = 9223372036854775807
        ) v on true
        where g.gone_on is null or g.gone_on > greatest(h.occurred_on, d.since)
    ),
    -- Each becomes days on which a figure grows (which is even) or falls (odd).
    turn as (
        select s.posting, s.poor, t.figure, t.day
        from stay s
        cross join lateral (
            values
                ('households', case when s.entered_on <= s.since then s.since end),
                ('entered', case when s.entered_on > s.since then s.entered_on end),
                ('removed', s.gone_on),
                (
                    'visited',
                    case when s.visited_on is not null and (s.gone_on > s.counted_on) is not false
                        then s.counted_on end
                ),
                (
                    'lost',
                    case when s.visited_on is not null and s.gone_on > s.counted_on then s.gone_on end
                ),
                (
                    'gained_later',
                    case when s.visited_on <= s.deadline and s.counted_on > s.deadline
                        and (s.gone_on > s.counted_on) is not false then s.counted_on end
                ),
                (
                    'lost_later',
                    case when s.visited_on <= s.deadline and s.gone_on > greatest(s.counted_on, s.deadline)
                        then s.gone_on end
                )
        ) t (figure, day)
        where t.day is not null and t.day <= s.until
    ),
    counted as (
        select
            d.posting,
            count(*) filter (where t.figure = 'households') as households,
            array_agg(t.day order by t.day) filter (where t.figure = 'entered') as entered,
            array_agg(t.day order by t.day) filter (where t.figure = 'removed') as removed,
            array_agg(t.day order by t.day) filter (where t.figure = 'visited') as visited,
            array_agg(t.day order by t.day) filter (where t.figure = 'lost') as lost,
            array_agg(t.day order by t.day) filter (where t.figure = 'gained_later') as gained_later,
            array_agg(t.day order by t.day) filter (where t.figure = 'lost_later') as lost_later,
            count(*) filter (where t.poor and t.figure = 'households') as poor,
            array_agg(t.day order by t.day) filter (where t.poor and t.figure = 'entered') as poor_entered,
            array_agg(t.day order by t.day) filter (where t.poor and t.figure = 'removed') as poor_removed,
            array_agg(t.day order by t.day) filter (where t.poor and t.figure = 'visited') as poor_visited,
            array_agg(t.day order by t.day) filter (where t.poor and t.figure = 'lost') as poor_lost,
            array_agg(t.day order by t.day) filter (where t.poor and t.figure = 'gained_later')
                as poor_gained_later,
            array_agg(t.day order by t.day) filter (where t.poor and t.figure = 'lost_later')
                as poor_lost_later
        from due d
        left join turn t on t.posting = d.posting
        group by d.posting
    ),
    written as (
        update posting_coverage c
        set households = n.households,
            entered = coalesce(n.entered, '{}'), removed = coalesce(n.removed, '{}'),
            visited = coalesce(n.visited, '{}'), lost = coalesce(n.lost, '{}'),
            gained_later = coalesce(n.gained_later, '{}'), lost_later = coalesce(n.lost_later, '{}'),
            poor = n.poor,
            poor_entered = coalesce(n.poor_entered, '{}'), poor_removed = coalesce(n.poor_removed, '{}'),
            poor_visited = coalesce(n.poor_visited, '{}'), poor_lost = coalesce(n.poor_lost, '{}'),
            poor_gained_later = coalesce(n.poor_gained_later, '{}'),
            poor_lost_later = coalesce(n.poor_lost_later, '{}'),
            good_from = (
                select array_agg(g.at order by g.month) from (
                    select m.month, max(coalesce(max(t.at), 0)) over (order by m.month) as at
                    from generate_series(
                        date_trunc('month', d.since::timestamp), d.until::timestamp, interval '1 month'
                    ) m (month)
                    left join (
                        select
                            f.occurred_on,
                            case when f.voided_at = 9223372036854775807 then f.position else f.voided_at end
                        from visit f
                        where f.instructor_id = d.instructor_id and f.village_id = d.village_id
                            and f.occurred_on between d.since and d.until
                        union all
                        select
                            f.occurred_on,
                            case when f.voided_at = 9223372036854775807 then f.position else f.voided_at end
                        from household_entry f
                        where f.village_id = d.village_id and f.occurred_on <= d.until
                        union all
                        select
                            f.occurred_on,
                            case when f.voided_at = 9223372036854775807 then f.position else f.voided_at end
                        from household_removal f
                        where f.village_id = d.village_id and f.occurred_on <= d.until
                    ) t (day, at) on date_trunc('month', greatest(t.day, d.since)::timestamp) = m.month
                    group by m.month
                ) g
            ),
            good_until = 9223372036854775807
        from counted n
        join due d on d.posting = n.posting
        where c.posting = n.posting
        returning 1
    )
    select count(*)::integer from written;
end;
comment on function refresh_coverage is
    'Counts the coverage of some postings anew whose truth has ended, the first ones first, and returns how '
    'many.';
