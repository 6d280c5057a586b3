"""Personal data stands in the log sealed: nobody reads it without the key, anyone can prove what it was."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from Crypto.Cipher import AES
from hypothesis import given

from domain.instructor import Instructor
from ledger.errors import UnreadableEvent
from ledger.mapper import EventMapper, plain_state
from ledger.records import LedgerRow, Record
from tests import facts
from tests.keyring import FIXED
from tests.scenario import PERSON
from tests.strategies import made_of

A_MOMENT: Final = datetime(2020, 3, 17, 4, tzinfo=UTC)
SEALED: Final = EventMapper(FIXED)
BLIND: Final = EventMapper()


def nominated(**changes: Any) -> Instructor.Nominated:
    """A nomination as the first event of a person."""
    event = facts.nominated().as_version(1)
    assert isinstance(event, Instructor.Nominated)
    return replace(event, **changes)


def row(stored: Record) -> LedgerRow:
    """It as the ledger has it."""
    assert isinstance(stored.originator_id, UUID)
    return LedgerRow(1, stored.originator_id, stored.originator_version, stored.topic, stored.state, A_MOMENT)


def altered(stored: Record, change: Callable[[dict[str, Any]], object]) -> Record:
    """It with its state altered."""
    state = json.loads(stored.state)
    change(state)
    return replace(stored, state=json.dumps(state, separators=(",", ":")).encode())


@given(made_of(Instructor.Nominated))
def test_a_form_is_read_back_as_it_was_filled_in(event: Instructor.Nominated) -> None:
    assert SEALED.to_domain_event(SEALED.to_stored_event(event)) == event


def test_nothing_of_a_form_stands_in_the_log() -> None:
    event = nominated()
    state = SEALED.to_stored_event(event).state.decode()
    assert event.form is not None
    told = json.loads(plain_state(event))
    texts = [it for it in told["form"].values() if it] + [event.command_digest]
    assert len(texts) > 12
    assert [it for it in texts if f'"{it}"' in state] == []
    assert event.staff_number in state  # by which a person is known to finance


def test_the_same_event_has_the_same_bytes_so_that_an_append_can_be_repeated() -> None:
    assert SEALED.to_stored_event(nominated()) == SEALED.to_stored_event(nominated())


def test_the_length_of_what_is_sealed_tells_nothing_of_a_guess() -> None:
    form = nominated().form
    assert form is not None
    names = ["陈远", "陈思远", "欧阳思远", "买买提·阿卜杜拉"]
    stored = [SEALED.to_stored_event(nominated(form=replace(form, name=name))).state for name in names]
    assert len({len(state) for state in stored}) == 1


def test_what_two_events_say_alike_looks_different_in_each() -> None:
    first, second = (
        json.loads(SEALED.to_stored_event(nominated(originator_version=version)).state) for version in (1, 2)
    )
    assert first["command_digest"] != second["command_digest"]
    assert not set(first["form"]["fields"].values()) & set(second["form"]["fields"].values())
    assert first["form"]["sealed"][:16] != second["form"]["sealed"][:16]


def test_without_the_key_an_event_is_read_but_for_its_form() -> None:
    class Gone:
        def key_for(self, person: UUID) -> Any:
            raise AssertionError(person)

        def secret_of(self, key: UUID) -> bytes | None:
            return None if key == FIXED.key_for(PERSON).id else b""

    event = nominated()
    stored = SEALED.to_stored_event(event)
    for mapper in (BLIND, EventMapper(Gone())):
        read = mapper.to_domain_event(stored)
        assert isinstance(read, Instructor.Nominated)
        assert read.form is None
        assert read.command_digest != event.command_digest
        assert replace(read, form=event.form, command_digest=event.command_digest) == event
        assert mapper.openings(row(stored)) is None


def test_nobody_stores_a_form_without_a_key_or_one_that_is_gone() -> None:
    with pytest.raises(TypeError, match="personal data"):
        BLIND.to_stored_event(nominated())
    with pytest.raises(TypeError, match="personal data"):
        SEALED.to_stored_event(nominated(form=None))


def test_what_was_recorded_before_there_was_sealing_is_read_as_it_stands() -> None:
    event = nominated()
    state = json.loads(plain_state(event))
    del state["class_version"]
    old = replace(SEALED.to_stored_event(event), state=json.dumps(state).encode())
    assert BLIND.to_domain_event(old) == event
    assert SEALED.openings(row(old)) is None


def test_each_field_is_proved_by_its_salt_and_value_alone() -> None:
    stored = SEALED.to_stored_event(nominated())
    openings, state = SEALED.openings(row(stored)), json.loads(stored.state)
    assert openings is not None
    assert openings["form.name"].value == facts.FORM.name
    assert set(openings) == {"command_digest", *(f"form.{name}" for name in state["form"]["fields"])}
    for path, (salt, value) in openings.items():
        said = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        text = b"zhucun field v1\n" + path.encode() + b"\n" + salt + said
        stated = state[path] if path == "command_digest" else state["form"]["fields"][path[5:]]
        assert hashlib.sha256(text).hexdigest() == stated
    assert len({salt for salt, _ in openings.values()}) == len(openings)


def test_another_cipher_opens_the_text_with_the_persons_key() -> None:
    stored = SEALED.to_stored_event(nominated())
    sealed = json.loads(stored.state)["form"]
    key, text = FIXED.key_for(PERSON), b64decode(sealed["sealed"])
    assert sealed["key"] == str(key.id)
    cipher = AES.new(hmac.digest(key.secret, b"zhucun text", "sha256"), AES.MODE_GCM, nonce=text[:12])
    cipher.update(f"zhucun seal v1\nInstructor.Nominated\n{PERSON}\n1\n{key.id}\n".encode())
    told = json.loads(cipher.decrypt_and_verify(text[12:-16], text[-16:]))["told"]
    assert told["form"]["name"] == facts.FORM.name


def _another_text(state: dict[str, Any]) -> None:
    text = bytearray(b64decode(state["form"]["sealed"]))
    text[20] ^= 1
    state["form"]["sealed"] = b64encode(text).decode()


@pytest.mark.parametrize(
    "change",
    [
        _another_text,
        lambda state: state["form"].update(sealed="?"),
        lambda state: state["form"].update(sealed=""),
        lambda state: state["form"]["fields"].update(name="0" * 64),
        lambda state: state["form"]["fields"].pop("phone"),
        lambda state: state.update(command_digest="0" * 64),
    ],
)
def test_a_sealed_form_that_was_altered_is_not_read(change: Callable[[dict[str, Any]], object]) -> None:
    wrong = altered(SEALED.to_stored_event(nominated()), change)
    with pytest.raises(UnreadableEvent):
        SEALED.to_domain_event(wrong)
    with pytest.raises(UnreadableEvent):
        SEALED.openings(row(wrong))


def test_a_sealed_form_is_opened_in_its_own_event_alone() -> None:
    stored = SEALED.to_stored_event(nominated())
    with pytest.raises(UnreadableEvent, match="not what was sealed for this event"):
        SEALED.to_domain_event(replace(stored, originator_version=2))
