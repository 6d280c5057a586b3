-- What the functions look things up by. What an index includes saves the visit to the table where many rows
-- are only counted.

create index event_instructor_idx on event (instructor_id, position) where instructor_id is not null;
create index event_village_idx on event (village_id, position) where village_id is not null;
create index event_type_idx on event (type, position);
create index event_actor_idx on event (actor_id, position);
create index event_occurred_on_idx on event (occurred_on, position);
create index event_recorded_at_idx on event (recorded_at, position);
create index event_aggregate_idx on event (aggregate_id, occurred_on);
create index event_voided_at_idx on event (voided_at, position) where voided_at < 9223372036854775807;

create index on village_nomination (village_id, year);
create index on village_review (village_id, year);
create index on household_entry (village_id, household, position);
create index on household_removal (village_id, household, position);
create index on goals (village_id, year);
create index on award (village_id, year);

create index on nomination (instructor_id, position);
create index on nomination (staff_number, instructor_id);
create index on review (instructor_id, position);
create index on appointment (instructor_id, position);
create index on appointment (village_id, position);
create index on appointment (replaces) where replaces is not null;
create index on appointment (occurred_on);
create index on appointment (until);
create index on departure (instructor_id, position);
create index on party_relation (instructor_id, occurred_on);

create index on check_in (instructor_id, occurred_on) include (position, voided_at, village_id, days_late);
create index on check_in (village_id, occurred_on) include (position, voided_at);
create index on leave (instructor_id, first_day);
create index on visit (instructor_id, household, occurred_on) include (position, voided_at, village_id);
create index on visit (village_id, household, occurred_on) include (position, voided_at, instructor_id);
create index on duty (instructor_id, occurred_on) include (position, voided_at);
create index on duty (village_id, occurred_on);
create index on project_start (instructor_id);
create index on project_start (village_id);
create index on project_start (project_id);
create index on project_completion (project_id);
create index on project_completion (instructor_id, occurred_on);
create index on project_completion (village_id);
create index on inspection (instructor_id, occurred_on);
create index on inspection (village_id, occurred_on);
create index on appraisal (instructor_id, kind, period);
create index on appraisal (village_id);
create index on commendation (instructor_id);
create index on commendation (village_id);
create index on subsidy (instructor_id, month);
create index on subsidy (village_id, month);
create index on promotion (instructor_id, occurred_on);
create index on promotion (village_id);
create index on grave_case (instructor_id);
create index on grave_case (village_id);
create index on correction_request (corrected_id, corrected_version);
create index on correction_request (instructor_id) where instructor_id is not null;
create index on correction_request (village_id) where village_id is not null;
create index on correction_decision (correction_id, position);
create index on remark (remark_id, position);
create index on remark (instructor_id) where instructor_id is not null;
create index on remark (village_id) where village_id is not null;
create index on remark_step (remark_id, position);
create index on look using gin (people);
create index on look (reader_id, position);
