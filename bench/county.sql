-- A county of any size, written straight into the read tables: what `bench.clocks` asks about.
--
-- The table `size` says how many people, and which day it is today. Whatever looks like chance is a hash of
-- the person and the day, so the same size gives the same county. Run with the read schema as search path.

-- step: lives made up
create unlogged table term as
with person as (
    select
        n, n as village, make_date(2020 + n % 3, 4, 1) as since, make_date(2023 + n % 3, 3, 31) as until,
        n % 50 = 7 as recalled, null::integer as instead_of, size.people, size.today
    from size cross join lateral generate_series(0, size.people - 1) n
),
served as (
    select
        n, village, since, until, case when recalled then since + 500 end as recalled_on, instead_of, today
    from person
    union all
    select n + people, village, since + 521, until, null, n, today from person where recalled
)
select
    n, village, since, until, recalled_on, instead_of, today,
    extract(year from until)::integer - 3 as batch_year,
    least(coalesce(recalled_on, until), today) as last_day,
    md5('person/' || n)::uuid as person_id, md5('village/' || village)::uuid as village_id,
    md5('person/' || instead_of)::uuid as instead_of_id
from served
where since <= today;

create unlogged table happening as
with life as (
    select
        t.n, t.since, d.day::date as day, d.day::date - t.since as number, t.today,
        abs(hashint8extended(t.n::bigint * 100000 + (d.day::date - t.since), 1) % 1000) as of_stay,
        abs(hashint8extended(t.n::bigint * 100000 + (d.day::date - t.since), 2) % 1000) as of_visit,
        abs(hashint8extended(t.n::bigint * 100000 + (d.day::date - t.since), 3) % 1000) as of_late,
        abs(hashint8extended(t.n::bigint * 100000 + (d.day::date - t.since), 4) % 1000) as of_void
    from term t
    cross join lateral generate_series(t.since::timestamp, t.last_day, interval '1 day') d (day)
)
select n, day, kind, entered, detail
from (
    select n, since - 10 as day, 'village' as kind, since - 10 as entered, 0 as detail, today
    from term where instead_of is null
    union all
    select n, since - 9, 'village_review', since - 9, 0, today from term where instead_of is null
    union all
    select n, since - 8, 'register', since - 8, 0, today from term where instead_of is null
    union all select n, since - 6, 'nomination', since - 6, 0, today from term
    union all select n, since - 4, 'review', since - 4, 0, today from term
    union all select n, since, 'appointment', since, 0, today from term
    union all select n, since + 2, 'party_relation', since + 2, 0, today from term
    union all
    select n, recalled_on, 'recalled', recalled_on, 0, today from term where recalled_on <= today
    union all
    select n, until, 'term_completed', until + 1, 0, today from term where recalled_on is null
    union all
    select n, day, 'check_in', day + case when of_late < 33 then 21 else 0 end, 0, today
    from life where of_stay < 700
    union all
    select n, day, 'void', day + 30, 0, today from life where of_stay < 700 and of_void < 20
    union all
    select
        n, day, 'visit', day + case when of_late >= 967 then 12 else 0 end,
        ((of_visit * 37 + number * 7) % 300)::integer, today
    from life where of_visit < 400
    union all select n, day, 'removal', day, number / 365, today from life where number % 365 = 200
    union all select n, day, 'duty', day, 0, today from life where number % 30 = 29
    union all select n, day, 'inspection', day, 0, today from life where number % 30 = 29
    union all select n, day, 'subsidy', day, 0, today from life where number % 30 = 29
    union all select n, day, 'project_start', day, number / 365, today from life where number % 365 = 100
    union all
    select n, day, 'project_completion', day, number / 365, today from life where number % 365 = 190
    union all
    select n, day, 'appraisal', day + 5, extract(year from day)::integer, today
    from life where extract(month from day) = 12 and extract(day from day) = 31
) h
where entered <= today;

create unlogged table placed as
select
    row_number() over (order by h.entered, h.n, h.kind, h.day) as position, h.kind, h.day, h.detail,
    (h.entered + time '10:00' + h.n * interval '1 second') at time zone 'Asia/Shanghai' as recorded_at,
    h.entered - h.day as days_late, 9223372036854775807 as voided_at,
    t.n, t.person_id, t.village_id, t.batch_year, t.since, t.until, t.instead_of_id, t.village
from happening h join term t using (n);

analyze placed;

update placed c set voided_at = v.position from placed v
where v.kind = 'void' and c.kind = 'check_in' and c.n = v.n and c.day = v.day;

