"""Registration forms in a dossier: shown as far as its reader may see them, each field proved by itself."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

import pytest

from api.dossier.verify_dossier import check_paths, commitment
from tests import facts
from tests.api.bearers import AUDITOR
from tests.api.conftest import _ledger
from tests.api.server import serving
from tests.dossier.language import FAILS, HOLDS, Log, Opened, judged
from tests.dossier.tampering import hashed
from tests.facts import SUCCESSOR
from tests.scenario import PERSON

PHONE: Final = "13873012345"
BORN: Final = "1990-06-15"
FIELDS: Final = 22
"""Of a form."""

FIRST, SECOND = 1, 3
"""Positions of the person's two nominations."""
BEFORE, FORGOTTEN, ANEW = 5, 6, 7
"""Positions of the other's nomination, of their being forgotten, and of the next nomination."""


@dataclass(frozen=True)
class Two:
    """A log with somebody who was nominated twice, and somebody who was forgotten and then nominated anew.

    Attributes:
        log: as the department asks it.
        as_auditor: as an auditor does.
        mine: the dossier of the one, for the department.
        theirs: that of the other.
    """

    log: Log
    as_auditor: Log
    mine: Opened
    theirs: Opened


@pytest.fixture(scope="module")
def two(server: str, template: str) -> Iterator[Two]:
    with _ledger(server, template) as side:
        side.enter(
            facts.nominated(phone=PHONE),
            facts.rejected(),
            facts.nominated(on=date(2020, 3, 21), phone=PHONE, position="科长"),
            facts.rejected(on=date(2020, 3, 22)),
            facts.nominated(on=date(2020, 3, 22), name="旧名").of(SUCCESSOR),
            facts.forgotten().of(SUCCESSOR),
            facts.nominated(on=facts.MAY_3, name="新名").of(SUCCESSOR),
        )
        side.project()
        with serving(side.conninfo) as served:
            log = Log(served, side)
            yield Two(log, Log(served.as_(AUDITOR), side), log.opened(), log.opened(SUCCESSOR))


def everything(content: Opened) -> str:
    """All that a reader finds in the files, the stored bytes included."""
    stored = (b64decode(event["raw"]).decode() for event in content.events)
    return "\n".join([*(it.decode() for it in content.files.values()), *stored])


def openings(content: Opened, position: int) -> dict[str, Any]:
    """The openings of an event."""
    (found,) = (it for it in content.json("openings.json")["events"] if it["position"] == position)
    return dict(found["openings"])


# What is shown


def test_every_field_that_is_shown_is_proved_by_itself(two: Two) -> None:
    opened = two.mine.copy()
    verdict = judged(opened.packed(), key=two.log.vkey)

    assert verdict.code == HOLDS
    assert f"each of the {2 * FIELDS} fields shown of forms is what the events committed to" in verdict.said
    assert opened.json("openings.json")["masked"] == []
    assert openings(opened, FIRST)["form.born"][1] == BORN
    assert "科长" in opened.files["index.html"].decode()


def test_the_events_alone_tell_nothing_of_a_form(two: Two) -> None:
    stored = "\n".join(b64decode(event["raw"]).decode() for event in two.mine.copy().events)
    for personal in (facts.FORM.name, BORN, PHONE, facts.FORM.school):
        assert personal not in stored


def test_an_auditor_without_a_reason_gets_phone_and_day_of_birth_masked_in_every_file(two: Two) -> None:
    opened = two.as_auditor.opened()
    page, verdict = opened.files["index.html"].decode(), judged(opened.packed(), key=two.log.vkey)

    assert verdict.code == HOLDS
    assert "day of birth and telephone number are masked here" in verdict.said
    assert f"each of the {2 * (FIELDS - 2)} fields" in verdict.said
    assert opened.json("openings.json")["masked"] == ["form.born", "form.phone"]
    assert not {"form.born", "form.phone", "command_digest"} & openings(opened, FIRST).keys()
    assert (BORN in everything(opened), PHONE in everything(opened)) == (False, False)
    assert ("1990-06(日已隐去)" in page, "138****2345" in page) == (True, True)


def test_an_auditor_with_a_reason_gets_what_the_department_gets(two: Two) -> None:
    asked = {"reason": "核对举报线索", "knownAtPosition": SECOND}

    assert two.as_auditor.dossier(**asked) == two.log.dossier(knownAtPosition=SECOND)
    assert PHONE in two.as_auditor.opened(**asked).files["index.html"].decode()


