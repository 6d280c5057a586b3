"""`zhucun dingtalk pull`, as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.county import today
from domain.commands import (
    AnyCommand,
    Appoint,
    ApproveInstructor,
    ApproveVillage,
    NominateInstructor,
    NominateVillage,
)
from domain.programme import Programme
from domain.terms import Route, VillageKind
from tests import postgres
from tests.api.dingtalk.conftest import DEPARTMENT, check_ins
from tests.api.dingtalk.server import APP_KEY, APP_SECRET, DingTalkServer, millis, shanghai
from tests.facts import form
from tests.scenario import COUNTY, PERSON, STAFF_NUMBER, VILLAGE, VILLAGE_CODE

Pull = Callable[..., Result]


@pytest.fixture
def since() -> date:
    """The day on which a person took up service: DingTalk's API tells of recent days alone."""
    return today() - timedelta(days=9)


@pytest.fixture
def serving(real_ledger: str, since: date) -> Programme:
    """A programme with one person in service these days."""
    year = since.year
    young = form(
        born=date(year - 28, 1, 1),
        party_joined=date(year - 8, 1, 1),
        work_started=date(year - 6, 1, 1),
        clerk_since=date(year - 5, 1, 1),
    )
    commands: tuple[AnyCommand, ...] = (
        NominateVillage(
            code=VILLAGE_CODE,
            name="芙蓉园村",
            township_code="430624105",
            township="石塘镇",
            year=year,
            kind=VillageKind.VILLAGE,
            weak_or_lagging=True,
            reason="软弱涣散",
        ),
        ApproveVillage(village_id=VILLAGE, year=year),
        NominateInstructor(
            staff_number=STAFF_NUMBER,
            batch_year=year,
            route=Route.SENDING_UNIT,
            nominating_body="县教育局党组",
            sending_unit="县教育局",
            collective_study_on=since,
            form=young,
        ),
        ApproveInstructor(instructor_id=PERSON),
        Appoint(instructor_id=PERSON, village_id=VILLAGE),
    )
    env = postgres.programme_of(real_ledger)
    programme = Programme(COUNTY, today, env)
    for number, command in enumerate(commands):
        programme.execute(command, occurred_on=since, actor=DEPARTMENT, command_id=UUID(int=number))
    return programme


@pytest.fixture
def users(tmp_path: Path) -> Path:
    path = tmp_path / "users.csv"
    path.write_text(f"UserId,干部编号\nuser1,{STAFF_NUMBER}\n", encoding="utf-8")
    return path


@pytest.fixture
def pull(real_ledger: str, ding: DingTalkServer, users: Path, tmp_path: Path) -> Pull:
    """The command, with everything set that it needs but for what the test changes."""

    def run(*args: str, **changes: str) -> Result:
        env = {
            **postgres.environment(real_ledger),
            "ZHUCUN_DATA": str(tmp_path / "data"),
            "ZHUCUN_DINGTALK_APP_KEY": APP_KEY,
            "ZHUCUN_DINGTALK_APP_SECRET": APP_SECRET,
            "ZHUCUN_DINGTALK_URL": ding.url,
            "ZHUCUN_DINGTALK_USERS": str(users),
            **{f"ZHUCUN_DINGTALK_{name}": value for name, value in changes.items()},
        }
        return CliRunner().invoke(app, ["dingtalk", "pull", *args], env=env)

    return run


def test_check_ins_of_these_days_are_recorded(
    pull: Pull, serving: Programme, ding: DingTalkServer, since: date
) -> None:
    for number in range(9):
        ding.punch(number + 1, shanghai(since + timedelta(number)))
    ding.miss(100, since)

    with serving:
        result = pull("--from", str(since), "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout) == {
            "record": 9,
            "already": 0,
            "passed": 1,
            "refused": 0,
            "corrected": 0,
            "remarks": [],
            "unlisted": [],
        }
        assert len(check_ins(serving)) == 9

        again = pull("--from", str(since), "--to", str(today()))
        assert again.exit_code == 0, again.output
        assert "9 已有 on record already" in again.stdout


def test_a_dry_run_tells_each_person_and_day_and_records_nothing(
    pull: Pull, serving: Programme, ding: DingTalkServer, since: date
) -> None:
    row = ding.punch(1, shanghai(since))
    with serving:
        pull("--from", str(since))
        row |= {"locationResult": "Outside", "gmtModified": millis(shanghai(today()))}
        for number in range(1, 4):
            ding.punch(number + 1, shanghai(since + timedelta(number)))
        ding.miss(100, since + timedelta(5))
        head = serving.recorder.max_notification_id()

        shown, told = (
            pull("--from", str(since), "--dry-run"),
            pull("--from", str(since), "--dry-run", "--json"),
        )

        assert (shown.exit_code, told.exit_code) == (0, 0), shown.output + told.output
        assert serving.recorder.max_notification_id() == head
    words = " ".join(shown.stdout.split())
    assert f"{STAFF_NUMBER} 陈思远" in words
    assert f"将作废 would be voided: 原为“{since} 08:30:00" in words
    assert "1 × 缺卡" in words
    assert "4 记录 recorded" in words
    assert "nothing was recorded" in shown.stderr
    answer = json.loads(told.stdout)
    assert (answer["dry_run"], answer["record"], answer["passed"], answer["corrected"]) == (True, 4, 1, 1)
    assert answer["parts"] == {"asked": 2, "done_before": 0}
    assert [it["outcome"] for it in answer["records"]] == ["RECORD"] * 4 + ["PASSED"]
    first = answer["records"][0]
    assert (first["staff_number"], first["name"], first["day"]) == (STAFF_NUMBER, "陈思远", str(since))
    assert (first["outside"], first["voids"]["outside"], first["voids"]["day"]) == (True, False, str(since))


def test_who_serves_and_is_not_listed_is_named(
    pull: Pull, serving: Programme, since: date, users: Path
) -> None:
    users.write_text("UserId,干部编号\nuser9,XY-9999\n", encoding="utf-8")
    with serving:
        result = pull("--from", str(since))
    assert result.exit_code == 1
    assert STAFF_NUMBER in result.stdout
    assert "not in the file of users" in result.stdout


def test_a_wrong_secret_is_refused_without_being_told(pull: Pull, serving: Programme, since: date) -> None:
    with serving:
        result = pull("--from", str(since), APP_SECRET="not-this-one")  # noqa: S106 - of a server of our own
    assert result.exit_code == 1
    assert "AppSecret" in result.stderr
    assert "not-this-one" not in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["APP_SECRET", "USERS"])
def test_what_is_not_set_is_named(pull: Pull, name: str) -> None:
    result = pull("--from", "2020-05-01", **{name: ""})
    assert result.exit_code == 1
    assert f"ZHUCUN_DINGTALK_{name}" in result.stderr


def test_days_the_wrong_way_round_are_wrong_usage(pull: Pull) -> None:
    result = pull("--from", "2020-05-02", "--to", "2020-05-01")
    assert result.exit_code == 2
    assert "2020-05-01" in result.stderr
