-- The two clocks, and the reads that list facts one by one.
--
-- Every function `<noun>_at(as_of, known)` answers for the end of the day `as_of`, as it was known at the
-- position `known`. They are inlined: a condition on a column reaches the index behind it, and a column that
-- is not asked for is not computed. For that the two arguments must be plain values or parameters, not
-- sub-queries; and a session should `set jit = off`, which costs these many short statements seconds. They
-- bind to their tables when they are made and so follow a schema that is renamed.

create function counts(
    occurred_on date, "position" bigint, voided_at bigint, as_of date, known bigint
) returns boolean
    language sql immutable parallel safe
begin atomic
    select occurred_on <= as_of and "position" <= known and voided_at > known;
end;
comment on function counts is
    '双时间轴。 The two clocks in one place: it had happened by the end of the day, was recorded by then, '
    'and was not voided by then.';

create function position_known_at(moment timestamptz) returns bigint
    -- Of the whole log, whatever part of it somebody sees: a batch's own clock is the same for everybody.
    language sql stable parallel safe security definer
begin atomic
    select coalesce((
        select e.position from event e
        where e.recorded_at <= moment order by e.recorded_at desc, e.position desc limit 1
    ), 0);
end;
comment on function position_known_at is
    '某一时刻已记录到的位置(0:尚无事件)。 The last position recorded by a moment and projected; 0 before the first.';

create function event_at(as_of date, known bigint) returns table (
    "position" bigint, aggregate_id uuid, aggregate text, version bigint, type text,
    actor_id text, actor_role text, actor_organisation text,
    occurred_on date, recorded_at timestamptz, command_id uuid, basis text,
    instructor_id uuid, village_id uuid, voided boolean, voided_by bigint
)
    language sql stable parallel safe
begin atomic
    select
        e.position, e.aggregate_id, e.aggregate, e.version, e.type,
        e.actor_id, e.actor_role, e.actor_organisation,
        e.occurred_on, e.recorded_at, e.command_id, e.basis,
        e.instructor_id, e.village_id,
        e.voided_at <= known,
        case when e.voided_at <= known then e.voided_at end
    from event e
    where e.occurred_on <= as_of and e.position <= known;
end;
comment on function event_at is
    '事件历史,含已作废者。 The history: every event, those voided since too, with the position that voided them.';

create function check_in_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, day date, at time, place text,
    source_record text, outside boolean, days_late integer, recorded_at timestamptz
)
    language sql stable parallel safe
begin atomic
    select
        c.position, c.instructor_id, c.village_id, c.occurred_on, c.at, c.place,
        c.source_record, c.outside, c.days_late, c.recorded_at
    from check_in c
    where counts(c.occurred_on, c.position, c.voided_at, as_of, known);
end;
comment on function check_in_at is
    '到村打卡 三(一)1。 Check-ins; outside: not within the area set for the village; days_late: days '
    'from the check-in to its record.';

create function leave_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, kind text, first_day date, last_day date, day date
)
    language sql stable parallel safe
begin atomic
    select l.position, l.instructor_id, l.village_id, l.kind, l.first_day, l.last_day, l.occurred_on
    from leave l
    where counts(l.occurred_on, l.position, l.voided_at, as_of, known);
end;
comment on function leave_at is '准假。 Leave granted; day: of the grant.';

create function visit_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, household text, category text, day date,
    recorded_at timestamptz
)
    language sql stable parallel safe
begin atomic
    select v.position, v.instructor_id, v.village_id, v.household, v.category, v.occurred_on, v.recorded_at
    from visit v
    where counts(v.occurred_on, v.position, v.voided_at, as_of, known);
end;
comment on function visit_at is '走访农户 三(一)2。 Household visits, with the category on that day.';

create function duty_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, duty text, summary text, day date
)
    language sql stable parallel safe
begin atomic
    select d.position, d.instructor_id, d.village_id, d.duty, d.summary, d.occurred_on
    from duty d
    where counts(d.occurred_on, d.position, d.voided_at, as_of, known);
end;
comment on function duty_at is '履职记录 三。 Duties of part 三, each under its clause.';

