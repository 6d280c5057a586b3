"""`zhucun token`, the demo's tokens, and a server that nobody can be known by."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.access.principal import Office
from api.cli import app
from api.cli.demonstrating import demo_tokens
from tests import postgres
from tests.api.bearers import own_tokens
from tests.api.server import Served

Run = Callable[..., Result]
DEPARTMENT = ("--role", "organisation_department", "--id", "zzb-9", "--organisation", "县委组织部")


@pytest.fixture
def zhucun(real_ledger: str) -> Run:
    """The command line on an empty county without tokens."""

    def run(*args: str) -> Result:
        return CliRunner().invoke(app, args, env=postgres.environment(real_ledger))

    return run


def test_a_token_is_printed_once_and_opens_until_it_is_revoked(zhucun: Run, real_ledger: str) -> None:
    issued = zhucun("token", "issue", *DEPARTMENT, "--days", "2")
    assert issued.exit_code == 0, issued.output
    token = issued.stdout.strip()
    assert token.count(".") == 2
    assert token not in issued.stderr
    listed = json.loads(zhucun("token", "list", "--json").stdout)
    assert [(it["id"], it["role"], it["state"]) for it in listed] == [
        ("zzb-9", "organisation_department", "in force")
    ]
    assert token not in json.dumps(listed)
    assert "zzb-9" in zhucun("token", "list").stdout

    jti = issued.stderr.split()[-1]
    revoked = zhucun("token", "revoke", jti)

    assert (revoked.exit_code, revoked.stdout) == (0, "")
    assert "先前已撤销" in zhucun("token", "revoke", listed[0]["number"]).stderr
    assert json.loads(zhucun("token", "list", "--json").stdout)[0]["state"] == "revoked"
    assert own_tokens(real_ledger).key() is not None


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--role", "emperor"), ("没有“emperor”这种身份", "no office 'emperor'")),
        (("--role", "public"), ("没有“public”这种身份", "township")),
        (("--role", "township"), ("--township", "九位代码", "nine digits")),
        (("--role", "township", "--township", "430624999"), ("430624999", "430624101 东塘镇", "No township")),
        (("--role", "township", "--township", "石塘镇"), ("没有代码为“石塘镇”的乡镇", "No township")),
        (("--role", "sending_unit"), ("--sending-unit", "派出单位的名称", "the unit's name")),
        (("--role", "instructor"), ("--staff-number", "干部编号", "staff number")),
        (("--role", "auditor", "--township", "430624105"), ("不用 --township", "takes no --township")),
        (("--role", "auditor", "--organisation", " "), ("--organisation 须为一行文字", "on one line")),
        (("--role", "auditor", "--id", "a\nb"), ("--id 须为一行文字", "on one line")),
    ],
)
def test_what_makes_no_token_is_told_in_both_languages(
    zhucun: Run, real_ledger: str, args: tuple[str, ...], words: tuple[str, ...]
) -> None:
    result = zhucun("token", "issue", "--id", "x", "--organisation", "y", *args)

    assert (result.exit_code, result.stdout) == (1, ""), result.output
    for word in words:
        assert word in result.stderr
    assert own_tokens(real_ledger).key() is None


def test_a_token_that_was_never_issued_cannot_be_revoked(zhucun: Run) -> None:
    result = zhucun("token", "revoke", "0")

    assert result.exit_code == 1
    assert "zhucun token list" in result.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "zhucun.example"])  # noqa: S104 - it is refused
def test_without_tokens_no_other_machine_is_served(zhucun: Run, host: str) -> None:
    result = zhucun("serve", "--host", host, "--port", "0")

    assert result.exit_code == 1
    assert host in result.stderr
    assert "zhucun token issue" in result.stderr
    assert "on this machine alone" in result.stderr


@pytest.fixture(scope="module")
def files(demo: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[Office, Path]:
    return demo_tokens(demo.county, tmp_path_factory.mktemp("data") / "tokens")


def test_the_demo_has_a_token_for_each_office_that_is_ready(demo: Served, files: dict[Office, Path]) -> None:
    assert set(files) == set(Office) - {Office.PUBLIC}
    for office, file in files.items():
        assert file.stat().st_mode & 0o777 == 0o600
        token = file.read_text(encoding="ascii").strip()
        answer = demo.http.post(
            "/graphql",
            json={"query": "{ programme { batches { year } } }"},
            headers={"authorization": f"Bearer {token}"},
        )
        assert "errors" not in answer.json(), office


def test_a_demo_token_is_made_anew_only_when_it_is_no_good(demo: Served, files: dict[Office, Path]) -> None:
    before = {office: file.read_text() for office, file in files.items()}
    files[Office.AUDITOR].write_text("no token")

    again = demo_tokens(demo.county, files[Office.AUDITOR].parent)

    changed = {office for office, file in again.items() if file.read_text() != before[office]}
    assert changed == {Office.AUDITOR}
