"""Questions: queries made from the schema itself, so that no field is forgotten."""

from __future__ import annotations

from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from api.cli.checking import current_schema

SCHEMA: Final = build_schema(current_schema())
"""What is served, without anything that could answer it."""

NOT_COMPARED: Final = {
    **dict.fromkeys(("cursor", "startCursor", "endCursor"), "any text that leads on: test_paging follows it"),
    **dict.fromkeys(("messageZh", "messageEn"), "the words of a note: test_clock"),
    **dict.fromkeys(("ruleZh", "ruleEn"), "the words of a rule: test_findings"),
    "label": "the words of a field: test_changes",
    "timestamp": "the time of a witness's cosignature: test_ledger",
}
"""Fields that the oracle does not answer, with the reason."""

PICKED: Final = {
    "township": 'code: "430624106"',
    "village": 'code: "430624106203"',
    "instructor": 'staffNumber: "XY-1"',
    "batch": "year: 2020, atServiceDay: 91",
    "sendingUnit": 'name: "县教育局"',
}
"""Fields of the programme that have to be told which one."""

VARIABLES: Final = {
    "asOf": "Date",
    "known": "ID",
    "knownAt": "DateTime",
    "since": "Date",
    "sinceKnown": "ID",
    "day": "Int",
}
IDENTITY: Final = {"id", "code", "year", "version", "position", "key", "figure"}


def everything(type_name: str, depth: int) -> str:
    """Select every field of a type, and the same of what they lead to.

    A field that needs a word as its argument is asked once with each word.

    Args:
        type_name: an object type or an interface.
        depth: how many steps further; a page and its rows are no steps of their own. Where no step is left,
            a row is told by what identifies it.
    """
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    if depth == 0 and not _is_part(kind) and (identity := IDENTITY & kind.fields.keys()):
        return " ".join(sorted(identity))
    parts = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if name in NOT_COMPARED:
            continue
        further = 0 if name == "node" else depth if _wraps(kind) else depth - 1  # `nodes` are the same
        if is_leaf_type(inner):
            parts.append(name)
        elif further >= 0 or _is_part(inner):
            selected = everything(inner.name, max(further, 0))
            parts += [f"{way} {{ {selected} }}" for way in _ways(name, field)]
    return " ".join(parts)


def every_event() -> str:
    """Select every field of every kind of event."""
    interface = SCHEMA.type_map["AuditEvent"]
    assert isinstance(interface, GraphQLInterfaceType)
    parts = [everything("AuditEvent", 1), f"actor {{ {everything('Actor', 1)} }}"]
    for kind in SCHEMA.get_possible_types(interface):
        own = [_of_event(kind, name) for name in kind.fields if name not in interface.fields]
        if own:
            parts.append(f"... on {kind.name} {{ {' '.join(own)} }}")
    return " ".join(parts)


def _of_event(kind: GraphQLObjectType, name: str) -> str:
    """Select a field of an event; a `kind` is another vocabulary in each, and needs a name of its own."""
    inner = get_named_type(kind.fields[name].type)
    selected = name if is_leaf_type(inner) else f"{name} {{ {everything(inner.name, 0)} }}"
    return f"{kind.name}_{selected}: {selected}" if name == "kind" else selected


def _ways(name: str, field: GraphQLField) -> list[str]:
    """Return the ways to follow a field: without arguments, at the earlier moment, or once for each word."""
    if "sinceKnownAt" in field.args:
        return [f"{name}(since: $since, sinceKnownAtPosition: $sinceKnown)"]
    for argument, it in field.args.items():
        words = get_named_type(it.type)
        if is_required_argument(it) and isinstance(words, GraphQLEnumType):
            return [f"{name}_{word}: {name}({argument}: {word})" for word in words.values]
    return [name]


def _wraps(kind: GraphQLNamedType) -> bool:
    return kind.name.endswith(("Connection", "Edge", "PageInfo"))


def _is_part(kind: GraphQLNamedType) -> bool:
    """Tell whether an object is a part of the row that it stands in, and leads nowhere."""
    return isinstance(kind, GraphQLObjectType) and not (
        {"id", "position", "key"} & kind.fields.keys()
        or any(not is_leaf_type(get_named_type(it.type)) for it in kind.fields.values())
    )


def _lists(type_name: str) -> str:
    """Select everything below each list of a person or a village."""
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    lists = {
        name: get_named_type(field.type)
        for name, field in kind.fields.items()
        if str(field.type).startswith("[") and "sinceKnownAt" not in field.args
    }
    return " ".join(
        f"{name} {{ {everything(of.name, 1)} }}" for name, of in lists.items() if not is_leaf_type(of)
    )


