"""Following the log: each event once and in order, whatever happens to the connection; and waiting for it."""

from __future__ import annotations

import json
import threading
import time
from itertools import islice
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from api.subscriptions import BATCH
from ledger.database import connect
from tests import facts
from tests.api.server import Served
from tests.api.test_commands import NOMINATION, tell
from tests.projections.readside import ReadSide
from tests.scenario import PERSON

FOLLOW = """
subscription ($after: ID, $filter: EventFilter) {
  events(after: $after, filter: $filter) { position __typename ... on VillageNominated { name year } }
}
"""


def positions(messages: Any, count: int) -> list[int]:
    return [int(message["data"]["events"]["position"]) for message in islice(messages, count)]


def nominate(served: Served, year: int) -> int:
    return int(tell(served, "nominateVillage", "2020-03-17", **{**NOMINATION, "year": year})["position"])


def test_events_are_followed_from_a_position_on(story: Served) -> None:
    with story.subscribed(FOLLOW, after="0") as messages:
        assert positions(messages, 30) == list(range(1, 31))
    with story.subscribed(FOLLOW, after="7") as messages:
        assert positions(messages, 3) == [8, 9, 10]


def test_a_new_event_reaches_whoever_follows(served: Served) -> None:
    with served.subscribed(FOLLOW) as one, served.subscribed(FOLLOW, after="0") as another:
        time.sleep(0.2)  # until the server has taken up both
        nominate(served, 2020)
        expected = {
            "data": {
                "events": {
                    "position": "1",
                    "__typename": "VillageNominated",
                    "name": "芙蓉园村",
                    "year": 2020,
                }
            }
        }

        assert next(one) == expected
        assert next(another) == expected


def test_whoever_comes_back_misses_nothing_and_sees_nothing_twice(served: Served) -> None:
    seen: list[int] = []
    for year in (2020, 2021, 2022, 2023):
        nominate(served, year)
        with served.subscribed(FOLLOW, after=str(seen[-1] if seen else 0)) as messages:
            seen += positions(messages, 1)
    last = nominate(served, 2024)
    with served.subscribed(FOLLOW, after=str(seen[-1])) as messages:
        seen += positions(messages, 1)

    assert seen == list(range(1, last + 1))


def test_a_follower_can_ask_for_some_events_only(story: Served) -> None:
    wanted = {"types": ["InstructorVoided", "InstructorRecalled"], "instructorId": str(PERSON)}

    with story.subscribed(FOLLOW, after="0", filter=wanted) as messages:
        names = [message["data"]["events"]["__typename"] for message in islice(messages, 2)]

    assert names == ["InstructorVoided", "InstructorRecalled"]


def test_a_long_log_is_followed_over_all_batches(served: Served) -> None:
    many = 2 * BATCH + 5
    side = ReadSide(served.county.conninfo)
    stored = [
        side._mapper.to_stored_event(fact.as_version(version))
        for version, fact in enumerate([facts.duty_recorded()] * many, start=1)
    ]
    side._recorder.insert_events(stored)
    side.close()

    with served.subscribed(FOLLOW, after="0") as messages:
        assert positions(messages, many) == list(range(1, many + 1))
    with served.subscribed(FOLLOW, after="0", filter={"types": ["VillageNominated"]}) as messages:
        nominate(served, 2020)
        assert positions(messages, 1) == [many + 1]


def test_a_client_that_does_not_read_holds_up_nobody(served: Served) -> None:
    with served.socket() as idler:
        idler.send(json.dumps({"type": "connection_init"}))
        idler.recv()
        for number in range(20):
            payload = {"query": FOLLOW, "variables": {"after": "0"}}
            idler.send(json.dumps({"id": str(number), "type": "subscribe", "payload": payload}))
        with served.subscribed(FOLLOW, after="0") as messages:
            nominate(served, 2020)
            assert positions(messages, 1) == [1]


def test_following_survives_the_loss_of_every_connection_to_the_database(served: Served) -> None:
    with served.subscribed(FOLLOW, after="0") as messages:
        nominate(served, 2020)
        assert positions(messages, 1) == [1]
        with connect(served.county.conninfo) as conn:
            lost = conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and application_name like 'zhucun-%'"
            ).fetchall()
        assert len(lost) >= 2

        nominate(served, 2021)

        assert positions(messages, 1) == [2]
        assert served.ask("{ programme { position } }") == {"programme": {"position": "2"}}


@pytest.mark.parametrize(
    ("variables", "problem"), [({"after": "x"}, "no position"), ({"filter": {"x": 1}}, "x")]
)
def test_a_subscription_that_makes_no_sense_is_an_error(
    story: Served, variables: dict[str, Any], problem: str
) -> None:
    with story.subscribed(FOLLOW, **variables) as messages:
        assert problem in json.dumps(next(messages))


def test_the_old_protocol_is_not_spoken(story: Served) -> None:
    with pytest.raises((ConnectionClosed, InvalidHandshake)), story.socket("graphql-ws") as socket:
        socket.recv(timeout=5)


def test_a_query_can_wait_for_what_a_mutation_recorded(served: Served) -> None:
    for year in range(2020, 2026):
        position = nominate(served, year)
        answer = served.ask(
            f'{{ programme(waitFor: "{position}") {{ position villages {{ nodes {{ year }} }} }} }}'
        )
        assert answer["programme"] == {"position": str(position), "villages": {"nodes": [{"year": year}]}}


def test_a_query_that_waits_is_woken_by_the_event(served: Served) -> None:
    waiting = threading.Timer(0.3, nominate, (served, 2020))
    waiting.start()

    assert served.ask('{ programme(waitFor: "1") { position } }') == {"programme": {"position": "1"}}


def test_waiting_ends_with_both_positions(served: Served) -> None:
    served.services.tail.patience = 0.2

    code, message = served.refused('{ programme(waitFor: "5") { position } }')

    assert code == "WAIT_TIMEOUT"
    assert "position 5" in message
    assert "stands at 0" in message


def test_nothing_can_be_known_at_a_position_to_come(story: Served) -> None:
    code, message = story.refused('{ programme(knownAtPosition: "100000") { asOf } }')

    assert code == "NOT_YET_KNOWN"
    assert "waitFor" in message