def test_what_is_no_reason_is_refused_in_both_languages(two: Two) -> None:
    response = two.as_auditor.served.http.get(f"/dossier/{PERSON}", params={"reason": "看"})

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert "理由" in error["message"]
    assert "characters" in error["message"]


# What is forgotten


def test_of_the_forgotten_a_dossier_says_when_and_why_and_nothing_else(two: Two) -> None:
    opened = two.log.opened(SUCCESSOR, knownAtPosition=FORGOTTEN)
    page, verdict = opened.files["index.html"].decode(), judged(opened.packed(), key=two.log.vkey)

    assert verdict.code == HOLDS
    assert f"个人信息已于 2020-05-03 删除(事件 {FORGOTTEN},理由:本人申请)" in verdict.said
    assert opened.json("openings.json")["events"] == []
    person = opened.json("claims.json")["answer"]["programme"]["instructor"]
    assert (person["name"], person["gender"]) == ("已删除", None)
    assert f"此前报名表中的个人信息已于2020-05-03删除(位置{FORGOTTEN})。理由:本人申请" in page
    assert ("报名表已删除" in page, "旧名" in everything(opened)) == (True, False)


def test_who_was_forgotten_is_so_at_every_earlier_moment_too(two: Two) -> None:
    opened = two.log.opened(SUCCESSOR, knownAtPosition=BEFORE)
    verdict = judged(opened.packed(), key=two.log.vkey)

    assert verdict.code == HOLDS
    assert f"the form of event {BEFORE} is not shown" in verdict.said
    assert f"(位置{FORGOTTEN},在本档案所述位置之后)" in opened.files["index.html"].decode()
    assert "旧名" not in everything(opened)


def test_who_is_nominated_anew_has_a_form_again_and_not_the_old_one(two: Two) -> None:
    opened = two.theirs.copy()

    assert judged(opened.packed(), key=two.log.vkey).code == HOLDS
    assert [it["position"] for it in opened.json("openings.json")["events"]] == [ANEW]
    assert opened.json("claims.json")["answer"]["programme"]["instructor"]["name"] == "新名"
    assert "旧名" not in everything(opened)


# Tampered with


Change = Callable[[dict[str, Any], dict[str, Any]], object]
"""What is done to the openings of the person's two nominations."""


def _salt(salt: str) -> str:
    return b64encode(bytes([b64decode(salt)[0] ^ 1]) + b64decode(salt)[1:]).decode()


TAMPERED: Final[dict[str, tuple[Change, str]]] = {
    "another value": (
        lambda first, _: first["form.party_joined"].__setitem__(1, "2012-07-02"),
        "event 1: form.party_joined: '2012-07-02' is not what the event committed to",
    ),
    "a value where there was none": (
        lambda first, _: first["form.career"].__setitem__(1, None),
        "event 1: form.career",
    ),
    "another salt": (
        lambda first, _: first["form.name"].__setitem__(0, _salt(first["form.name"][0])),
        "event 1: form.name: '陈思远' is not what the event committed to",
    ),
    "the opening of another event": (
        lambda first, second: first.update({"form.position": second["form.position"]}),
        "event 1: form.position: '科长' is not",
    ),
    "the same value opened as in another event": (
        lambda first, second: second.update({"form.name": first["form.name"]}),
        "event 3: form.name",
    ),
    "two fields swapped": (
        lambda first, _: first.update(
            {"form.school": first["form.position"], "form.position": first["form.school"]}
        ),
        "event 1: form.school: '一级科员' is not",
    ),
    "a field missing": (lambda first, _: first.pop("form.school"), "event 1: form.school is missing"),
    "a form missing": (lambda first, _: first.clear(), "event 1: form.name is missing"),
    "a field too many": (
        lambda first, _: first.update({"form.nickname": first["form.name"]}),
        "event 1: form.nickname is no field of its form",
    ),
    "the digest": (
        lambda first, _: first.update({"command_digest": first["form.name"]}),
        "event 1: command_digest is no field of its form",
    ),
    "out of order": (
        lambda first, _: first.update({"form.name": first.pop("form.name")}),
        "openings.json is malformed",
    ),
    "a salt too short": (
        lambda first, _: first["form.name"].__setitem__(0, "AAAA"),
        "openings.json form.name is malformed",
    ),
}