def _questions() -> dict[str, str]:
    """Return what is asked below the programme, by a name for each."""
    event = f"event {{ {every_event()} }}"
    work = (
        f"checkIns {{ {everything('CheckInConnection', 1)} }} visits {{ {everything('VisitConnection', 1)} }}"
    )
    form = everything("Form", 1)
    register = f"households {{ {everything('HouseholdConnection', 1)} }}"
    return {
        "forms": "instructors { nodes { nominations { "
        f'form {{ {form} }} inFull: form(reason: "核对线索") {{ {form} }} '
        f"event {{ ... on InstructorNominated {{ form {{ {form} }} }} }} "
        f"exceptions {{ {everything('RuleException', 1)} }} }} }} }}",
        "moment": "asOf knownAt position notes { code } "
        f"root checkpoint {{ {everything('Checkpoint', 1)} }}",
        "townships": f"townships {{ {everything('Township', 1)} }}",
        "villages": f"villages {{ {everything('VillageConnection', 1)} }}",
        "years": f"villages {{ nodes {{ {_lists('Village')} {register} }} }}",
        "of villages": "villages { nodes { history(first: 500) "
        f"{{ edges {{ {event} after {{ {everything('Village', 0)} }} }} }} }} }}",
        "instructors": f"instructors {{ {everything('InstructorConnection', 1)} }}",
        "deeds": f"instructors {{ nodes {{ {_lists('Instructor')} }} }}",
        "work": f"instructors {{ nodes {{ {work} }} }}",
        "of instructors": "instructors { nodes { history(first: 500) "
        f"{{ edges {{ {event} after {{ {everything('Instructor', 0)} }} }} }} }} }}",
        "batches": f"batches {{ {everything('Batch', 1)} }}",
        "batches on a day": f"batches(atServiceDay: $day) {{ {everything('Batch', 1)} }}",
        "parts of batches": 'batches { REJECTED_UNDER: evidence(figure: REJECTED_UNDER, part: "二(三)") '
        '{ nodes { position } } GRADE: evidence(figure: GRADE, part: "COMPETENT") { nodes { position } } }',
        "totals": f"totals {{ {everything('Totals', 1)} }}",
        "sending units": f"sendingUnits {{ {everything('SendingUnit', 1)} }}",
        "findings": f"findings(first: 500) {{ {everything('FindingConnection', 1)} }}",
        "changes": "changes(since: $since, sinceKnownAtPosition: $sinceKnown) "
        f"{{ {everything('ChangeConnection', 1)} }}",
        "backdating": " ".join(
            f"{by}: backdating(by: {by}) {{ {everything('Backdating', 1)} }}"
            for by in ("PERSON", "TOWNSHIP", "MONTH")
        ),
        "more days": "backdating(by: MONTH, overDays: 30) { month late share }",
        "imports": f"imports {{ {everything('ImportConnection', 1)} nodes {{ {event} }} }}",
        "corrections": f"corrections {{ {everything('CorrectionConnection', 1)} "
        f"nodes {{ alterations {{ field before after }} {event} decision {{ {every_event()} }} }} }}",
        "remarks": f"remarks {{ {everything('RemarkConnection', 1)} "
        f"nodes {{ {event} answered {{ ... on RemarkAnswered {{ text }} }} "
        "settled { ... on RemarkSettled { text } } } }",
        "disclosures": f"disclosures {{ {everything('DisclosureConnection', 1)} "
        f"nodes {{ {event} instructors {{ id }} }} }} "
        "instructors { nodes { disclosures { totalCount nodes { position ordinal } } } }",
        "picked": " ".join(f"{name}({which}) {{ __typename }}" for name, which in PICKED.items()),
    }


def _query(selection: str) -> str:
    used = [
        "asOf",
        "known",
        "knownAt",
        *(it for it in ("since", "sinceKnown", "day") if f"${it}" in selection),
    ]
    variables = ", ".join(f"${name}: {VARIABLES[name]}" for name in dict.fromkeys(used))
    return (
        f"query ({variables}) {{ programme(asOf: $asOf, knownAtPosition: $known, knownAt: $knownAt) "
        f"{{ {selection} }} }}"
    )


QUESTIONS: Final = {name: _query(selection) for name, selection in _questions().items()}
"""Queries that ask for everything below the programme, by a name for each."""
