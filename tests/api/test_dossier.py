"""The dossier: what is in it, that all of it is proved, how it is read, and how it is asked for."""

from __future__ import annotations

import json
import textwrap
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import httpx
import pytest
from psycopg import Connection
from typer.testing import CliRunner, Result

import api.dossier
from api.cli import app
from api.cli.dossiers import ON_THIS_MACHINE
from ledger.checkpoints import Checkpoint
from ledger.database import connect
from ledger.leaf import leaf_data
from ledger.mapper import EventMapper, plain_state
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.notes import Note, VerifierKey, verified_by
from ledger.records import LedgerRow
from ledger.streams import Stream, stream_data
from tests import facts, postgres
from tests.api.bearers import AUDITOR
from tests.api.server import Served
from tests.dossier.language import HOLDS, judged
from tests.facts import ANOTHER_VILLAGE, MAY_3
from tests.keyring import FIXED
from tests.projections.readside import ReadSide
from tests.scenario import PERSON, STAFF_NUMBER, VILLAGE

MEMBERS = [
    "index.html",
    "manifest.txt",
    "checkpoint.txt",
    "keys.json",
    "rules.json",
    "streams.json",
    "events.jsonl",
    "openings.json",
    "claims.json",
    "verify_dossier.py",
]
PROOFS = Path(__file__).parents[2] / "docs" / "proofs.md"
HOSTILE = "<script>alert('我')</script>&\"$name"


@dataclass(frozen=True)
class Opened:
    """A dossier, opened."""

    content: bytes

    @cached_property
    def members(self) -> dict[str, bytes]:
        with ZipFile(BytesIO(self.content)) as file:
            return {it.filename: file.read(it) for it in file.infolist()}

    @property
    def manifest(self) -> Note:
        return Note.parse(self.members["manifest.txt"].decode())

    @property
    def told(self) -> dict[str, str]:
        """What the manifest says of the question."""
        lines = self.manifest.text.splitlines()[1:]
        return dict(line.split(" ", 1) for line in lines if not line.startswith("file "))

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint.parse(Note.parse(self.members["checkpoint.txt"].decode()).text)

    @property
    def keys(self) -> list[VerifierKey]:
        return [VerifierKey.parse(it["vkey"]) for it in json.loads(self.members["keys.json"])]

    @property
    def streams(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.members["streams.json"])
        return found

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.members["events.jsonl"].splitlines()]

    @property
    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = json.loads(self.members["claims.json"])
        return claims

    @property
    def page(self) -> str:
        return self.members["index.html"].decode()


def asked(served: Served, who: object = PERSON, **clocks: object) -> httpx.Response:
    return served.http.get(f"/dossier/{who}", params={name: str(it) for name, it in clocks.items()})


def dossier(served: Served, who: object = PERSON, **clocks: object) -> Opened:
    response = asked(served, who, **clocks)
    assert response.status_code == 200, response.text
    return Opened(response.content)


def hashes(proof: list[str]) -> list[bytes]:
    return [b64decode(it) for it in proof]


def counted(conn: Connection[Any], upto: int) -> dict[str, int]:
    """The number of events of each aggregate up to a position."""
    rows = conn.execute(
        "select originator_id::text, count(*) from ledger.events where position <= %s group by 1", (upto,)
    )
    return dict(rows.fetchall())


# What is in it


def test_it_has_its_members_in_their_order_and_the_same_date(story: Served) -> None:
    with ZipFile(BytesIO(dossier(story).content)) as file:
        infos = file.infolist()

    assert [it.filename for it in infos] == MEMBERS
    assert {it.date_time for it in infos} == {(1980, 1, 1, 0, 0, 0)}


def test_the_manifest_says_what_is_answered_and_names_every_other_member_with_its_hash(story: Served) -> None:
    opened = dossier(story, asOf="2020-04-20", knownAtPosition=25)
    lines = opened.manifest.text.splitlines()

    assert lines[0] == "zhucun dossier v1"
    assert opened.told == {
        "origin": f"{story.county.identity.origin}/simulated",
        "instructor": str(PERSON),
        "as-of": "2020-04-20",
        "position": "25",
        "known-at": "2020-04-19T16:00:00.000000Z",
    }
    assert lines[6:] == [
        f"file {sha256(opened.members[name]).hexdigest()} {name}"
        for name in MEMBERS
        if name != "manifest.txt"
    ]


