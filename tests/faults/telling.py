"""Somebody who gives commands, notes which were acknowledged, and gives the others again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from tests.api.server import Served
from tests.api.test_commands import NOMINATION, tell

_numbers = count(1)


class Teller:
    """Nominates villages, each by a command of its own.

    Attributes:
        acknowledged: the commands that were, each with the position it was told.
    """

    def __init__(self) -> None:
        self.acknowledged: dict[UUID, int] = {}
        self._given: dict[UUID, int] = {}

    def new(self, how_many: int = 1) -> list[UUID]:
        """Return commands that nobody has given yet."""
        made = {uuid4(): next(_numbers) for _ in range(how_many)}
        self._given |= made
        return list(made)

    def tell(self, served: Served, command: UUID) -> dict[str, Any]:
        """Give a command that must be recorded, for the first time or again, and return what was answered."""
        result = tell(
            served, "nominateVillage", "2020-03-17", command_id=str(command), **self.content(command)
        )
        assert result["__typename"] == "Recorded", result
        position = int(result["position"])
        assert self.acknowledged.setdefault(command, position) == position
        return dict(result)

    def attempt(self, served: Served, command: UUID) -> tuple[str, str] | None:
        """Give a command that may fail, and return the code and the message of its error, if it does."""
        entry = {"commandId": str(command), "occurredOn": "2020-03-17"}
        answer = answered(
            served,
            "mutation ($input: NominateVillageInput!)"
            " { nominateVillage(input: $input) { ... on Recorded { position } } }",
            input={**self.content(command), "entry": entry},
        )
        if "errors" in answer:
            return told(answer)
        self.acknowledged[command] = int(answer["data"]["nominateVillage"]["position"])
        return None

    def content(self, command: UUID) -> dict[str, Any]:
        """What a command asks for."""
        return {**NOMINATION, "code": f"4306241{self._given[command]:05}"}

    def tell_all(self, served: Served, commands: Sequence[UUID]) -> None:
        """Give commands one after another."""
        for command in commands:
            self.tell(served, command)

    @contextmanager
    def telling(self, served: Served, commands: Sequence[UUID]) -> Iterator[list[Future[dict[str, Any]]]]:
        """Give commands all at once, and lend what will come of each."""
        with ThreadPoolExecutor(len(commands)) as threads:
            yield [threads.submit(partial(self.tell, served), command) for command in commands]


def in_background(work: Callable[[], Any]) -> tuple[ThreadPoolExecutor, Future[Any]]:
    """Begin a piece of work in a thread of its own."""
    threads = ThreadPoolExecutor(1)
    return threads, threads.submit(work)


def answered(served: Served, query: str, **variables: Any) -> dict[str, Any]:
    """Ask, and return the response whatever its status: who asks may not be known without the database."""
    response = served.http.post("/graphql", json={"query": query, "variables": variables})
    assert response.status_code in {200, 503}
    return dict(response.json())


def told(answer: dict[str, Any]) -> tuple[str, str]:
    """Return the code and the message of a response's one error."""
    (error,) = answer["errors"]
    return error["extensions"]["code"], error["message"]


def goes_on(served: Served, teller: Teller) -> None:
    """Check that commands, projector, tail, reading and signer all are at work."""
    (command,) = teller.new()
    position = teller.tell(served, command)["position"]
    assert served.ask(f'{{ programme(waitFor: "{position}") {{ position }} }}')
    signed = served.ask("mutation { signCheckpoint { size } }")["signCheckpoint"]["size"]
    assert int(signed) >= int(position)


@contextmanager
def hurried(served: Served) -> Iterator[None]:
    """Let a served county's pools give up soon, so that a test need not wait as long as a client would."""
    pools: list[Any] = [
        served.services.database._pool,
        served.app.state.tokens.in_force._database._pool,
        served.county.programme.recorder.datastore.pool,  # type: ignore[attr-defined]  # it is the ledger's
    ]
    usual = [pool.timeout for pool in pools]
    for pool in pools:
        pool.timeout = 0.5
    try:
        yield
    finally:
        for pool, timeout in zip(pools, usual, strict=True):
            pool.timeout = timeout
