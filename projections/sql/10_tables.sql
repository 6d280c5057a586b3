-- The facts: one row an event (a few events make several rows, told apart by `ordinal`), in columns.
--
-- Rows are only ever added; what changes in one is `voided_at` alone, from "never" (the greatest bigint) to
-- the position of the event that voided it. The one exception is what was forgotten: it is erased in place, in
-- `nomination`, as if nobody had ever known it. Names are unqualified on purpose: these files are run with the
-- schema to fill as the search path, `read` or, beside it, `read_next`.

create table projector (
    only_row         boolean primary key default true check (only_row),
    position         bigint      not null default 0 check (position >= 0),
    state            text        not null default 'running' check (state in ('running', 'stopped')),
    error            text,
    stopped_position bigint,
    schema_digest    text        not null,
    updated_at       timestamptz not null default now(),
    check ((state = 'stopped') = (stopped_position is not null and error is not null))
);
comment on table projector is
    '投影器:只有一行。position 为所有读表共同所处的位置。 The projector: one row. All tables stand at its '
    'position; when an event cannot be projected, it stops before it and says why.';

create table rule (
    code      text  not null,
    clause    text  not null,
    zh        text  not null,
    en        text  not null,
    effective date  not null,
    since     date  not null,
    until     date  not null,
    value     jsonb not null,
    primary key (code, since),
    check (since < until)
);
comment on table rule is
    '规则:每条规则的数值,适用于 since(含)至 until(不含)之间的日子。 The rule book of the programme, written '
    'when this schema is made: each value and the days it judges, from `since` to before `until`. The oldest '
    'judges all days before its date of effect too.';

create table event (
    position           bigint      not null primary key,
    aggregate_id       uuid        not null,
    aggregate          text        not null,
    version            bigint      not null,
    type               text        not null,
    actor_id           text        not null,
    actor_role         text        not null,
    actor_organisation text        not null,
    occurred_on        date        not null,
    recorded_at        timestamptz not null,
    command_id         uuid        not null,
    basis              text,
    instructor_id      uuid,
    village_id         uuid,
    voided_at          bigint      not null default 9223372036854775807,
    constraint event_aggregate_version_key unique (aggregate_id, version) include (occurred_on, position)
);

create table village_nomination (
    position        bigint  not null primary key,
    village_id      uuid    not null,
    code            text    not null,
    name            text    not null,
    township_code   text    not null,
    township        text    not null,
    year            integer not null,
    kind            text    not null,
    weak_or_lagging boolean not null,
    reason          text    not null,
    occurred_on     date    not null,
    voided_at       bigint  not null default 9223372036854775807
);

create table village_review (
    position         bigint  not null primary key,
    village_id       uuid    not null,
    year             integer not null,
    approved         boolean not null,
    reason           text,
    exception_reason text,
    occurred_on      date    not null,
    voided_at        bigint  not null default 9223372036854775807
);

create table household_entry (
    position    bigint  not null,
    ordinal     integer not null,
    village_id  uuid    not null,
    household   text    not null,
    category    text    not null,
    occurred_on date    not null,
    voided_at   bigint  not null default 9223372036854775807,
    primary key (position, ordinal)
);

create table household_removal (
    position    bigint not null primary key,
    village_id  uuid   not null,
    household   text   not null,
    reason      text   not null,
    occurred_on date   not null,
    voided_at   bigint not null default 9223372036854775807
);

create table goals (
    position    bigint  not null primary key,
    village_id  uuid    not null,
    year        integer not null,
    met         text[]  not null,
    occurred_on date    not null,
    voided_at   bigint  not null default 9223372036854775807
);

create table award (
    position    bigint  not null primary key,
    village_id  uuid    not null,
    year        integer not null,
    amount      numeric not null,
    occurred_on date    not null,
    voided_at   bigint  not null default 9223372036854775807
);

