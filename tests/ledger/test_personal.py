"""The persons' keys: one each, wrapped by a file that the database never has, and gone when forgotten."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError
from psycopg.sql import SQL, Identifier

from ledger.database import connect
from ledger.errors import (
    FormNotSealed,
    KeyDestroyed,
    MasterKeyDamaged,
    MasterKeyMissing,
    NotFounded,
    PersonalKeyDamaged,
)
from ledger.holding import KeyState, holding
from ledger.mapper import EventMapper, plain_state
from ledger.personal import PersonalKeys
from ledger.records import Record
from tests import facts, postgres
from tests.ledger.people import (
    event,
    files_in,
    forget,
    forms,
    in_use,
    keys_of,
    master_of,
    nominate,
    person,
    record,
)
from tests.ledger.samples import append, in_processes
from tests.scenario import PERSON

WATCHDOG = 60.0


@pytest.fixture
def keys(real_ledger: str) -> Iterator[PersonalKeys]:
    with keys_of(real_ledger) as keys:
        yield keys


@pytest.fixture
def root(real_ledger: str) -> Path:
    """The folder of keys."""
    return postgres.keys_of(real_ledger)


def test_a_person_has_one_key_that_the_database_alone_does_not_open(
    real_ledger: str, keys: PersonalKeys, root: Path
) -> None:
    first, second = keys.key_for(PERSON), keys.key_for(person(1))
    assert keys.key_for(PERSON) == first
    assert keys.secret_of(first.id) == first.secret != second.secret
    assert keys.secret_of(uuid4()) is None
    with connect(real_ledger) as conn:
        ((stored,),) = conn.execute("select string_agg(k::text, '') from personal.key k").fetchall()
    assert first.secret.hex() not in stored
    (file,) = root.rglob("personal-*")
    assert file.name == f"personal-{master_of(real_ledger)}.key"
    assert file.stat().st_mode & 0o777 == 0o600


def test_there_are_no_keys_before_there_is_a_ledger(database: str) -> None:
    with keys_of(database) as keys, pytest.raises(NotFounded):
        keys.key_for(PERSON)


def _use(conninfo: str, root: Path) -> None:
    with keys_of(conninfo, root) as keys:
        for number in range(4):
            nominate(conninfo, keys, uuid4())
            keys.key_for(person(number))


def test_processes_that_need_the_first_keys_at_once_come_to_the_same(
    real_ledger: str, keys: PersonalKeys, root: Path
) -> None:
    assert in_processes([partial(_use, real_ledger, root)] * 2, WATCHDOG) == [0, 0]
    people = [whose for whose, _ in in_use(real_ledger)]
    assert len(people) == len(set(people)) == 12
    assert files_in(root) == [f"personal-{master_of(real_ledger)}.key"]
    assert None not in forms(real_ledger, keys).values()


def test_of_two_machines_that_make_the_first_master_key_at_once_one_does(
    real_ledger: str, tmp_path: Path
) -> None:
    start, refused = Barrier(2), []

    def make(root: Path) -> None:
        with keys_of(real_ledger, root) as keys:
            start.wait(WATCHDOG)
            try:
                keys.key_for(PERSON)
            except MasterKeyMissing as error:
                refused.append((error.facts["id"], root))

    machines = [Thread(target=make, args=(tmp_path / name,)) for name in "ab"]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join(WATCHDOG)
    ((missing, loser),) = refused
    assert missing == master_of(real_ledger)
    assert files_in(loser) == []
    assert files_in(tmp_path) == [f"personal-{missing}.key"]


def test_without_the_master_key_nothing_is_read_or_recorded_and_no_other_is_made(
    real_ledger: str, keys: PersonalKeys, root: Path, tmp_path: Path
) -> None:
    nominate(real_ledger, keys, PERSON)
    shutil.move(root, tmp_path / "away")
    with keys_of(real_ledger) as bereft:
        for use in (
            lambda: forms(real_ledger, bereft),
            lambda: bereft.key_for(PERSON),
            lambda: bereft.key_for(person(1)),
        ):
            with pytest.raises(MasterKeyMissing, match=f"personal-{master_of(real_ledger)}.key"):
                use()
        assert files_in(root) == []
        shutil.rmtree(root, ignore_errors=True)
        shutil.move(tmp_path / "away", root)
        assert None not in forms(real_ledger, bereft).values()


def test_a_damaged_master_key_is_named(real_ledger: str, keys: PersonalKeys, root: Path) -> None:
    nominate(real_ledger, keys, PERSON)
    (file,) = root.rglob("personal-*")
    for content in (b"", b"?", b"AAAA\n", b"A" * 43 + b"=\n"):
        file.write_bytes(content)
        with keys_of(real_ledger) as bereft, connect(real_ledger) as conn:
            with pytest.raises(MasterKeyDamaged, match=str(file)):
                bereft.key_for(PERSON)
            assert holding(conn, root).state is KeyState.UNUSABLE


def test_a_key_that_was_altered_or_given_to_another_person_opens_nothing(
    real_ledger: str, keys: PersonalKeys
) -> None:
    nominate(real_ledger, keys, PERSON)
    key = keys.key_for(PERSON).id
    for change in (
        "set wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)",
        "set wrapped = ''",
        "set person = gen_random_uuid()",
    ):
        with connect(real_ledger) as conn, conn.transaction(force_rollback=True):
            conn.execute(f"update personal.key {change}".encode())
            ((person_, name, wrapped),) = conn.execute("select person, master, wrapped from personal.key")
            with pytest.raises(PersonalKeyDamaged, match=str(key)):
                keys.masters.get(name).unwrap(key, person_, wrapped)
    with connect(real_ledger) as conn:
        conn.execute("update personal.key set wrapped = ''")
    with pytest.raises(PersonalKeyDamaged):
        forms(real_ledger, keys)


def test_forgetting_destroys_the_key_and_nothing_else(real_ledger: str, keys: PersonalKeys) -> None:
    for who in (PERSON, person(1)):
        nominate(real_ledger, keys, who)
    key = keys.key_for(PERSON).id
    forget(real_ledger, keys, PERSON)
    read = forms(real_ledger, keys)
    assert read[PERSON, 1] is None
    assert read[person(1), 1] is not None
    assert keys.secret_of(key) is None
    with connect(real_ledger) as conn:
        assert conn.execute(
            "select wrapped, destroyed_at is not null from personal.key where id = %s", (key,)
        ).fetchone() == (None, True)


def test_a_forgetting_that_is_not_recorded_destroys_nothing(real_ledger: str, keys: PersonalKeys) -> None:
    nominate(real_ledger, keys, PERSON)
    taken = event(facts.rejected(), PERSON, 1)
    with pytest.raises(IntegrityError):
        record(real_ledger, keys, event(facts.forgotten(), PERSON, 2), taken)
    assert None not in forms(real_ledger, keys).values()


def test_a_form_that_was_recorded_plain_cannot_be_forgotten(real_ledger: str, keys: PersonalKeys) -> None:
    state = json.loads(plain_state(event(facts.nominated(), PERSON, 1)))
    del state["class_version"]
    append(real_ledger, [Record(PERSON, 1, "Instructor.Nominated", json.dumps(state).encode(), uuid4())])
    with pytest.raises(FormNotSealed):
        forget(real_ledger, keys, PERSON)
    assert forms(real_ledger, keys)[PERSON, 1] is not None


def test_whoever_is_nominated_anew_has_another_key(real_ledger: str, keys: PersonalKeys) -> None:
    nominate(real_ledger, keys, PERSON)
    before = keys.key_for(PERSON)
    forget(real_ledger, keys, PERSON)
    nominate(real_ledger, keys, PERSON, version=3)
    assert keys.key_for(PERSON) != before
    read = forms(real_ledger, keys)
    assert read[PERSON, 1] is None
    assert read[PERSON, 3] is not None


def test_a_form_that_was_sealed_before_a_forgetting_is_not_recorded_after_it(
    real_ledger: str, keys: PersonalKeys
) -> None:
    nominate(real_ledger, keys, PERSON)
    mapper = EventMapper(keys)
    sealed = [
        mapper.to_stored_event(event(fact, PERSON, version))
        for version, fact in ((2, facts.forgotten()), (3, facts.nominated()))
    ]
    with pytest.raises(KeyDestroyed):
        append(real_ledger, sealed)  # together
    append(real_ledger, sealed[:1])
    with pytest.raises(KeyDestroyed):
        append(real_ledger, sealed[1:])  # and one after the other
    nominate(real_ledger, keys, PERSON, version=3)
    assert forms(real_ledger, keys)[PERSON, 3] is not None


def test_an_append_that_is_tried_again_has_the_same_bytes(real_ledger: str, keys: PersonalKeys) -> None:
    it = event(facts.nominated(), PERSON, 1)
    first = EventMapper(keys).to_stored_event(it)
    with keys_of(real_ledger) as another:
        assert EventMapper(another).to_stored_event(it) == first


def test_the_serving_role_keeps_keys_and_can_neither_alter_nor_destroy_them(
    real_ledger: str, keys: PersonalKeys
) -> None:
    nominate(real_ledger, keys, PERSON)
    with connect(real_ledger) as conn:
        conn.execute("set role zhucun_serving")
        conn.execute("select id, wrapped from personal.key")
        for table in ("key", "master"):
            for change in (
                "delete from {}",
                "truncate {}",
                "update {} set id = id",
                "insert into {} default values",
            ):
                with pytest.raises(Exception, match="permission denied"):
                    conn.execute(SQL(change).format(Identifier("personal", table)))
        assert conn.execute("select personal.found_master('0123456789abcdef')").fetchone() == (
            master_of(real_ledger),
        )


def test_how_the_keys_stand_is_told(real_ledger: str, keys: PersonalKeys, root: Path) -> None:
    with connect(real_ledger) as conn:
        assert holding(conn, root).state is KeyState.NONE
        for who in (PERSON, person(1)):
            nominate(real_ledger, keys, who)
        forget(real_ledger, keys, PERSON)
        found = holding(conn, root)
        assert (found.state, found.master) == (KeyState.READY, master_of(real_ledger))
        assert (found.keys, found.destroyed, found.trouble) == (1, 1, None)
