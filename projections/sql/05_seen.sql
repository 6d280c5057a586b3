-- What a session sees of the county, as its transaction's settings have it (see 95_access.sql).

create function sees_part_of_villages() returns boolean
    language sql stable parallel safe
begin atomic
    select current_setting('role') = 'zhucun_sees_people';
end;
comment on function sees_part_of_villages is
    '只见村中一部分人。 Whether others may have served in the villages that this session sees: whether a village '
    'is vacant or somebody was replaced, it cannot tell.';

create function villages_seen() returns uuid[]
    language sql stable parallel safe
begin atomic
    select nullif(current_setting('zhucun.villages', true), '')::uuid[];
end;
comment on function villages_seen is '可见的村。 The villages that this transaction sees.';

create function people_seen() returns uuid[]
    language sql stable parallel safe
begin atomic
    select nullif(current_setting('zhucun.people', true), '')::uuid[];
end;
comment on function people_seen is '可见的人。 The people whom this transaction sees.';

create function positions_seen() returns bigint[]
    language sql stable parallel safe
begin atomic
    select nullif(current_setting('zhucun.positions', true), '')::bigint[];
end;
comment on function positions_seen is
    '可见的事件。 Positions of what this transaction sees about its people that is about no village.';