create function project_at(as_of date, known bigint) returns table (
    id uuid, instructor_id uuid, village_id uuid, year integer, title text, started_on date,
    completed_on date, outcome text, households_served bigint, "position" bigint
)
    language sql stable parallel safe
begin atomic
    select
        s.project_id, s.instructor_id, s.village_id, s.year, s.title, s.occurred_on,
        c.occurred_on, c.outcome, c.households_served, s.position
    from project_start s
    left join project_completion c
        on c.project_id = s.project_id and counts(c.occurred_on, c.position, c.voided_at, as_of, known)
    where counts(s.occurred_on, s.position, s.voided_at, as_of, known);
end;
comment on function project_at is
    '实事 三(四)4。 Practical projects; not completed: the last three are null. position: of the start.';

create function inspection_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, kind text, conclusion text, problems_found boolean,
    day date
)
    language sql stable parallel safe
begin atomic
    select i.position, i.instructor_id, i.village_id, i.kind, i.conclusion, i.problems_found, i.occurred_on
    from inspection i
    where counts(i.occurred_on, i.position, i.voided_at, as_of, known);
end;
comment on function inspection_at is '督查调度 五(一)。 Tour inspections, monthly meetings, quarterly reviews.';

create function appraisal_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, kind text, period text, scores jsonb, grade text,
    appraised_on date
)
    language sql stable parallel safe
begin atomic
    select a.position, a.instructor_id, a.village_id, a.kind, a.period, a.scores, a.grade, a.occurred_on
    from appraisal a
    where counts(a.occurred_on, a.position, a.voided_at, as_of, known);
end;
comment on function appraisal_at is '考核 五(二)。 Appraisals; scores: [{"part", "points"}], points as text.';

create function commendation_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, kind text, year integer, authority text, day date
)
    language sql stable parallel safe
begin atomic
    select c.position, c.instructor_id, c.village_id, c.kind, c.year, c.authority, c.occurred_on
    from commendation c
    where counts(c.occurred_on, c.position, c.voided_at, as_of, known);
end;
comment on function commendation_at is '激励 五(三)。 What good work earned.';

create function subsidy_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, kind text, month text, amount numeric, day date
)
    language sql stable parallel safe
begin atomic
    select s.position, s.instructor_id, s.village_id, s.kind, s.month, s.amount, s.occurred_on
    from subsidy s
    where counts(s.occurred_on, s.position, s.voided_at, as_of, known);
end;
comment on function subsidy_at is '补助 五(四)。 Subsidies paid, in yuan.';

create function promotion_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, new_position text, day date
)
    language sql stable parallel safe
begin atomic
    select p.position, p.instructor_id, p.village_id, p.new_position, p.occurred_on
    from promotion p
    where counts(p.occurred_on, p.position, p.voided_at, as_of, known);
end;
comment on function promotion_at is '提拔留任 二(二)。 Promotions after which the person stayed in the village.';

create function case_at(as_of date, known bigint) returns table (
    "position" bigint, instructor_id uuid, village_id uuid, kind text, ground text, measure text,
    case_number text, day date
)
    language sql stable parallel safe
begin atomic
    select c.position, c.instructor_id, c.village_id, c.kind, c.ground, c.measure, c.case_number, c.occurred_on
    from grave_case c
    where counts(c.occurred_on, c.position, c.voided_at, as_of, known);
end;
comment on function case_at is '问责与处理 五(三)。 Grave cases: accountability (with its ground), discipline (with its measure).';

create function import_at(as_of date, known bigint) returns table (
    "position" bigint, import_id uuid, day date, recorded_at timestamptz, paper text, file_name text,
    file_sha256 text, file_size bigint, rows_recorded bigint, rows_already bigint, rows_passed bigint,
    rows_refused bigint, event_count bigint
)
    language sql stable parallel safe
begin atomic
    select
        i.position, i.import_id, i.occurred_on, i.recorded_at, i.paper, i.file_name,
        i.file_sha256, i.file_size, i.rows_recorded, i.rows_already, i.rows_passed,
        i.rows_refused, i.events
    from import_run i
    where counts(i.occurred_on, i.position, i.voided_at, as_of, known);
end;
comment on function import_at is
    '导入。 Files taken in, and how their rows came out; event_count: events recorded with it.';

