"""Every command as a mutation: inputs and results are derived from the domain's commands. And one that signs.

The rules' refusals are results, not errors: a result is what was recorded, or why nothing was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from datetime import date
from functools import cache, partial
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry
from anyio import current_time, sleep_until, to_thread
from graphql import GraphQLResolveInfo
from msgspec import to_builtins
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from api.access import reach
from api.access.gate import What, check, sees_county
from api.access.principal import Principal
from api.access.refusals import OutOfReach
from api.context import Services
from api.looks.seen import WHOSE, Moment, standing
from api.problems import bad_request, problem_of
from api.selecting import Walk
from api.types.declare import READS, Read, Way, documented
from api.types.events import AuditEvent, is_part
from api.types.glossary import described
from api.types.paging import GETTER, column
from api.types.proofs import Checkpoint
from api.uploads import MUTATIONS, root_fields
from domain.commands import (
    AnswerRemark,
    AnyCommand,
    ApproveCorrection,
    MakeRemark,
    NominateInstructor,
    NominateVillage,
    RecordLooks,
    RejectCorrection,
    RequestCorrection,
    SettleRemark,
    TakeImport,
    VillageCommand,
)
from domain.ids import correction_id, instructor_id, remark_id, village_id
from domain.instructor import Instructor
from domain.programme import Outcome, Programme
from domain.refusals import Refused
from ledger.errors import LedgerError
from projections.selection import Chosen, Relation, Selection, Source

OWN: Final = frozenset({TakeImport, RecordLooks})
"""Commands that nobody asks for: they go with what the server does."""

COMMANDS: Final[tuple[Any, ...]] = tuple(kind for kind in get_args(AnyCommand) if kind not in OWN)
"""Every command but one: that a file was taken in is for the import alone to say, with what it brought."""

EVEN: Final = 0.1
"""Seconds that it takes at least to say that something is out of reach, whether it exists or not."""

NAMED: Final = 5
"""The version of UUIDs that imports know a fact by: whoever took another's beforehand would keep it out."""

_JUST_RECORDED: Final = """(
    select e.*, e.originator_id as aggregate_id, split_part(e.topic, '.', 1) as aggregate,
           e.originator_version as version, e.topic as type, s.it ->> 'basis' as basis,
           (s.it ->> 'occurred_on')::date as occurred_on, s.it -> 'actor' ->> 'id' as actor_id,
           s.it -> 'actor' ->> 'role' as actor_role, s.it -> 'actor' ->> 'organisation' as actor_organisation,
           case when starts_with(e.topic, 'Instructor.') then e.originator_id
                when starts_with(s.it ->> 'corrected_topic', 'Instructor.')
                    then (s.it ->> 'corrected_id')::uuid
                else (s.it ->> 'instructor_id')::uuid end as instructor_id,
           case when starts_with(e.topic, 'Village.') then e.originator_id
                when starts_with(s.it ->> 'corrected_topic', 'Village.')
                    then (s.it ->> 'corrected_id')::uuid
                else (s.it ->> 'village_id')::uuid end as village_id,
           v.position is not null as voided, v.position as voided_by
    from ledger.events e
    cross join lateral (select convert_from(e.state, 'UTF8')::json as it) s
    left join lateral (
        select later.position from ledger.events later
        where later.originator_id = e.originator_id and later.originator_version > e.originator_version
          and later.topic in ('Instructor.Voided', 'Village.Voided')
          and convert_from(later.state, 'UTF8')::json ->> 'voided_version' = e.originator_version::text
    ) v on true
)"""
"""Events straight from the ledger, in the columns of `read.event_at`: the read side comes a moment later."""


def _shown(type_name: str, name: str, getter: Callable[..., Any]) -> Any:
    return strawberry.field(description=described(type_name, name), metadata={GETTER: getter})


@strawberry.type(description="已记录。What a command led to.")
class Recorded:
    """已记录。What a command led to; no events where nothing had to change."""

    position: ID = _shown("Recorded", "position", lambda it, _: it[0].position)
    aggregate_id: UUID = _shown("Recorded", "aggregate_id", lambda it, _: it[1])
    repeated: bool = _shown("Recorded", "repeated", lambda it, _: it[0].repeated)
    events: list[AuditEvent] = _shown("Recorded", "events", lambda it, _: it[2])

    @classmethod
    def is_type_of(cls, it: Any, _info: GraphQLResolveInfo[Any]) -> bool:
        """Tell a record from a refusal."""
        return isinstance(it, tuple)