-- step: facts written
insert into event
select
    position, case when kind in ('village', 'village_review', 'register', 'removal')
        then village_id else person_id end,
    case when kind in ('village', 'village_review', 'register', 'removal')
        then 'Village' else 'Instructor' end,
    position,
    case kind
        when 'village' then 'Village.Nominated' when 'village_review' then 'Village.Approved'
        when 'register' then 'Village.HouseholdsRegistered'
        when 'removal' then 'Village.HouseholdRemoved' when 'nomination' then 'Instructor.Nominated'
        when 'review' then 'Instructor.Approved' when 'appointment' then 'Instructor.Appointed'
        when 'party_relation' then 'Instructor.PartyRelationTransferred'
        when 'recalled' then 'Instructor.Recalled' when 'term_completed' then 'Instructor.TermCompleted'
        when 'check_in' then 'Instructor.CheckedIn' when 'void' then 'Instructor.Voided'
        when 'visit' then 'Instructor.HouseholdVisited' when 'duty' then 'Instructor.DutyRecorded'
        when 'inspection' then 'Instructor.Inspected' when 'subsidy' then 'Instructor.SubsidyPaid'
        when 'project_start' then 'Instructor.ProjectStarted'
        when 'project_completion' then 'Instructor.ProjectCompleted'
        when 'appraisal' then 'Instructor.Appraised'
    end,
    '4306240001', 'organisation_department', '中共湘阴县委组织部', day, recorded_at, person_id, null,
    case when kind not in ('village', 'village_review', 'register', 'removal') then person_id end,
    case when kind not in ('nomination', 'review', 'void') then village_id end, voided_at
from placed;

insert into village_nomination
select
    position, village_id, (430624100000 + village)::text, '村' || village,
    (430624100 + village % 15)::text, '镇' || village % 15, batch_year, 'village', village % 4 = 0,
    '基础薄弱', day, voided_at
from placed where kind = 'village';

insert into village_review
select position, village_id, batch_year, true, null, null, day, voided_at
from placed where kind = 'village_review';

insert into household_entry
select
    position, h, village_id, 'H-' || h, case when h % 6 = 0 then 'registered_poor' else 'ordinary' end,
    day, voided_at
from placed cross join generate_series(0, 299) h where kind = 'register';

insert into household_removal
select position, village_id, 'H-' || detail, '迁出', day, voided_at
from placed where kind = 'removal';

insert into nomination
select
    position, person_id, 'XY-' || lpad(n::text, 6, '0'), '陈思远', 'female', batch_year,
    'sending_unit', '单位' || n % 40, '单位' || n % 40, day, '{}', day, voided_at
from placed where kind = 'nomination';

insert into review
select position, person_id, batch_year, true, '[]', '{}', '{}', null, day, voided_at
from placed where kind = 'review';

insert into appointment
select position, person_id, village_id, batch_year, until, instead_of_id, day, voided_at
from placed where kind = 'appointment';

insert into departure
select
    position, person_id, village_id, kind, case when kind = 'recalled' then 'lagging_work' end,
    case when kind = 'recalled' then '滞后' end, null, kind = 'recalled', day, voided_at
from placed where kind in ('recalled', 'term_completed');

insert into party_relation
select position, person_id, village_id, '村党支部', day, voided_at
from placed where kind = 'party_relation';

insert into check_in
select
    position, person_id, village_id, '08:30', '村部', 'dingtalk/' || position, false, days_late, day,
    recorded_at, voided_at
from placed where kind = 'check_in';

insert into visit
select
    position, person_id, village_id, 'H-' || detail,
    case when detail % 6 = 0 then 'registered_poor' else 'ordinary' end, day, recorded_at, voided_at
from placed where kind = 'visit';

insert into duty
select position, person_id, village_id, '三(二)1', '主题党日', day, voided_at
from placed where kind = 'duty';

insert into inspection
select position, person_id, village_id, 'monthly', '正常', false, day, voided_at
from placed where kind = 'inspection';

insert into subsidy
select position, person_id, village_id, 'living', to_char(day, 'YYYY-MM'), 300, day, voided_at
from placed where kind = 'subsidy';

insert into project_start
select
    position, person_id, village_id, md5(person_id || '/' || detail)::uuid, batch_year, '路灯', day,
    voided_at
from placed where kind = 'project_start';

insert into project_completion
select
    position, person_id, village_id, md5(person_id || '/' || detail)::uuid, '亮了', 80, day, voided_at
from placed where kind = 'project_completion';

insert into appraisal
select
    position, person_id, village_id, 'yearly', detail::text, '[]',
    (array['excellent', 'competent', 'basic'])[1 + (n + detail) % 3], day, voided_at
from placed where kind = 'appraisal';

-- step: scaffolding taken down
update projector set position = (select max(position) from placed);

drop table happening, placed, term, size;