create table nomination (
    position            bigint  not null primary key,
    instructor_id       uuid    not null,
    staff_number        text    not null,
    name                text    not null,
    gender              text,
    batch_year          integer not null,
    route               text    not null,
    nominating_body     text    not null,
    sending_unit        text    not null,
    collective_study_on date    not null,
    form                jsonb,
    occurred_on         date    not null,
    voided_at           bigint  not null default 9223372036854775807
);

create table forgetting (
    position      bigint not null primary key,
    instructor_id uuid   not null,
    reason        text   not null,
    occurred_on   date   not null,
    voided_at     bigint not null default 9223372036854775807
);

create table review (
    position       bigint  not null primary key,
    instructor_id  uuid    not null,
    batch_year     integer not null,
    approved       boolean not null,
    exceptions     jsonb   not null,
    rules_failed   text[]  not null,
    clauses_failed text[]  not null,
    reason         text,
    occurred_on    date    not null,
    voided_at      bigint  not null default 9223372036854775807
);

create table appointment (
    position      bigint  not null primary key,
    instructor_id uuid    not null,
    village_id    uuid    not null,
    batch_year    integer not null,
    until         date    not null,
    replaces      uuid,
    occurred_on   date    not null,
    voided_at     bigint  not null default 9223372036854775807
);

create table departure (
    position            bigint  not null primary key,
    instructor_id       uuid    not null,
    village_id          uuid    not null,
    departure           text    not null,
    ground              text,
    reason              text,
    unit_told           text,
    replacement_ordered boolean not null,
    occurred_on         date    not null,
    voided_at           bigint  not null default 9223372036854775807
);

create table party_relation (
    position      bigint not null primary key,
    instructor_id uuid   not null,
    village_id    uuid   not null,
    branch        text   not null,
    occurred_on   date   not null,
    voided_at     bigint not null default 9223372036854775807
);

create table check_in (
    position      bigint      not null primary key,
    instructor_id uuid        not null,
    village_id    uuid        not null,
    at            time        not null,
    place         text        not null,
    source_record text        not null,
    outside       boolean     not null,
    days_late     integer     not null,
    occurred_on   date        not null,
    recorded_at   timestamptz not null,
    voided_at     bigint      not null default 9223372036854775807
);

create table leave (
    position      bigint not null primary key,
    instructor_id uuid   not null,
    village_id    uuid   not null,
    kind          text   not null,
    first_day     date   not null,
    last_day      date   not null,
    occurred_on   date   not null,
    voided_at     bigint not null default 9223372036854775807
);

create table visit (
    position      bigint      not null primary key,
    instructor_id uuid        not null,
    village_id    uuid        not null,
    household     text        not null,
    category      text        not null,
    occurred_on   date        not null,
    recorded_at   timestamptz not null,
    voided_at     bigint      not null default 9223372036854775807
);

create table duty (
    position      bigint not null primary key,
    instructor_id uuid   not null,
    village_id    uuid   not null,
    duty          text   not null,
    summary       text   not null,
    occurred_on   date   not null,
    voided_at     bigint not null default 9223372036854775807
);

create table project_start (
    position      bigint  not null primary key,
    instructor_id uuid    not null,
    village_id    uuid    not null,
    project_id    uuid    not null,
    year          integer not null,
    title         text    not null,
    occurred_on   date    not null,
    voided_at     bigint  not null default 9223372036854775807
);

create table project_completion (
    position          bigint  not null primary key,
    instructor_id     uuid    not null,
    village_id        uuid    not null,
    project_id        uuid    not null,
    outcome           text    not null,
    households_served bigint  not null,
    occurred_on       date    not null,
    voided_at         bigint  not null default 9223372036854775807
);

create table inspection (
    position       bigint  not null primary key,
    instructor_id  uuid    not null,
    village_id     uuid    not null,
    kind           text    not null,
    conclusion     text    not null,
    problems_found boolean not null,
    occurred_on    date    not null,
    voided_at      bigint  not null default 9223372036854775807
);

