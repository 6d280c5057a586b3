"""What an export has in it, and when there is none to be trusted."""

from __future__ import annotations

from base64 import b64encode

import orjson
import pytest

from ledger import tree
from ledger.checkpoints import Checkpoint
from ledger.database import connect
from ledger.errors import LogDiffers, NotFounded, NotInLog, UnreadableEvent
from ledger.export import export
from ledger.notes import Note, SigningKey
from ledger.records import Record
from ledger.signed import keep
from tests import facts
from tests.conftest import ORIGIN
from tests.ledger.logs import enter, grow, head_of, lines_of, tamper
from tests.ledger.samples import append

EVENTS = len(facts.ONE_OF_EACH)


@pytest.fixture
def ledger(simulated_ledger: str) -> str:
    """A ledger with one event of each kind, and its log."""
    enter(simulated_ledger)
    return simulated_ledger


def checkpoint(conninfo: str, size: int, root: bytes | None = None) -> str:
    """Keep a checkpoint of a size, with the true root unless another is named, and return its note."""
    with connect(conninfo) as conn:
        text = Checkpoint(f"{ORIGIN}/simulated", size, root or tree.root_at(conn, size), 1, bytes(32)).text
        note = Note(text, (SigningKey.generate().sign(f"{ORIGIN}/simulated", text),))
        keep(conn, note)
    return str(note)


def test_an_export_has_every_event_once_and_the_root_over_them(ledger: str) -> None:
    head, *lines = lines_of(ledger)
    assert [orjson.loads(line)["position"] for line in lines] == list(range(1, EVENTS + 1))
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in (head, *lines))
    with connect(ledger) as conn:
        root = b64encode(tree.root_at(conn, EVENTS)).decode()
    assert (head_of([head])["size"], head_of([head])["root"]) == (EVENTS, root)


def test_the_same_log_gives_the_same_bytes(ledger: str) -> None:
    assert lines_of(ledger) == lines_of(ledger)


@pytest.mark.parametrize("size", [0, 1, 17, EVENTS - 1])
def test_an_export_can_end_earlier_and_is_the_beginning_of_the_longer_one(ledger: str, size: int) -> None:
    head, *lines = lines_of(ledger, upto=size)
    assert lines == lines_of(ledger)[1 : size + 1]
    assert head_of([head])["size"] == size


def test_progress_is_told(ledger: str) -> None:
    seen: list[tuple[int, int]] = []
    with connect(ledger) as conn:
        export(conn, lambda _: None, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(EVENTS, EVENTS)]


@pytest.mark.parametrize("size", [-1, EVENTS + 1])
def test_what_is_not_in_the_log_is_not_exported(ledger: str, size: int) -> None:
    with pytest.raises(NotInLog):
        lines_of(ledger, upto=size)


def test_without_a_ledger_there_is_nothing_to_export(database: str) -> None:
    with pytest.raises(NotFounded):
        lines_of(database)


def test_the_signed_checkpoint_of_just_this_size_goes_with_it(ledger: str) -> None:
    note = checkpoint(ledger, 3)
    assert head_of(lines_of(ledger, upto=3))["checkpoint"] == note
    assert head_of(lines_of(ledger, upto=4))["checkpoint"] is None


def test_an_event_that_is_no_json_cannot_be_exported(ledger: str) -> None:
    append(ledger, [Record(facts.PROJECT, 1, "Lamp.Lit", b"\xff")])
    grow(ledger)
    with pytest.raises(UnreadableEvent, match=f"position {EVENTS + 1}"):
        lines_of(ledger)


@pytest.mark.parametrize(
    "tampering",
    [
        "update ledger.events set state = convert_to('{\"place\":null}', 'UTF8') where position = 3",
        "update ledger.events set recorded_at = recorded_at + interval '1 microsecond' where position = 3",
        "delete from ledger.events where position = 3",
        "delete from ledger.events where position > 3",
        "update ledger.tree_node set hash = sha256('') where level = 4",
    ],
)
def test_events_that_do_not_lead_to_the_root_are_told_from_those_that_do(ledger: str, tampering: str) -> None:
    tamper(ledger, tampering)
    with pytest.raises(LogDiffers, match="zhucun verify"):
        lines_of(ledger)


def test_a_checkpoint_with_another_root_stops_the_export(ledger: str) -> None:
    checkpoint(ledger, 3, root=bytes(32))
    with pytest.raises(LogDiffers):
        lines_of(ledger, upto=3)