def refused(two: Two, tampered: Opened, because: str) -> None:
    """Check that a dossier is refused, and says why, though the log signed it."""
    tampered.sign_again()
    verdict = judged(tampered.packed(), key=two.log.vkey)
    assert (verdict.code, because in verdict.said) == (FAILS, True), verdict.said


@pytest.mark.parametrize("what", TAMPERED)
def test_an_opening_that_is_not_the_fields_own_is_named(two: Two, what: str) -> None:
    tampered = two.mine.copy()
    content = tampered.json("openings.json")
    change, because = TAMPERED[what]
    change(*(it["openings"] for it in content["events"]))
    tampered.put("openings.json", content)
    refused(two, tampered, because)


def test_another_persons_form_does_not_pass_for_ones_own(two: Two) -> None:
    tampered = two.mine.copy()
    content = tampered.json("openings.json")
    content["events"][1]["openings"] = openings(two.theirs.copy(), ANEW)
    tampered.put("openings.json", content)
    refused(two, tampered, "event 3: form.name: '新名' is not what the event committed to")


def test_of_several_forms_none_is_left_out(two: Two) -> None:
    tampered = two.mine.copy()
    content = tampered.json("openings.json")
    del content["events"][0]
    tampered.put("openings.json", content)
    refused(two, tampered, "event 1: its opening is missing, and others are there")


def test_nothing_is_opened_but_nominations(two: Two) -> None:
    tampered = two.mine.copy()
    content = tampered.json("openings.json")
    content["events"][0]["position"] = FIRST + 1
    tampered.put("openings.json", content)
    refused(two, tampered, f"event {FIRST + 1}: nothing is sealed in it to be opened")


def test_no_opening_is_of_an_event_that_is_not_there(two: Two) -> None:
    tampered = two.mine.copy()
    content = tampered.json("openings.json")
    content["events"].append({"position": 4000, "openings": {}})
    tampered.put("openings.json", content)
    refused(two, tampered, "event 4000: it is no event of the person")


def test_nobody_who_was_forgotten_is_opened_again(two: Two) -> None:
    tampered = two.theirs.copy()
    content = tampered.json("openings.json")
    content["events"].insert(0, {"position": BEFORE, "openings": content["events"][0]["openings"]})
    tampered.put("openings.json", content)
    refused(two, tampered, f"event {BEFORE}: it was forgotten by event {FORGOTTEN}, and cannot be opened")


def test_a_claimed_name_is_that_of_the_opened_form(two: Two) -> None:
    for who, name in ((PERSON, "陈思源"), (PERSON, "已删除"), (SUCCESSOR, "旧名")):
        tampered = (two.mine if who == PERSON else two.theirs).copy()
        claims = tampered.json("claims.json")
        claims["answer"]["programme"]["instructor"]["name"] = name
        tampered.put("claims.json", claims)
        refused(two, tampered, "programme.instructor.name: 重算 computed")


def test_whoever_alters_a_commitment_alters_the_event(two: Two) -> None:
    tampered = two.mine.copy()
    content, lines, claims = tampered.json("openings.json"), tampered.events, tampered.json("claims.json")
    salt = content["events"][1]["openings"]["form.name"][0]
    (place,) = (n for n, line in enumerate(lines) if line["position"] == SECOND)
    state = json.loads(b64decode(lines[place]["raw"]))
    state["form"]["fields"]["name"] = commitment("form.name", b64decode(salt), "别人")
    raw = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()
    lines[place]["data"]["form"], lines[place]["raw"] = state["form"], b64encode(raw).decode()
    lines[place] = hashed(lines[place])
    content["events"][1]["openings"]["form.name"][1] = "别人"
    claims["answer"]["programme"]["instructor"]["name"] = "别人"
    tampered.events = lines
    tampered.put("openings.json", content)
    tampered.put("claims.json", claims)
    refused(two, tampered, f"event {SECOND}: it is not proved to be in the log of the checkpoint")


class Counted(str):
    """A text that counts how often it is compared."""

    __slots__ = ()
    compared: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return super().__eq__(other)

    __hash__ = str.__hash__


def test_a_form_of_very_many_fields_takes_no_more_than_reading_it() -> None:
    names = [f"form.{number}" for number in range(300)]
    check_paths(1, map(Counted, names), map(Counted, names), ())

    assert 0 < Counted.compared < 10 * len(names)