def test_the_logs_last_key_signed_the_manifest_and_the_checkpoint(story: Served) -> None:
    opened = dossier(story)
    registered = story.ask("{ ledger { keys { vkey } } }")["ledger"]["keys"]

    assert [key.text for key in opened.keys] == [it["vkey"] for it in registered]
    assert verified_by(opened.manifest, opened.keys) == opened.keys[-1:]
    checkpoint = Note.parse(opened.members["checkpoint.txt"].decode())
    assert verified_by(checkpoint, opened.keys) == opened.keys[-1:]


def test_the_checkpoint_is_of_the_position_that_the_dossier_speaks_of(story: Served) -> None:
    assert dossier(story, knownAtPosition=17).checkpoint.size == 17


def test_every_event_is_proved_to_be_in_the_checkpoint_just_as_it_is_stored(story: Served) -> None:
    opened = dossier(story)
    checkpoint = opened.checkpoint
    with connect(story.county.conninfo) as conn:
        stored = {
            row[0]: LedgerRow(*row)
            for row in conn.execute(
                "select position, originator_id, originator_version, topic, state, recorded_at "
                "from ledger.events"
            )
        }

    assert opened.events
    for event in opened.events:
        row = stored[event["position"]]
        leaf = leaf_hash(leaf_data(row))
        assert (b64decode(event["raw"]), b64decode(event["leaf"])) == (row.state, leaf)
        proof = hashes(event["proof"])
        verify_inclusion(leaf, event["position"] - 1, checkpoint.size, proof, checkpoint.root)


def test_the_events_are_those_of_the_person_and_of_the_villages_in_order_and_whole(story: Served) -> None:
    opened = dossier(story)
    with connect(story.county.conninfo) as conn:
        there = counted(conn, opened.checkpoint.size)
    positions = [event["position"] for event in opened.events]

    assert positions == sorted(set(positions))
    assert Counter(event["aggregate"] for event in opened.events) == {
        str(it): there[str(it)] for it in (PERSON, VILLAGE)
    }


def test_every_stream_is_proved_to_have_no_further_event(story: Served) -> None:
    opened = dossier(story, knownAtPosition=25)
    checkpoint = opened.checkpoint

    assert {it["aggregate"] for it in opened.streams} == {str(PERSON), str(VILLAGE)}
    for stream in opened.streams:
        leaf = leaf_hash(stream_data(Stream(UUID(stream["aggregate"]), stream["count"])))
        proof = hashes(stream["proof"])
        verify_inclusion(leaf, stream["index"], checkpoint.streams, proof, checkpoint.streams_root)
        events = [it for it in opened.events if it["aggregate"] == stream["aggregate"]]
        assert [it["version"] for it in events] == list(range(1, stream["count"] + 1))


def test_every_village_that_an_event_of_the_person_speaks_of_is_in_it(
    lived: tuple[ReadSide, Served],
) -> None:
    side, served = lived
    elsewhere = replace(facts.village_nominated(), whose=ANOTHER_VILLAGE)
    visit = facts.household_visited(on=MAY_3)
    visit = replace(visit, fields={**visit.fields, "village_id": ANOTHER_VILLAGE})
    side.enter(elsewhere, replace(facts.nominated(), whose=facts.SUCCESSOR), *facts.POSTED, visit)
    side.project()
    opened = dossier(served)

    counts = {it["aggregate"]: it["count"] for it in opened.streams}
    assert counts.keys() == {str(PERSON), str(VILLAGE), str(ANOTHER_VILLAGE)}
    assert Counter(event["aggregate"] for event in opened.events) == counts


def test_what_is_claimed_is_what_the_api_answers(story: Served) -> None:
    claims = dossier(story, asOf="2021-05-31").claims

    assert claims["variables"]["asOf"] == "2021-05-31"
    assert claims["answer"] == story.ask(claims["query"], **claims["variables"])
    assert claims["answer"]["programme"]["instructor"]["findings"]["totalCount"] > 0


def test_the_root_that_is_claimed_is_that_of_the_checkpoint(story: Served) -> None:
    opened = dossier(story)

    assert b64decode(opened.claims["answer"]["programme"]["root"]) == opened.checkpoint.root


def test_the_question_is_the_one_that_the_specification_has(story: Served) -> None:
    specified = PROOFS.read_text(encoding="utf-8")

    assert textwrap.indent(dossier(story).claims["query"], "    ") in specified


def test_the_rule_book_in_it_is_the_one_that_judges(story: Served) -> None:
    rules = json.loads(dossier(story).members["rules.json"])
    with connect(story.county.conninfo) as conn:
        there = conn.execute(
            "select code, clause, effective::text, since::text, until::text, value from read.rule"
        ).fetchall()

    found = {(it["code"], it["clause"], it["effective"], it["since"], it["until"]) for it in rules}
    assert found == {row[:5] for row in there}
    assert {it["code"]: it["value"] for it in rules} == {row[0]: row[5] for row in there}