create function disclosure_at(as_of date, known bigint) returns table (
    "position" bigint, ordinal integer, day date, recorded_at timestamptz, reader_id text, reader_role text,
    organisation text, "at" timestamptz, what text, people uuid[], fields text[], about_day date,
    known_position bigint, reason text, digest text
)
    language sql stable parallel safe
begin atomic
    select
        l.position, l.ordinal, l.occurred_on, l.recorded_at, l.reader_id, l.role,
        l.organisation, l.at, l.what, l.people, l.fields, l.about_day,
        l.known_position, l.reason, l.digest
    from look l
    where counts(l.occurred_on, l.position, l.voided_at, as_of, known);
end;
comment on function disclosure_at is
    '查阅个人信息。 Personal data that left: to whom, whose, which fields of the registration form in full; about_day '
    'and known_position: the two clocks that were asked.';

create function correction_at(as_of date, known bigint) returns table (
    "position" bigint, correction_id uuid, corrected_id uuid, corrected_version bigint, corrected_topic text,
    instructor_id uuid, village_id uuid, state text, reason text, evidence text, evidence_sha256 text,
    alterations jsonb, requested_on date, decided_on date, decision_reason text, decision_position bigint,
    recorded_version bigint
)
    language sql stable parallel safe
begin atomic
    select
        r.position, r.correction_id, r.corrected_id, r.corrected_version, r.corrected_topic,
        r.instructor_id, r.village_id,
        case when d.position is null then 'requested' when d.approved then 'approved' else 'rejected' end,
        r.reason, r.evidence, r.evidence_sha256, r.alterations, r.occurred_on,
        d.occurred_on, d.reason, d.position, d.recorded_version
    from correction_request r
    -- One request waits at a time, so the next decision is about this one.
    left join lateral (
        select d.* from correction_decision d
        where d.correction_id = r.correction_id and d.position > r.position
            and not exists (
                select from correction_request later
                where later.correction_id = r.correction_id
                    and later.position > r.position and later.position < d.position
            )
            and counts(d.occurred_on, d.position, d.voided_at, as_of, known)
        order by d.position limit 1
    ) d on true
    where counts(r.occurred_on, r.position, r.voided_at, as_of, known);
end;
comment on function correction_at is
    '更正:申请、依据、更正前后与审批结果。 Requests to correct a fact: why, what shows it, what it would say '
    'instead (alterations; none: it is void altogether), and how they were decided.';

create function remark_at(as_of date, known bigint) returns table (
    "position" bigint, remark_id uuid, about_id uuid, about_version bigint, about_topic text,
    instructor_id uuid, village_id uuid, state text, flagged boolean, text text, made_on date,
    answer text, answered_on date, answer_position bigint,
    settlement text, settled_on date, settlement_position bigint
)
    language sql stable parallel safe
begin atomic
    select
        r.position, r.remark_id, r.about_id, r.about_version, r.about_topic, r.instructor_id, r.village_id,
        case when s.position is not null then 'settled' when a.position is not null then 'answered' else 'made' end,
        r.flagged, r.text, r.occurred_on,
        a.text, a.occurred_on, a.position, s.text, s.occurred_on, s.position
    from remark r
    -- What follows in the stream is about this one until another is made.
    left join lateral (
        select min(n.position) as position from remark n
        where n.remark_id = r.remark_id and n.position > r.position
    ) following on true
    left join lateral (
        select it.* from remark_step it
        where it.remark_id = r.remark_id and not it.settles and it.position > r.position
            and it.position < coalesce(following.position, 9223372036854775807)
            and counts(it.occurred_on, it.position, it.voided_at, as_of, known)
        order by it.position desc limit 1
    ) a on true
    left join lateral (
        select it.* from remark_step it
        where it.remark_id = r.remark_id and it.settles and it.position > r.position
            and it.position < coalesce(following.position, 9223372036854775807)
            and counts(it.occurred_on, it.position, it.voided_at, as_of, known)
        order by it.position limit 1
    ) s on true
    where counts(r.occurred_on, r.position, r.voided_at, as_of, known);
end;
comment on function remark_at is
    '审计意见:所涉事件、是否标为疑点、最近的答复与了结。 Remarks of auditors: on which event, whether it was '
    'flagged, the latest answer, and how it was settled.';
