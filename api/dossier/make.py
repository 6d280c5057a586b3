"""Making a dossier: what the API claims of a person, the events that prove it, and a page to read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final, LiteralString, NamedTuple, cast
from uuid import UUID

import orjson
from anyio import to_thread

from api.clock import Asked, Clock, clocks
from api.context import Services
from api.county import County
from api.dossier.archive import Question, archive
from api.dossier.evidence import Evidence, gather
from api.dossier.page import Reading, page_of
from api.life import moments_of, person_named
from api.problems import Problem, bad_request
from api.schema import schema
from domain.village import Village
from ledger.database import connect
from ledger.exchange import written
from ledger.keys import key_history
from ledger.mapper import EventMapper
from ledger.recorder import Recorder
from projections.schema import rule_rows

_END_OF_COMMAND: Final[LiteralString] = """
select coalesce(max(others.position), %(position)s)
from ledger.events this join ledger.events others using (command_id)
where this.position = %(position)s
"""

VERIFIER: Final = "verify_dossier.py"
CLAIMS: Final = "claims.graphql"


class Dossier(NamedTuple):
    """A dossier, and what its file is called."""

    name: str
    content: bytes


async def make_dossier(county: County, services: Services, who: str, asked: Asked) -> Dossier:
    """Return the dossier of a person at a moment; asked for again, it is the same.

    Args:
        county: whose ledger.
        services: to ask it.
        who: id or staff number.
        asked: the moment.

    Raises:
        Problem: the moment makes no sense or is not reached, or nothing is on record of the person by then.
        LedgerError: nothing can be signed here, or the ledger contradicts its log.
    """
    person = person_named(county.identity.county, who)
    clock, _ = await clocks(services, asked)
    await _check_whole(services, clock.known)
    claims = await _claims(services, person, clock)
    if claims["answer"]["programme"]["instructor"] is None:
        raise Problem(
            "NOT_FOUND",
            f"截至{clock.as_of}、以位置{clock.known}所知,没有“{who}”的推荐记录。请核对干部编号或编号(UUID)。",
            f"Nobody of the name {who!r} was nominated by {clock.as_of} as known at position {clock.known}. "
            "Give a staff number or an id.",
        )
    return await to_thread.run_sync(_made, county, person, claims)


async def _check_whole(services: Services, position: int) -> None:
    """Refuse a position amid the events of one command: one stream would tell what another does not yet."""
    ((end,),) = await services.database.rows(_END_OF_COMMAND, {"position": position})
    if end != position:
        raise bad_request(
            f"位置{position}处于一次办理的各事件之间,请改问位置{end}。",
            f"Position {position} is amid the events of one command; ask for position {end}.",
        )


async def _claims(services: Services, person: UUID, clock: Clock) -> dict[str, Any]:
    """Return the claims' query, its variables and what the API answers."""
    query = _text(CLAIMS)
    variables = {"id": str(person), "asOf": clock.as_of.isoformat(), "position": str(clock.known)}
    result = await schema.execute(query, variables, context_value=services)
    for error in result.errors or ():
        raise error.original_error or error
    return {"query": query, "variables": variables, "answer": result.data}


def _made(county: County, person: UUID, claims: dict[str, Any]) -> Dossier:
    """Bring together what was claimed with what proves it."""
    programme = claims["answer"]["programme"]
    signed = county.signer.sign(int(programme["position"]))
    recorder = cast("Recorder", county.programme.recorder)
    with connect(county.conninfo) as conn:
        evidence = gather(conn, recorder, person, signed.checkpoint)
        keys = key_history(conn)
    rules = rule_rows()
    name = _file_name(programme)
    page = page_of(
        Reading(
            programme=programme,
            moments=list(moments_of(person, evidence.of(person), date.fromisoformat(programme["asOf"]))),
            villages=_village_names(evidence),
            counts=evidence.counts,
            rules=rules,
            simulated=county.identity.simulated,
            checkpoint=signed.note,
            vkey=keys[-1].vkey,
            file=name,
        )
    )
    contents = {
        "index.html": page.encode(),
        "checkpoint.txt": signed.note.encode(),
        "keys.json": _json([{"vkey": key.vkey, "note": key.note} for key in keys]),
        "rules.json": _json([rule._asdict() | {"value": orjson.Fragment(rule.value)} for rule in rules]),
        "streams.json": _json(evidence.stream_list),
        "events.jsonl": evidence.event_lines,
        "claims.json": _json(claims),
        VERIFIER: _text(VERIFIER).encode(),
    }
    question = Question(
        origin=signed.checkpoint.origin,
        instructor=person,
        as_of=programme["asOf"],
        position=signed.checkpoint.size,
        known_at=written(datetime.fromisoformat(programme["knownAt"])),
    )
    return Dossier(name, archive(question, contents, county.signer.sign_manifest))


def _village_names(evidence: Evidence) -> dict[UUID, str]:
    """Return the names of the villages at hand, as their latest nomination has it."""
    read, names = EventMapper().from_row, dict[UUID, str]()
    for it in evidence.events:
        if it.row.topic == Village.Nominated.TOPIC:
            names[it.row.originator_id] = cast("Village.Nominated", read(it.row)).name
    return names


def _file_name(programme: Mapping[str, Any]) -> str:
    staff_number = re.sub(r"[^A-Za-z0-9]+", "-", programme["instructor"]["staffNumber"])
    return f"dossier-{staff_number}-{programme['asOf']}-{programme['position']}.zip"


def _json(content: Mapping[str, Any] | Sequence[Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


@cache
def _text(name: str) -> str:
    return files("api.dossier").joinpath(name).read_text(encoding="utf-8")
