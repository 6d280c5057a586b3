"""The language of the tests of imports by GraphQL: a counter at which files are handed in over HTTP."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, cast

import httpx

from api.access.principal import Principal
from ledger.database import connect
from tests.api.bearers import TOWNSHIP
from tests.api.server import Served
from tests.scenario import STAFF_NUMBER

HEADER = ("干部编号", "方式", "日期", "结论", "发现问题")
GOOD = (STAFF_NUMBER, "巡回督查", "2020年5月5日", "在岗", "否")
UNREADABLE = (STAFF_NUMBER, "月例会", "五月", "在岗", "否")
TOO_EARLY = (STAFF_NUMBER, "季调度", "2020.3.20", "在岗", "")

ACTOR = {"id": "t-1", "role": "TOWNSHIP", "organisation": "石塘镇"}
PREFLIGHT = {"Apollo-Require-Preflight": "1"}
JOB = """
fragment Job on ImportJob {
  id state paper files { name fileSha256 fileSize } actor { id role organisation } progress { done of }
  problem { code messageZh messageEn } planDigest summary { recorded already passed refused }
  columns { file sheet heading column sample }
  people { by value staffNumber name } remarks { messageZh messageEn }
  refusals { totalCount nodes { sheet row column value code clause messageZh messageEn } }
  refusedWorkbookUrl position eventCount
}
"""
UPLOAD = f"mutation Bring($input: UploadPaperInput!) {{ uploadPaper(input: $input) {{ ...Job }} }} {JOB}"
COMMIT = f"""mutation Commit($id: ID!, $digest: String!, $valid: Boolean! = false) {{
  commitImport(id: $id, planDigest: $digest, acceptValid: $valid) {{ ...Job }} }} {JOB}"""
DISCARD = f"mutation Discard($id: ID!) {{ discardImport(id: $id) {{ ...Job }} }} {JOB}"
FOLLOW = f"subscription Follow($id: ID!) {{ importJob(id: $id) {{ ...Job }} }} {JOB}"
ASK = f"query Ask($id: ID!) {{ importJob(id: $id) {{ ...Job }} }} {JOB}"

Job = dict[str, Any]


def good(day: int) -> tuple[str, ...]:
    """A row that can be recorded, of a day of May 2020."""
    return (STAFF_NUMBER, "巡回督查", f"2020年5月{day}日", "在岗", "否")


class Counter:
    """A served county that files are brought to."""

    def __init__(self, served: Served, who: Principal = TOWNSHIP) -> None:
        self.served = served.as_(who)

    def send(
        self,
        *files: tuple[str, bytes],
        paper: str = "INSPECTIONS",
        headers: Mapping[str, str] = PREFLIGHT,
    ) -> httpx.Response:
        """Send a request that brings files."""
        return post_files(self.served.http, files, paper, headers)

    def bring(self, *files: tuple[str, bytes], paper: str = "INSPECTIONS") -> Job:
        """Bring files, and return the job as it was made."""
        answer = self.send(*files, paper=paper).json()
        assert "errors" not in answer, answer
        return cast("Job", answer["data"]["uploadPaper"])

    def until(self, job: Job, *states: str) -> Job:
        """Follow a job until it is in one of these states."""
        with self.served.subscribed(FOLLOW, id=job["id"]) as messages:
            for message in messages:
                it: Job = message["data"]["importJob"]
                if it["state"] in states:
                    return it
        raise AssertionError(it)

    def planned(self, *files: tuple[str, bytes], paper: str = "INSPECTIONS") -> Job:
        """Bring files, and return the job once it can be looked at."""
        return self.until(self.bring(*files, paper=paper), "PLANNED")

    def commit(self, job: Job, *, accept_valid: bool = False) -> Job:
        """Confirm what was shown, and return the job once something has come of it."""
        self.served.ask(COMMIT, id=job["id"], digest=job["planDigest"], valid=accept_valid)
        return self.until(job, "COMMITTED", "PLANNED")

    def ask(self, job: Job) -> Job | None:
        """Return a job as it stands."""
        return cast("Job | None", self.served.ask(ASK, id=job["id"])["importJob"])

    def discard(self, job: Job) -> Job:
        """Let a job go."""
        return cast("Job", self.served.ask(DISCARD, id=job["id"])["discardImport"])

    @property
    def head(self) -> int:
        """The log's last position."""
        return head_of(self.served.county.conninfo)


def post_files(
    http: httpx.Client, files: Sequence[tuple[str, bytes]], paper: str, headers: Mapping[str, str]
) -> httpx.Response:
    """Send a request by the GraphQL multipart request specification."""
    operations = {
        "query": UPLOAD,
        "variables": {"input": {"paper": paper, "files": [None] * len(files)}},
    }
    places = {str(place): [f"variables.input.files.{place}"] for place in range(len(files))}
    return http.post(
        "/graphql",
        data={"operations": json.dumps(operations), "map": json.dumps(places)},
        files=[(str(place), file) for place, file in enumerate(files)],
        headers=dict(headers),
    )


def sheet(*rows: Sequence[str], name: str = "督查.csv", header: Sequence[str] = HEADER) -> tuple[str, bytes]:
    """A file with these rows."""
    text = StringIO()
    csv.writer(text).writerows((header, *rows))
    return name, text.getvalue().encode()


def head_of(conninfo: str) -> int:
    """Return the last position of a ledger."""
    with connect(conninfo) as conn:
        ((head,),) = conn.execute("select coalesce(max(position), 0) from ledger.events").fetchall()
    return int(head)


def imports_of(conninfo: str) -> int:
    """Return how many imports are on record."""
    with connect(conninfo) as conn:
        ((count,),) = conn.execute(
            "select count(*) from ledger.events where topic = 'Import.Taken'"
        ).fetchall()
    return int(count)
