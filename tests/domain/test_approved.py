"""The contract with the past: what is stored today must be readable, and alike, for ever.

`tests/approved` holds one sample a kind of event, the bytes of its stored state, and the stored words of all
vocabularies. A sample is only ever added to, by hand and with thought: a test that fails here says that
somebody's ledger could no longer be read, or that a proof kept elsewhere would no longer hold.

`tests/approved/earlier` holds what was stored before a kind of event was given another field, or was sealed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain import terms
from domain.events import EVENT_TYPES
from domain.terms import Term
from ledger.mapper import EventMapper
from ledger.records import Record
from tests.facts import ONE_OF_EACH
from tests.keyring import FIXED
from tests.scenario import COMMAND_ID, Fact

APPROVED = Path(__file__).parent.parent / "approved"
EARLIER = sorted((APPROVED / "earlier").glob("*.json"))
MAPPER = EventMapper(FIXED)
EACH = pytest.mark.parametrize("fact", ONE_OF_EACH, ids=lambda fact: fact.kind.TOPIC)


def sample_of(fact: Fact) -> bytes:
    return (APPROVED / f"{fact.kind.TOPIC}.json").read_bytes()


def kind_of(earlier: Path) -> str:
    """The kind of event of an earlier sample, which may be one of several."""
    return earlier.stem.partition("-")[0]


@EACH
def test_an_event_is_stored_as_it_always_was(fact: Fact) -> None:
    stored = MAPPER.to_stored_event(fact.as_version(7))
    assert stored.state == sample_of(fact)
    assert (stored.topic, stored.originator_id, stored.originator_version, stored.command_id) == (
        fact.kind.TOPIC,
        fact.whose,
        7,
        COMMAND_ID,
    )


@EACH
def test_what_was_stored_reads_as_it_always_did(fact: Fact) -> None:
    stored = Record(fact.whose, 7, fact.kind.TOPIC, sample_of(fact), COMMAND_ID)
    assert MAPPER.to_domain_event(stored) == fact.as_version(7)


@pytest.mark.parametrize("sample", EARLIER, ids=lambda sample: sample.stem)
def test_what_was_stored_in_an_earlier_shape_reads_as_the_same_event(sample: Path) -> None:
    fact = {it.kind.TOPIC: it for it in ONE_OF_EACH}[kind_of(sample)]
    stored = Record(fact.whose, 7, fact.kind.TOPIC, sample.read_bytes(), COMMAND_ID)
    assert sample.read_bytes() != sample_of(fact)
    assert MAPPER.to_domain_event(stored) == fact.as_version(7)


def test_there_is_a_sample_of_each_earlier_shape() -> None:
    assert [kind_of(sample) for sample in EARLIER] == [
        "Instructor.CheckedIn",
        "Instructor.Nominated",
        "Instructor.Nominated",
    ]


def test_every_kind_of_event_has_its_sample_and_no_sample_is_orphaned() -> None:
    samples = {path.stem for path in APPROVED.glob("*.json")} - {"vocabularies"}
    assert samples == set(EVENT_TYPES)
    assert samples == {fact.kind.TOPIC for fact in ONE_OF_EACH}


def test_the_stored_words_of_a_vocabulary_are_the_ones_they_always_were() -> None:
    stored = [kind for kind in Term.__subclasses__() if kind.__module__ == terms.__name__]
    now = {kind.__name__: [term.value for term in kind] for kind in stored}
    assert json.loads((APPROVED / "vocabularies.json").read_text()) == now