@strawberry.type(description="不予办理。Why a command was refused; nothing was recorded.")
class Refusal:
    """不予办理。Why a command was refused; nothing was recorded."""

    code: str = _shown("Refusal", "code", column("code"))
    clause: str = _shown("Refusal", "clause", column("clause"))
    message_zh: str = _shown("Refusal", "message_zh", column("message_zh"))
    message_en: str = _shown("Refusal", "message_en", column("message_en"))
    also: list[Refusal] = _shown("Refusal", "also", column("also"))

    @classmethod
    def is_type_of(cls, it: Any, _info: GraphQLResolveInfo[Any]) -> bool:
        """Tell a refusal from a record."""
        return isinstance(it, dict)


@strawberry.input(description="办理信息。The circumstances of a command.")
class EntryInput:
    """办理信息。The circumstances of a command."""

    command_id: UUID = strawberry.field(description=described("EntryInput", "command_id"))
    occurred_on: date = strawberry.field(description=described("EntryInput", "occurred_on"))
    basis: str | None = strawberry.field(
        description=described("EntryInput", "basis"), default=strawberry.UNSET
    )


def _input_kind(kind: Any) -> Any:
    """Return the annotation that takes a command's field."""
    if get_origin(kind) is tuple:
        return list[_input_kind(get_args(kind)[0])]  # type: ignore[misc]  # made at run time
    if NoneType in get_args(kind):
        (inner,) = (it for it in get_args(kind) if it is not NoneType)
        return _input_kind(inner) | None
    return input_of(kind) if is_part(kind) else kind


@cache
def input_of(kind: Any) -> type:
    """Return the input type of a command, or of a dataclass that is a part of one."""
    hints, name, is_command = get_type_hints(kind), f"{kind.__name__}Input", kind in COMMANDS
    members: dict[str, Any] = {}
    for field in fields(kind):
        default: Any = strawberry.UNSET if NoneType in get_args(hints[field.name]) else MISSING
        made: dict[str, Any] = {"default": default if field.default is MISSING else field.default}
        if made["default"] == ():
            made = {"default_factory": list}
        members[field.name] = StrawberryField(
            type_annotation=StrawberryAnnotation(_input_kind(hints[field.name])),
            description=described(name, field.name),
            **made,
        )
    annotations = {field: _input_kind(hints[field]) for field in members}
    if is_command:
        members["entry"] = strawberry.field(description=described(name, "entry"))
        annotations["entry"] = EntryInput
    made_class = type(name, (), {**members, "__annotations__": annotations})
    return strawberry.input(made_class, name=name, description=documented(kind))


def built(kind: Any, value: Any) -> Any:
    """Return a client's value as the domain has it: dataclasses for objects, tuples for lists."""
    if isinstance(value, list):
        return tuple(built(get_args(kind)[0], item) for item in value)
    if isinstance(value, Mapping):
        (cls,) = [it for it in (kind, *get_args(kind)) if is_part(it)]
        hints = get_type_hints(cls)
        given = {field.name: to_camel_case(field.name) for field in fields(cls)}
        return cls(
            **{
                name: built(hints[name], value[key])
                if key in value
                else None  # only a field that may be null has no default and may be left out
                for name, key in given.items()
                if key in value or cls.__dataclass_fields__[name].default is MISSING
            }
        )
    return value


def _aggregate_of(command: Any, county: str) -> UUID:  # noqa: PLR0911 - one line a command, read as a table
    match command:
        case NominateVillage():
            return village_id(county, command.code)
        case NominateInstructor():
            return instructor_id(county, command.staff_number)
        case VillageCommand():
            return command.village_id
        case RequestCorrection():
            return correction_id(command.corrected_id, command.corrected_version)
        case ApproveCorrection() | RejectCorrection():
            return command.correction_id
        case MakeRemark():
            return remark_id(command.about_id, command.about_version)
        case AnswerRemark() | SettleRemark():
            return command.remark_id
        case _:
            aggregate: UUID = command.instructor_id
            return aggregate


async def execute(kind: type[Any], info: GraphQLResolveInfo[Any], values: dict[str, Any]) -> Any:
    """Execute the command `kind` with a client's values."""
    services: Services = info.context
    entry = values["entry"]
    if entry["commandId"].version == NAMED:
        raise bad_request(
            "commandId应为随机的UUID(第4版);由名称生成的(第5版)只由导入自用。",
            "commandId has to be a random UUID (version 4); those made of names (version 5) are for imports "
            "alone.",
        )
    try:
        actor = reach.acting(services.principal)
    except Refused as refused:
        return _told(refused)
    command = built(kind, {key: value for key, value in values.items() if key != "entry"})
    walk, began = Walk(info), current_time()
    selection = walk.below(READS["Recorded"])
    try:
        outcome: Outcome = await to_thread.run_sync(
            partial(
                _execute,
                services.programme,
                services.principal,
                command,
                occurred_on=entry["occurredOn"],
                actor=actor,
                command_id=entry["commandId"],
                basis=entry.get("basis"),
            ),
            limiter=services.writers,
        )
    except OutOfReach as refused:
        await sleep_until(began + EVEN)
        return _told(refused)
    except Refused as refused:
        return _told(refused)
    except LedgerError as error:
        raise problem_of(error) from error
    events: list[Any] = []
    standing(info, Moment(None, outcome.position), walk.forms)
    if _may_see(outcome, services.principal) and (chosen := selection.relations.get("events")) is not None:
        chosen.where["command"] = entry["commandId"]
        events = (await services.reader.for_everybody(selection, {}))["events"]
        _with_form(events, outcome)
    return outcome, _aggregate_of(command, services.programme.county), events


