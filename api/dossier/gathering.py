"""What a dossier is made of: what the API claims of a person, and what the ledger has to prove it by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, LiteralString, NamedTuple, cast
from uuid import UUID

from anyio import to_thread

from api.access.principal import OPERATOR
from api.clock import Clock
from api.context import Services
from api.county import County
from api.dossier.evidence import Evidence, gather
from api.dossier.forms import Forgetting, Stored, read_forms
from api.problems import bad_request
from api.schema import schema
from ledger.database import connect
from ledger.keys import KeyRecord, key_history
from ledger.recorder import Recorder
from ledger.signed import SignedCheckpoint

CLAIMS: Final = "claims.graphql"

_END_OF_COMMAND: Final[LiteralString] = """
select coalesce(max(others.position), %(position)s)
from ledger.events this join ledger.events others using (command_id)
where this.position = %(position)s
"""

_FORGOTTEN: Final[LiteralString] = """
select e.position, s.state ->> 'occurred_on', s.state ->> 'reason'
from ledger.events e cross join lateral (select convert_from(e.state, 'UTF8')::json as state) s
where e.originator_id = %(person)s and e.topic = 'Instructor.Forgotten'
order by e.position desc
limit 1
"""


class Gathered(NamedTuple):
    """What a dossier is made of.

    Attributes:
        claims: the claims' query, its variables and what the API answers.
        log: the checkpoint of the position.
        keys: of the log.
        evidence: the events, proved.
        forms: the person's, as far as their keys are there.
        forgotten: the last time that forms of theirs were forgotten, as it is now.
    """

    claims: dict[str, Any]
    log: SignedCheckpoint
    keys: Sequence[KeyRecord]
    evidence: Evidence
    forms: Sequence[Stored]
    forgotten: Forgetting | None


async def gather_all(county: County, services: Services, person: UUID, clock: Clock) -> Gathered | None:
    """Return what the dossier of a person is made of; None if nothing is on record of them at the moment.

    What is claimed and what is shown of forms agree, whenever these are forgotten meanwhile.

    Raises:
        Problem: the moment is amid a command, or the read side does not get there.
        LedgerError: as of `make_dossier`.
    """
    await _check_whole(services, clock.known)
    forgotten = await _forgetting(services, person)
    while True:
        if forgotten is not None:  # before that, the claims have what cannot be proved any more
            await services.tail.reach(forgotten.position)
        claims = await _claims(services, person, clock)
        if claims["answer"]["programme"]["instructor"] is None:
            return None
        proof = await to_thread.run_sync(_proof, county, person, clock.known)
        before, forgotten = forgotten, await _forgetting(services, person)
        if forgotten == before:
            return Gathered(claims, *proof, forgotten)


async def _check_whole(services: Services, position: int) -> None:
    """Refuse a position amid the events of one command: one stream would tell what another does not yet."""
    ((end,),) = await services.database.rows(_END_OF_COMMAND, {"position": position})
    if end != position:
        raise bad_request(
            f"位置{position}处于一次办理的各事件之间,请改问位置{end}。",
            f"Position {position} is amid the events of one command; ask for position {end}.",
        )


async def _forgetting(services: Services, person: UUID) -> Forgetting | None:
    """Return the last time that somebody's forms were forgotten, whatever moment is asked about."""
    for position, day, reason in await services.database.rows(_FORGOTTEN, {"person": person}):
        return Forgetting(position, date.fromisoformat(day), reason)
    return None


async def _claims(services: Services, person: UUID, clock: Clock) -> dict[str, Any]:
    """Return the claims' query, its variables and what the API answers."""
    query = _query()
    variables = {"id": str(person), "asOf": clock.as_of.isoformat(), "position": str(clock.known)}
    # As whoever sees all: who may have the file was asked before, and the look at it is put on record whole.
    services = replace(services, principal=OPERATOR)
    result = await schema.execute(query, variables, context_value=services)
    for error in result.errors or ():
        raise error.original_error or error
    return {"query": query, "variables": variables, "answer": result.data}


def _proof(
    county: County, person: UUID, position: int
) -> tuple[SignedCheckpoint, Sequence[KeyRecord], Evidence, Sequence[Stored]]:
    log = county.signer.sign(position)
    recorder = cast("Recorder", county.programme.recorder)
    with connect(county.conninfo) as conn:
        evidence = gather(conn, recorder, person, log.checkpoint)
        keys = key_history(conn)
    return log, keys, evidence, read_forms(evidence.of(person), county.mapper)


@cache
def _query() -> str:
    return files("api.dossier").joinpath(CLAIMS).read_text(encoding="utf-8")