create table appraisal (
    position      bigint not null primary key,
    instructor_id uuid   not null,
    village_id    uuid   not null,
    kind          text   not null,
    period        text   not null,
    scores        jsonb  not null,
    grade         text   not null,
    occurred_on   date   not null,
    voided_at     bigint not null default 9223372036854775807
);

create table commendation (
    position      bigint  not null primary key,
    instructor_id uuid    not null,
    village_id    uuid    not null,
    kind          text    not null,
    year          integer not null,
    authority     text    not null,
    occurred_on   date    not null,
    voided_at     bigint  not null default 9223372036854775807
);

create table subsidy (
    position      bigint  not null primary key,
    instructor_id uuid    not null,
    village_id    uuid    not null,
    kind          text    not null,
    month         text    not null,
    amount        numeric not null,
    occurred_on   date    not null,
    voided_at     bigint  not null default 9223372036854775807
);

create table promotion (
    position      bigint not null primary key,
    instructor_id uuid   not null,
    village_id    uuid   not null,
    new_position  text   not null,
    occurred_on   date   not null,
    voided_at     bigint not null default 9223372036854775807
);

create table grave_case (
    position      bigint not null primary key,
    instructor_id uuid   not null,
    village_id    uuid   not null,
    kind          text   not null,
    ground        text,
    measure       text,
    case_number   text   not null,
    occurred_on   date   not null,
    voided_at     bigint not null default 9223372036854775807
);

create table correction_request (
    position          bigint      not null primary key,
    correction_id     uuid        not null,
    corrected_id      uuid        not null,
    corrected_version bigint      not null,
    corrected_topic   text        not null,
    instructor_id     uuid,
    village_id        uuid,
    reason            text        not null,
    evidence          text        not null,
    evidence_sha256   text        not null,
    alterations       jsonb       not null,
    occurred_on       date        not null,
    recorded_at       timestamptz not null,
    voided_at         bigint      not null default 9223372036854775807
);

create table correction_decision (
    position         bigint      not null primary key,
    correction_id    uuid        not null,
    approved         boolean     not null,
    reason           text,
    recorded_version bigint,
    occurred_on      date        not null,
    recorded_at      timestamptz not null,
    voided_at        bigint      not null default 9223372036854775807
);

create table remark (
    position      bigint      not null primary key,
    remark_id     uuid        not null,
    about_id      uuid        not null,
    about_version bigint      not null,
    about_topic   text        not null,
    instructor_id uuid,
    village_id    uuid,
    flagged       boolean     not null,
    text          text        not null,
    occurred_on   date        not null,
    recorded_at   timestamptz not null,
    voided_at     bigint      not null default 9223372036854775807
);

create table remark_step (
    position    bigint      not null primary key,
    remark_id   uuid        not null,
    settles     boolean     not null,
    text        text        not null,
    occurred_on date        not null,
    recorded_at timestamptz not null,
    voided_at   bigint      not null default 9223372036854775807
);

-- Who looked at personal data. `people` has whose they were.
create table look (
    position       bigint      not null,
    ordinal        integer     not null,
    reader_id      text        not null,
    role           text        not null,
    organisation   text        not null,
    at             timestamptz not null,
    what           text        not null,
    people         uuid[]      not null,
    fields         text[]      not null,
    about_day      date,
    known_position bigint      not null,
    reason         text,
    digest         text        not null,
    occurred_on    date        not null,
    recorded_at    timestamptz not null,
    voided_at      bigint      not null default 9223372036854775807,
    primary key (position, ordinal)
);

create table import_run (
    position      bigint      not null primary key,
    import_id     uuid        not null,
    paper         text        not null,
    file_name     text        not null,
    file_sha256   text        not null,
    file_size     bigint      not null,
    rows_recorded bigint      not null,
    rows_already  bigint      not null,
    rows_passed   bigint      not null,
    rows_refused  bigint      not null,
    events        bigint      not null,
    occurred_on   date        not null,
    recorded_at   timestamptz not null,
    voided_at     bigint      not null default 9223372036854775807
);
