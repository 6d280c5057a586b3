"""How uploads are received: what no other site can send, what is too much, and what does not fit."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from api.limits import Limits
from api.multipart import HEADERS
from api.papers.grid import MAX_SIZE
from tests.api.jobs.counter import GOOD, JOB, PREFLIGHT, UPLOAD, Counter, sheet

PART = b"x" * 1_000_000


@pytest.mark.parametrize("header", HEADERS)
def test_a_file_is_taken_with_a_header_that_no_form_can_send(counter: Counter, header: str) -> None:
    answer = counter.send(sheet(GOOD), headers={header: "1"}).json()

    counter.discard(counter.until(answer["data"]["uploadPaper"], "PLANNED"))


def test_a_plain_form_is_refused_before_it_is_read(counter: Counter) -> None:
    response = counter.send(sheet(GOOD), headers={})

    assert response.status_code == 400
    assert "Apollo-Require-Preflight" in response.json()["errors"][0]["message"]


def test_a_query_by_multipart_is_answered_as_any_other(counter: Counter) -> None:
    response = counter.served.http.post(
        "/graphql",
        data={"operations": json.dumps({"query": "{ __typename }"}), "map": "{}"},
        files={"nothing": ("a.csv", b"a")},
        headers=PREFLIGHT,
    )

    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("operations", "places"),
    [
        ("{", "{}"),
        ("[]", "{}"),
        ("1", '{"0": ["variables.input.files.0"]}'),
        ('{"query": "{ __typename }"}', '{"0": ["variables.input.files.0"]}'),
        ('{"query": "{ __typename }", "variables": {"files": []}}', '{"0": ["variables.files.7"]}'),
        ('{"query": "{ __typename }", "variables": {"files": []}}', '{"0": ["variables.files.x"]}'),
        ('{"query": "{ __typename }", "variables": null}', '{"0": ["variables.files"]}'),
        ('{"query": "{ __typename }", "variables": {}}', '{"5": ["variables.file"]}'),
        ('{"query": "{ __typename }", "variables": {}}', '{"0": 1}'),
        ('{"query": "{ __typename }", "variables": {}}', "[]"),
        ('{"query": null}', '{"0": ["query"]}'),
        (f'{{"query": "{{ __typename }}", "variables": {{"x": {"[" * 900 + "]" * 900}}}}}', "{}"),
    ],
)
def test_a_map_that_does_not_fit_is_a_bad_request(counter: Counter, operations: str, places: str) -> None:
    response = counter.served.http.post(
        "/graphql",
        data={"operations": operations, "map": places},
        files={"0": ("a.csv", b"a")},
        headers=PREFLIGHT,
    )

    assert response.status_code == 400
    assert response.json()["errors"]


def test_a_text_in_the_place_of_a_file_is_a_bad_request(counter: Counter) -> None:
    variables = {"input": {"paper": "INSPECTIONS", "files": ["a.csv"]}}

    code, message = counter.served.refused(UPLOAD, **variables)

    assert code == "BAD_REQUEST"
    assert "multipart" in message


def test_no_files_are_no_import(counter: Counter) -> None:
    variables = {"input": {"paper": "INSPECTIONS", "files": []}}

    assert counter.served.refused(UPLOAD, **variables)[0] == "BAD_REQUEST"


@pytest.mark.parametrize("size", [MAX_SIZE + 1, Limits().upload_bytes + 1])
def test_a_file_that_is_too_large_is_refused_while_it_is_received(counter: Counter, size: int) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="0"; filename="a.csv"\r\n\r\n'
        while sent < size:
            sent += len(PART)
            yield PART
        yield b"\r\n--b--\r\n"

    response = counter.served.http.post(
        "/graphql",
        content=body(),
        headers={**PREFLIGHT, "content-type": "multipart/form-data; boundary=b"},
    )

    assert response.status_code == 413
    assert "50 MB" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        (r"C:\报表\督查.csv", "督查.csv"),
        ("督\u202e查\u200b.csv", "督查.csv"),
        ("督\u2028查\u2029.csv", "督查.csv"),
        ("..", "file"),
        ("长" * 300 + ".csv", "长" * 116 + ".csv"),
    ],
)
def test_a_file_is_kept_under_its_digest_and_named_without_harm(
    counter: Counter, name: str, kept: str
) -> None:
    job = counter.planned((name, sheet(GOOD)[1]))

    assert job["files"][0]["name"] == kept
    folder = counter.served.county.imports / job["id"]
    assert [it.name for it in (folder / "files").iterdir()] == [job["files"][0]["fileSha256"]]
    assert {it.stat().st_mode & 0o077 for it in (folder, *folder.rglob("*"))} == {0}
    counter.discard(job)


def test_nothing_is_told_of_an_import_that_never_was(counter: Counter) -> None:
    nobody: dict[str, Any] = {"id": "../.."}

    assert counter.ask(nobody) is None
    with counter.served.subscribed(
        f"subscription F($id: ID!) {{ importJob(id: $id) {{ ...Job }} }} {JOB}", **nobody
    ) as it:
        message = next(it)
    assert "NOT_FOUND" in json.dumps(message)


def test_an_upload_that_is_cut_off_leaves_nothing(counter: Counter) -> None:
    before = counter.served.ask("{ importJobs { id } }")
    url = counter.served.http.base_url
    with socket.create_connection((url.host, url.port or 0)) as cut:
        cut.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: here\r\nApollo-Require-Preflight: 1\r\nContent-Length: 5000\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; "
            b'name="0"; filename="a.csv"\r\n\r\na,b'
        )

    assert counter.served.ask("{ importJobs { id } }") == before
    counter.discard(counter.planned(sheet(GOOD)))


def test_one_file_in_two_places_is_read_from_its_beginning_in_both(counter: Counter) -> None:
    operations = {
        "query": UPLOAD,
        "variables": {"input": {"paper": "INSPECTIONS", "files": [None, None]}},
    }
    places = {"0": ["variables.input.files.0", "variables.input.files.1"]}

    answer = counter.served.http.post(
        "/graphql",
        data={"operations": json.dumps(operations), "map": json.dumps(places)},
        files={"0": sheet(GOOD)},
        headers=PREFLIGHT,
    )

    job = counter.until(answer.json()["data"]["uploadPaper"], "PLANNED", "REFUSED")
    assert len({it["fileSha256"] for it in job["files"]}) == 1
    assert job["summary"] == {"recorded": 1, "already": 1, "passed": 0, "refused": 0}
    counter.discard(job)


FILE = b'--b\r\nContent-Disposition: form-data; name="%b"; filename="a.csv"\r\n\r\na\r\n'
TEXT = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "breaks off"),
        (FILE % b"0", "breaks off"),
        (FILE % b"operations" + b"--b--\r\n", "texts"),
        (TEXT % (b"operations", b"{}") + FILE % b"map" + b"--b--\r\n", "texts"),
        (b"".join(FILE % b"%d" % it for it in range(10_000)) + b"--b--\r\n", "Too many files"),
        (TEXT % (b"operations", b" " * 2_000_000), "exceeded maximum size"),
        (b"--b\r\nX-Huge: " + b"x" * 1_000_000, "Invalid"),
        (b"\0" * 1000, "Invalid"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_the_reason(counter: Counter, body: bytes, why: str) -> None:
    headers = {**PREFLIGHT, "content-type": "multipart/form-data; boundary=b"}

    response = counter.served.http.post("/graphql", content=body, headers=headers)

    assert response.status_code == 400
    assert why in response.json()["errors"][0]["message"]
