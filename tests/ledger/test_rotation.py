"""The master key is replaced while people are nominated, and whatever is killed: no form is lost."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.database import connect
from ledger.errors import MasterKeyMissing, PersonalKeyDamaged
from ledger.holding import KeyState, holding, left_over
from ledger.personal import PersonalKeys
from ledger.rotation import rotate
from tests import postgres
from tests.ledger.people import files_in, forget, forms, in_use, keys_of, master_of, nominate, person
from tests.ledger.samples import CONTEXT

WATCHDOG = 60.0
GATE = 7_001
CLOSED = """
create function public.wait() returns trigger language plpgsql as
$$begin perform pg_advisory_xact_lock_shared(7001); return new; end$$;
create trigger wait before update on personal.key for each row execute function public.wait();
"""
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and objid = 7001 and not granted"


@pytest.fixture
def keys(real_ledger: str) -> Iterator[PersonalKeys]:
    """The keys of a ledger with two nominations."""
    with keys_of(real_ledger) as keys:
        for number in (1, 2):
            nominate(real_ledger, keys, person(number))
        yield keys


@pytest.fixture
def root(real_ledger: str) -> Path:
    """The folder of keys."""
    return postgres.keys_of(real_ledger)


def test_a_rotation_wraps_all_keys_anew_and_destroys_the_old_master_key(
    real_ledger: str, keys: PersonalKeys, root: Path
) -> None:
    before, read = master_of(real_ledger), forms(real_ledger, keys)
    with connect(real_ledger) as conn:
        found = rotate(conn, root)
    assert (found.wrapped, found.destroyed, found.lost) == (2, 0, 0)
    assert found.master == master_of(real_ledger) != before
    assert {master for _, master in in_use(real_ledger)} == {found.master}
    assert files_in(root) == [f"personal-{found.master}.key"]
    with keys_of(real_ledger) as fresh:
        assert forms(real_ledger, fresh) == forms(real_ledger, keys) == read
        assert None not in read.values()


def test_a_ledger_without_any_form_gets_a_master_key_by_it(real_ledger: str, root: Path) -> None:
    with connect(real_ledger) as conn, keys_of(real_ledger) as keys:
        name = rotate(conn, root).master
        nominate(real_ledger, keys, person(1))
    assert in_use(real_ledger) == [(person(1), name)]
    assert files_in(root) == [f"personal-{name}.key"]


def test_people_are_nominated_while_it_is_replaced_and_every_form_stays_readable(
    real_ledger: str, keys: PersonalKeys, root: Path
) -> None:
    with ThreadPoolExecutor(2) as pool, connect(real_ledger) as conn:
        nominations = [pool.submit(nominate, real_ledger, keys, person(10 + number)) for number in range(30)]
        rotations = 0
        while not all(it.done() for it in nominations):
            rotate(conn, root)
            rotations += 1
        for it in nominations:
            it.result()
    assert rotations
    with keys_of(real_ledger) as fresh:
        read = forms(real_ledger, fresh)
    assert len(read) == 32
    assert None not in read.values()
    assert files_in(root) == [f"personal-{master_of(real_ledger)}.key"]


def _rotate(conninfo: str, root: Path) -> None:
    with connect(conninfo) as conn:
        rotate(conn, root)


def test_a_rotation_that_is_killed_half_way_has_not_happened(
    real_ledger: str, keys: PersonalKeys, root: Path
) -> None:
    before, read = master_of(real_ledger), forms(real_ledger, keys)
    with connect(real_ledger) as gate:
        gate.execute(CLOSED.encode())
        gate.execute("select pg_advisory_lock(%s)", (GATE,))
        victim = CONTEXT.Process(target=_rotate, args=(real_ledger, root))
        victim.start()
        until = time.monotonic() + WATCHDOG
        while gate.execute(WAITING).fetchone() != (1,):
            assert time.monotonic() < until
            time.sleep(0.01)
        victim.kill()
        victim.join(WATCHDOG)
        gate.execute("select pg_advisory_unlock(%s)", (GATE,))
    assert victim.exitcode == -signal.SIGKILL
    assert len(files_in(root)) == 2  # the new one was on the disk already
    assert forms(real_ledger, keys) == read
    assert master_of(real_ledger) == before
    with connect(real_ledger) as conn:
        name = rotate(conn, root).master
    assert files_in(root) == [f"personal-{name}.key"]
    with keys_of(real_ledger) as fresh:
        assert forms(real_ledger, fresh) == read


def test_the_next_rotation_destroys_what_one_that_was_killed_at_its_end_left(
    real_ledger: str, keys: PersonalKeys, root: Path, tmp_path: Path
) -> None:
    (old,) = root.rglob("personal-*")
    shutil.copy(old, tmp_path)
    with connect(real_ledger) as conn:
        rotate(conn, root)
        shutil.copy(tmp_path / old.name, old)
        (old.parent / "personal-0123456789abcdef.key.new").write_bytes(b"half")
        rotate(conn, root)
    assert files_in(root) == [f"personal-{master_of(real_ledger)}.key"]
    assert None not in forms(real_ledger, keys).values()


def test_another_machine_needs_a_copy_of_the_new_master_key(
    real_ledger: str, keys: PersonalKeys, root: Path, tmp_path: Path
) -> None:
    shutil.copytree(root, tmp_path / "other")
    with connect(real_ledger) as conn, keys_of(real_ledger, tmp_path / "other") as other:
        assert forms(real_ledger, other) == forms(real_ledger, keys)
        rotate(conn, root)
        with pytest.raises(MasterKeyMissing):
            forms(real_ledger, other)
        shutil.copytree(root, tmp_path / "other", dirs_exist_ok=True)
        assert forms(real_ledger, other) == forms(real_ledger, keys)


@pytest.mark.usefixtures("keys")
def test_a_key_that_does_not_open_keeps_everything_as_it_is_until_it_is_given_up(
    real_ledger: str, root: Path
) -> None:
    before = master_of(real_ledger)
    with connect(real_ledger) as conn:
        conn.execute("update personal.key set wrapped = '' where person = %s", (person(2),))
        with pytest.raises(PersonalKeyDamaged):
            rotate(conn, root)
        assert {master for _, master in in_use(real_ledger)} == {before} == {master_of(real_ledger)}
        assert files_in(root) == [f"personal-{before}.key"]
        found = rotate(conn, root, lost=True)
        assert (found.wrapped, found.lost) == (1, 1)
    assert [whose for whose, _ in in_use(real_ledger)] == [person(1)]


@pytest.mark.usefixtures("keys")
def test_a_master_key_that_is_lost_for_good_is_given_up_with_all_that_it_wraps(
    real_ledger: str, root: Path
) -> None:
    for file in root.rglob("personal-*"):
        file.unlink()
    with connect(real_ledger) as conn, keys_of(real_ledger) as fresh:
        with pytest.raises(MasterKeyMissing):
            rotate(conn, root)
        found = rotate(conn, root, lost=True)
        assert (found.wrapped, found.lost) == (0, 2)
        assert holding(conn, root).state is KeyState.READY
        nominate(real_ledger, fresh, person(3))
        read = forms(real_ledger, fresh)
    assert [read[person(number), 1] is None for number in (1, 2, 3)] == [True, True, False]


def test_a_key_that_came_back_from_an_older_copy_is_destroyed(
    real_ledger: str, keys: PersonalKeys, root: Path
) -> None:
    with connect(real_ledger) as conn:
        row = conn.execute("select id, wrapped from personal.key where person = %s", (person(1),)).fetchone()
        assert row is not None
        forget(real_ledger, keys, person(1))
        nominate(real_ledger, keys, person(4))
        assert left_over(conn) == 0
        conn.execute(
            "update personal.key set wrapped = %s, destroyed_at = null where id = %s", (row[1], row[0])
        )
        assert forms(real_ledger, keys)[person(1), 1] is not None
        assert left_over(conn) == 1
        found = rotate(conn, root)
        assert (found.destroyed, found.wrapped) == (1, 2)
        assert left_over(conn) == 0
    assert forms(real_ledger, keys)[person(1), 1] is None
    assert forms(real_ledger, keys)[person(4), 1] is not None
