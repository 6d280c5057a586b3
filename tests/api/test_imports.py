"""Files that were taken in, and check-ins from before there was `outside`, as the API answers them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

from ledger.records import Record
from tests import facts
from tests.api.server import Served
from tests.projections.readside import ReadSide
from tests.scenario import FILE, FILE_SHA256, PERSON

EARLIER = Path(__file__).parent.parent / "approved" / "earlier"


def test_an_import_is_answered_on_both_clocks(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    side.enter(facts.file_taken(), on=date(2020, 5, 4))
    side.enter(facts.file_taken(on=date(2020, 5, 9)).but(rows_recorded=1, events=1))
    side.project()

    first, again = (
        served.ask(
            """
            query ($asOf: Date) { programme(asOf: $asOf) { imports { totalCount nodes {
              position day recordedAt paper fileName fileSha256 fileSize
              rowsRecorded rowsAlready rowsPassed rowsRefused eventCount
              event { aggregate aggregateId version instructorId villageId daysLate actor { role } }
            } } } }
            """,
            asOf=day,
        )["programme"]["imports"]
        for day in ("2020-05-03", "2020-05-09")
    )

    assert first["nodes"] == [
        {
            "position": "1",
            "day": "2020-05-03",
            "recordedAt": "2020-05-04T12:00:00+00:00",
            "paper": "check-ins",
            "fileName": "考勤4月.xlsx",
            "fileSha256": FILE_SHA256,
            "fileSize": 18_432,
            "rowsRecorded": 20,
            "rowsAlready": 2,
            "rowsPassed": 3,
            "rowsRefused": 1,
            "eventCount": 21,
            "event": {
                "aggregate": "IMPORT",
                "aggregateId": str(FILE),
                "version": 1,
                "instructorId": None,
                "villageId": None,
                "daysLate": 1,
                "actor": {"role": "ORGANISATION_DEPARTMENT"},
            },
        }
    ]
    assert again["totalCount"] == 2
    assert [(it["rowsRecorded"], it["event"]["version"]) for it in again["nodes"]] == [(20, 1), (1, 2)]


def test_an_import_is_no_late_entry_however_late_it_is_recorded(lived: tuple[ReadSide, Served]) -> None:
    side, served = lived
    side.enter(facts.village_nominated())
    side.enter(facts.file_taken(), on=date(2021, 5, 3))
    side.project()

    months = served.ask("{ programme { backdating(by: MONTH) { month events late } } }")

    assert months["programme"]["backdating"] == [{"month": "2020-03", "events": 1, "late": 0}]


def test_a_check_in_stored_before_there_was_outside_is_answered_as_inside(
    lived: tuple[ReadSide, Served],
) -> None:
    side, served = lived
    side.enter(*facts.POSTED)
    sample, version = EARLIER / "Instructor.CheckedIn.json", side.versions[PERSON] + 1
    before = Record(PERSON, version, sample.stem, sample.read_bytes(), UUID(int=100))
    last = side.append_stored([before], [side.clock])
    side.versions[PERSON] = version
    side.enter(facts.checked_in(on=date(2020, 5, 4)).but(outside=True))
    side.project()

    person = served.ask(
        f"""{{ programme {{ instructor(id: "{PERSON}") {{ checkIns {{ nodes {{
          position outside event {{ ... on InstructorCheckedIn {{ place outside }} }}
        }} }} }} }} }}"""
    )["programme"]["instructor"]

    assert [
        (it["position"], it["outside"], it["event"]["outside"]) for it in person["checkIns"]["nodes"]
    ] == [
        (str(last), False, False),
        (str(last + 1), True, True),
    ]