def test_the_program_that_checks_it_is_the_one_of_the_repository(story: Served) -> None:
    program = Path(api.dossier.__file__).with_name("verify_dossier.py").read_bytes()

    assert dossier(story).members["verify_dossier.py"] == program


# The same question


def test_the_same_question_gives_the_same_bytes_however_it_is_asked(story: Served) -> None:
    by_moment = asked(story, asOf="2020-05-31", knownAt="2020-06-15T00:00:00Z")
    told = Opened(by_moment.content).told

    by_position = asked(story, STAFF_NUMBER, asOf="2020-05-31", knownAtPosition=told["position"])
    assert by_position.content == by_moment.content


def test_a_zone_may_be_written_in_an_address_as_it_is_everywhere_else(story: Served) -> None:
    exact = asked(story, STAFF_NUMBER, asOf="2020-05-31", knownAt="2020-06-15T08:00:00+08:00")

    plain = story.http.get(f"/dossier/{STAFF_NUMBER}?asOf=2020-05-31&knownAt=2020-06-15T08:00:00+08:00")
    assert (plain.status_code, plain.content) == (200, exact.content)


def test_it_stays_the_same_whatever_is_recorded_later(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    position = side.enter(*facts.POSTED, facts.checked_in(on=MAY_3))
    side.project()
    clocks = {"asOf": MAY_3, "knownAtPosition": position}
    before = dossier(served, **clocks)

    side.enter(facts.checked_in(on=date(2020, 5, 4)), facts.voided(4, on=date(2020, 5, 5)))
    side.project()
    assert dossier(served, **clocks).content == before.content
    assert dossier(served, asOf=MAY_3).content != before.content


def test_the_field_of_a_person_leads_to_the_dossier_at_the_same_clocks(story: Served) -> None:
    query = """query ($who: UUID!) {
      programme(asOf: "2020-05-31", knownAt: "2020-06-15T00:00:00Z") {
        position instructor(id: $who) { dossierUrl }
      }
    }"""
    programme = story.ask(query, who=str(PERSON))["programme"]
    response = story.http.get(programme["instructor"]["dossierUrl"])

    told = Opened(response.content).told
    assert (told["as-of"], told["position"]) == ("2020-05-31", programme["position"])


def test_a_browser_is_given_a_file_with_a_name_of_its_own(story: Served) -> None:
    response = asked(story, asOf="2020-04-20", knownAtPosition=25)

    assert response.headers["content-type"] == "application/zip"
    name = f"dossier-{STAFF_NUMBER}-2020-04-20-25.zip"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert name in Opened(response.content).page


# The page


class Parts(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_tells_the_record_in_chinese(story: Served) -> None:
    text = Parts(dossier(story, asOf="2021-08-31").page).text

    for words in (
        "陈思远",
        "已召回",
        "芙蓉园村",
        "整月在任而到村天数不足",
        "三(一)1",
        "每月到村天数",
        "已作废,见位置",
        "38天",
        "模拟数据,并非实情",
        "能证明什么,不能证明什么",
    ):
        assert words in text, words


def test_the_page_tells_how_to_check_the_file_with_the_key_and_the_checkpoint(story: Served) -> None:
    opened = dossier(story)
    text = Parts(opened.page).text

    assert "python3 verify_dossier.py dossier-" in text
    assert opened.keys[-1].text in text
    assert opened.checkpoint.text in text


def test_the_page_draws_every_month_of_service(story: Served) -> None:
    opened = dossier(story)
    months = opened.claims["answer"]["programme"]["instructor"]["attendance"]
    elements = Parts(opened.page).elements

    bars = [it for it in elements if it[0] == "rect" and it[1].get("height") == "14"]
    assert len(bars) == sum(month["daysPresent"] > 0 for month in months)
    panels = [it[1]["aria-label"] for it in elements if it[0] == "g" and "aria-label" in it[1]]
    assert panels == ["2020年(天)", "2021年(天)"]


def test_a_months_ordinary_work_is_one_line_that_opens(demo: Served) -> None:
    who = demo.ask("{ programme { instructors(first: 1) { nodes { id } } } }")["programme"]["instructors"]
    elements = Parts(dossier(demo, who["nodes"][0]["id"]).page)

    assert "日常工作" in elements.text
    assert len([it for it in elements.elements if it[0] == "details"]) > 3


def test_whatever_comes_from_data_is_text_in_the_page(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    nomination = facts.nominated(name=HOSTILE)
    side.enter(replace(nomination, fields={**nomination.fields, "nominating_body": HOSTILE}))
    side.project()
    page = dossier(served).page
    parts = Parts(page)

    assert HOSTILE in parts.text
    assert "<script" not in page
    assert {tag for tag, _ in parts.elements} & {"script", "img", "iframe", "object", "form"} == set()
    assert not any(name.startswith("on") for _, attributes in parts.elements for name in attributes)


def test_the_page_needs_nothing_from_anywhere_else(story: Served) -> None:
    elements = Parts(dossier(story).page).elements

    assert not any({"src", "srcset", "data", "action"} & attributes.keys() for _, attributes in elements)
    links = {attributes["href"] for _, attributes in elements if "href" in attributes}
    assert {it for it in links if it and not it.startswith("#")} == {"https://www.python.org/downloads/"}
    policies = [it.get("content") for _, it in elements if it.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


# Why there is none


@pytest.mark.parametrize(
    ("who", "clocks", "status", "code"),
    [
        ("XY-9999", {}, 404, "NOT_FOUND"),
        (VILLAGE, {}, 404, "NOT_FOUND"),
        (PERSON, {"asOf": "2020-03-16"}, 404, "NOT_FOUND"),
        (PERSON, {"knownAtPosition": 0}, 404, "NOT_FOUND"),
        (PERSON, {"asOf": "2020-02-30"}, 400, "BAD_REQUEST"),
        (PERSON, {"knownAt": "2020-06-15"}, 400, "BAD_REQUEST"),
        (PERSON, {"knownAtPosition": "x"}, 400, "BAD_REQUEST"),
        (PERSON, {"knownAt": "2020-06-15T00:00:00Z", "knownAtPosition": 3}, 400, "BAD_REQUEST"),
        (PERSON, {"as_of": "2020-05-31"}, 400, "BAD_REQUEST"),
        (PERSON, {"knownAtPosition": 10**9}, 409, "NOT_YET_KNOWN"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_both_languages(
    story: Served, who: object, clocks: dict[str, object], status: int, code: str
) -> None:
    response = asked(story, who, **clocks)
    (error,) = response.json()["errors"]

    assert (response.status_code, error["extensions"]["code"]) == (status, code)
    assert error["message"].isascii() is False
    assert any(word in error["message"] for word in ("Give", "write", "give", "number", "waitFor"))


def test_a_position_amid_the_events_of_one_command_is_refused_with_the_one_to_ask_for(demo: Served) -> None:
    with connect(demo.county.conninfo) as conn:
        ((person, amid),) = conn.execute(
            "select this.originator_id, this.position from ledger.events this join ledger.events next"
            " on next.position = this.position + 1 and next.command_id = this.command_id"
            " where this.topic = 'Instructor.Appointed' order by this.position limit 1"
        ).fetchall()

    refused = asked(demo, person, knownAtPosition=amid)
    assert refused.status_code == 400
    assert f"ask for position {amid + 1}" in refused.json()["errors"][0]["message"]
    assert asked(demo, person, knownAtPosition=amid + 1).status_code == 200


def _posted(lived: tuple[ReadSide, Served]) -> Served:
    side, served = lived
    side.enter(*facts.POSTED)
    side.project()
    assert asked(served).status_code == 200
    return served


def test_without_the_logs_key_there_is_none(lived: tuple[ReadSide, Served]) -> None:
    served = _posted(lived)
    (served.county.signer.folder / "signing-key.pem").unlink()
    response = asked(served)

    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (503, "CANNOT_SIGN")
    assert "无法签署检查点" in error["message"]
    assert "ZHUCUN_KEYS" in error["message"]


def test_an_event_that_the_log_has_otherwise_is_never_handed_out(lived: tuple[ReadSide, Served]) -> None:
    served = _posted(lived)
    with connect(served.county.conninfo) as conn:
        conn.execute("alter table ledger.events disable trigger only_appended")
        conn.execute(
            "update ledger.events set recorded_at = recorded_at + interval '1 ms' where position = 3"
        )
    response = asked(served)

    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (503, "EVENTS_CONTRADICT_LOG")
    assert "第 3 个事件与日志不符" in error["message"]


def test_an_event_that_was_removed_is_missed(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    position = side.enter(*facts.POSTED, facts.checked_in(on=MAY_3))
    side.project()
    assert asked(served).status_code == 200
    with connect(served.county.conninfo) as conn:
        conn.execute("alter table ledger.events disable trigger only_appended")
        conn.execute("delete from ledger.events where position = %s", (position,))
    response = asked(served, knownAtPosition=position)

    assert response.status_code == 503
    assert "zhucun verify" in response.text


def test_a_form_that_was_recorded_plain_is_shown_whole_or_not_at_all(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    event = facts.nominated(phone="13873012345").as_version(1)
    plain = json.loads(plain_state(event))
    del plain["class_version"]
    stored = EventMapper(FIXED).to_stored_event(event)
    side.append_stored([replace(stored, state=json.dumps(plain, ensure_ascii=False).encode())])
    side.project()
    auditor = served.as_(AUDITOR)
    refused = asked(auditor)

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "REASON_NEEDED")
    opened = dossier(auditor, reason="核对举报线索")
    assert json.loads(opened.members["openings.json"]) == {"masked": [], "events": []}
    assert "13873012345" in opened.page
    assert judged(opened.content, key=opened.keys[-1].text).code == HOLDS


def test_what_is_claimed_and_what_is_opened_agree_as_soon_as_somebody_is_forgotten(
    lived: tuple[ReadSide, Served],
) -> None:
    side, served = lived
    position = side.enter(facts.nominated(), facts.rejected())
    side.project()
    before = dossier(served, knownAtPosition=position)
    side.enter(facts.forgotten())
    after = dossier(served, knownAtPosition=position)

    names = [it.claims["answer"]["programme"]["instructor"]["name"] for it in (before, after)]
    opened = [len(json.loads(it.members["openings.json"])["events"]) for it in (before, after)]
    assert (names, opened) == ([facts.FORM.name, "已删除"], [1, 0])
    assert {judged(it.content, key=it.keys[-1].text).code for it in (before, after)} == {HOLDS}


def test_a_key_that_was_lost_is_not_taken_for_somebody_forgotten(
    lived: tuple[ReadSide, Served], tmp_path: Path
) -> None:
    served = _posted(lived)
    with connect(served.county.conninfo) as conn:
        conn.execute("delete from personal.key")
    result = zhucun(served, STAFF_NUMBER, "-o", str(tmp_path))

    assert asked(served).status_code == 503
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert ("nobody forgot it" in result.stderr, "密钥不在" in result.stderr) == (True, True)


# The command line


def zhucun(served: Served, *args: str) -> Result:
    return CliRunner().invoke(app, ["dossier", *args], env=postgres.environment(served.county.conninfo))


def test_the_command_writes_the_same_file_as_the_server_gives(story: Served, tmp_path: Path) -> None:
    clocks = ("--as-of", "2020-04-20", "--known-at", "25")
    named = tmp_path / "chen.zip"
    result = zhucun(story, STAFF_NUMBER, *clocks, "-o", str(named))

    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(named)
    assert named.read_bytes() == asked(story, asOf="2020-04-20", knownAtPosition=25).content


def test_whoever_has_the_machine_gets_all_of_it_and_that_is_on_record(
    lived: tuple[ReadSide, Served], tmp_path: Path
) -> None:
    side, served = lived
    side.enter(facts.nominated(phone="13873012345"))
    side.project()
    files = [tmp_path / name for name in ("first.zip", "second.zip")]
    for file, why in zip(files, ([], ["--reason", "核对举报线索"]), strict=True):
        result = zhucun(served, STAFF_NUMBER, "--known-at", "1", "-o", str(file), *why)
        assert result.exit_code == 0, result.output
        assert "On record at position" in result.stderr

    assert files[0].read_bytes() == files[1].read_bytes()
    assert "13873012345" in Opened(files[0].read_bytes()).page
    looks = side.conn.execute(
        "select convert_from(state, 'UTF8')::json #>> '{looks,0,reason}' from ledger.events"
        " where topic = 'Disclosure.Read' order by position"
    ).fetchall()
    assert looks == [(ON_THIS_MACHINE,), ("核对举报线索",)]


def test_in_a_folder_it_gets_a_name_of_its_own(story: Served, tmp_path: Path) -> None:
    result = zhucun(story, str(PERSON), "--as-of", "2020-04-20", "--known-at", "25", "-o", str(tmp_path))

    assert result.exit_code == 0, result.output
    assert [it.name for it in tmp_path.iterdir()] == [f"dossier-{STAFF_NUMBER}-2020-04-20-25.zip"]


def test_of_nobody_there_is_no_file(story: Served, tmp_path: Path) -> None:
    result = zhucun(story, "XY-9999", "-o", str(tmp_path))

    assert result.exit_code == 1
    assert "没有“XY-9999”的推荐记录" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(story: Served, tmp_path: Path) -> None:
    result = zhucun(story, STAFF_NUMBER, "-o", str(tmp_path / "none" / "chen.zip"))

    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
