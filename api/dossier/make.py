"""Making a dossier: what the API claims of a person, the events that prove it, and a page to read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import orjson
from anyio import to_thread

from api.access.masks import reason_given
from api.clock import Asked, clocks
from api.context import Services
from api.county import County
from api.dossier.archive import Question, archive
from api.dossier.evidence import Evidence
from api.dossier.forms import Forms, forms_for
from api.dossier.gathering import Gathered, gather_all
from api.dossier.page import Reading, page_of
from api.life import moments_of, person_named
from api.looks.seen import Moment
from api.problems import Problem
from domain.village import Village
from ledger.exchange import written
from ledger.mapper import EventMapper
from projections.schema import rule_rows

VERIFIER: Final = "verify_dossier.py"


class Dossier(NamedTuple):
    """A dossier.

    Attributes:
        name: what its file is called.
        content: of the file.
        person: whose it is.
        moment: that it stands on.
        fields: of the registration form that are in it in full, by their stored names.
        reason: why it was asked for in full, if that was said.
    """

    name: str
    content: bytes
    person: UUID
    moment: Moment
    fields: frozenset[str]
    reason: str | None


async def make_dossier(
    county: County, services: Services, who: str, asked: Asked, reason: str | None = None
) -> Dossier:
    """Return the dossier of a person at a moment; asked for again in the same office, it is the same.

    Args:
        county: whose ledger.
        services: to ask it.
        who: id or staff number.
        asked: the moment.
        reason: why whoever asks has to see what is masked for their office.

    Raises:
        Problem: the moment makes no sense or is not reached, or nothing is on record of the person by then;
            or it is no reason.
        LedgerError: nothing can be signed here, the ledger contradicts its log, or keys are not at hand.
    """
    reason = reason_given(reason)
    person = person_named(county.identity.county, who)
    clock, _ = await clocks(services, asked)
    gathered = await gather_all(county, services, person, clock)
    if gathered is None:
        raise Problem(
            "NOT_FOUND",
            f"截至{clock.as_of}、以位置{clock.known}所知,没有“{who}”的推荐记录。请核对干部编号或编号(UUID)。",
            f"Nobody of the name {who!r} was nominated by {clock.as_of} as known at position {clock.known}. "
            "Give a staff number or an id.",
        )
    forms = forms_for(services.principal.office, reason, gathered.forms, gathered.forgotten)
    return await to_thread.run_sync(_made, county, person, gathered, forms, reason)


def _made(county: County, person: UUID, gathered: Gathered, forms: Forms, reason: str | None) -> Dossier:
    """Bring together what was claimed with what proves it."""
    claims, signed, keys, evidence, *_ = gathered
    programme = claims["answer"]["programme"]
    rules = rule_rows()
    name = _file_name(programme)
    page = page_of(
        Reading(
            programme=programme,
            moments=list(
                moments_of(
                    person,
                    evidence.of(person),
                    date.fromisoformat(programme["asOf"]),
                    county.mapper,
                )
            ),
            villages=_village_names(evidence),
            counts=evidence.counts,
            forms=forms,
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
        "openings.json": _json(forms.told),
        "claims.json": _json(claims),
        VERIFIER: _verifier(),
    }
    question = Question(
        origin=signed.checkpoint.origin,
        instructor=person,
        as_of=programme["asOf"],
        position=signed.checkpoint.size,
        known_at=written(datetime.fromisoformat(programme["knownAt"])),
    )
    moment = Moment(date.fromisoformat(programme["asOf"]), question.position)
    content = archive(question, contents, county.signer.sign_manifest)
    return Dossier(name, content, person, moment, forms.in_full, reason)


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
def _verifier() -> bytes:
    return files("api.dossier").joinpath(VERIFIER).read_bytes()