def _with_form(events: list[dict[str, Any]], outcome: Outcome) -> None:
    """Add its form to a nomination: the ledger has it sealed, and the read side has it a moment later."""
    forms = [
        event.form and to_builtins(event.form) | {WHOSE: str(event.originator_id)}  # none, if forgotten since
        for event in outcome.events
        if isinstance(event, Instructor.Nominated)
    ]
    for event in events:
        if event["type"] == Instructor.Nominated.TOPIC:
            event["form"] = forms.pop()


def _may_see(outcome: Outcome, principal: Principal) -> bool:
    """Tell whether somebody is shown what their command led to.

    The same command may have been another's before. Its events are that one's then: who sees the county sees
    them; who does not may look for them, and finds them as far as their office sees.
    """
    return any(sees_county(principal) or it.actor == principal.actor for it in outcome.events)


def _execute(
    programme: Programme,
    principal: Principal,
    command: AnyCommand,
    *,
    occurred_on: date,
    **circumstances: Any,
) -> Outcome:
    """Execute a command, if it is about what somebody may act on."""
    reach.check(command, occurred_on, principal, programme.workspace())
    return programme.execute(command, occurred_on=occurred_on, **circumstances)


def _told(refused: Refused) -> dict[str, Any]:
    """Return a refusal as data: an exception that is returned would count as raised."""
    return {
        "code": refused.code,
        "clause": refused.clause,
        "message_zh": refused.message_zh,
        "message_en": refused.message_en,
        "also": [_told(further) for further in refused.also],
    }


def _mutation(kind: Any) -> StrawberryField:
    async def resolve(_root: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return await execute(kind, info, arguments["input"])

    result = Annotated[
        Recorded | Refusal,
        strawberry.union(f"{kind.__name__}Result", description="已记录或不予办理。Recorded, or refused."),
    ]
    field = StrawberryField(
        type_annotation=StrawberryAnnotation(result),
        description=documented(kind),
        metadata={GETTER: resolve},
    )
    field.arguments = [
        StrawberryArgument(
            python_name="input",
            graphql_name="input",
            type_annotation=StrawberryAnnotation(input_of(kind)),
            description=described("Argument", "input"),
        )
    ]
    return field


_FROM_LEDGER: Final = replace(
    READS["AuditEvent"].source,
    rows=_JUST_RECORDED,
    columns={
        **READS["AuditEvent"].source.columns,
        "state": "convert_from({t}.state, 'UTF8')::json",
        "form": "null::json",
    },
)
_EVENTS: Final = Relation(to=lambda: _FROM_LEDGER, many=True, filters={"command": "{t}.command_id = {v}"})
READS["Recorded"] = Read(Source("Recorded", "", {}, relations={"events": _EVENTS}), ways={"events": Way("")})


async def sign(_root: Any, info: GraphQLResolveInfo[Any]) -> Any:
    """Sign the log as it stands, if that is not done yet, and answer the checkpoint."""
    services: Services = info.context
    check(services.principal, What.SIGN)
    try:
        signed = await to_thread.run_sync(services.signer.sign, limiter=services.writers)
    except LedgerError as error:
        raise problem_of(error) from error
    latest = READS["Ledger"].source.relations["checkpoint"]
    chosen = Chosen(
        latest, given={"size": signed.checkpoint.size}, rows=Walk(info).below(READS["Checkpoint"])
    )
    signed_now = Selection(relations={"checkpoint": chosen})
    return (await services.reader.for_everybody(signed_now, {}))["checkpoint"]


_SIGN: Final = StrawberryField(
    type_annotation=StrawberryAnnotation(Checkpoint),
    description=described("Mutation", "sign_checkpoint"),
    metadata={GETTER: sign},
)
_members = {kind.verb(): _mutation(kind) for kind in COMMANDS} | {"sign_checkpoint": _SIGN}
Mutation = strawberry.type(
    type(
        "Mutation",
        (),
        {
            **_members,
            **root_fields("Mutation", MUTATIONS),
            "__annotations__": dict.fromkeys(_members, Any),
        },
    ),
    description="办理。What can be done: the programme's commands, bringing papers, and signing the log.",
)
