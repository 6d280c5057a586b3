"""The page of corrections, `api/web/corrections.html`: it is told which facts can be corrected."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args, get_type_hints

from starlette.requests import Request
from starlette.responses import Response
from strawberry.utils.str_converters import to_camel_case

from api.guard.shield import Page
from api.reports.tables.corrections import FIELDS
from api.types.events import TYPE_NAMES
from domain.restating import COMMAND_OF, DAY
from domain.root import Event
from domain.terms import Term

_PLACE: Final = "/* the registry */"
_FORMS: Final[dict[Any, str]] = {date: "date", time: "time", bool: "truth", int: "number", Decimal: "number"}
"""How a value is entered; whatever is not here is a text."""
_PARTS: Final = {"part": "项目", "points": "得分"}
"""What the parts of a field are called that is a table itself."""
_QUERY: Final = """query Facts($filter: EventFilter!, $before: String) {
  events(filter: $filter, last: 50, before: $before) {
    totalCount pageInfo { hasPreviousPage startCursor }
    nodes { position aggregateId version type occurredOn recordedAt basis actor { id organisation } %s }
  }
}"""


async def corrections(_request: Request) -> Response:
    """Answer with the page to ask for corrections from, and to decide them."""
    return Page(page())


@cache
def page() -> str:
    """Return the page as HTML."""
    # In a script element only `</script` and `<!--` mean anything to the browser.
    registry = json.dumps(_registry(), ensure_ascii=False).replace("<", "\\u003c")
    before, after = files("api.web").joinpath("corrections.html").read_text(encoding="utf-8").split(_PLACE)
    return before + registry + after


def _registry() -> dict[str, Any]:
    """Return the facts that can be corrected, by their GraphQL types, and the query that lists them."""
    kinds = {TYPE_NAMES[kind.TOPIC]: _told(kind) for kind in COMMAND_OF}
    facts = (f"... on {name} {{ {' '.join(map(_asked, it['fields'][1:]))} }}" for name, it in kinds.items())
    return {"query": _QUERY % " ".join(facts), "kinds": kinds}


def _told(kind: type[Event]) -> dict[str, Any]:
    hints = get_type_hints(COMMAND_OF[kind])
    _whose, *rest = (field.name for field in fields(COMMAND_OF[kind]))
    zh, _, en = (kind.__doc__ or "").partition("。")
    return {
        "of": kind.TOPIC.partition(".")[0],
        "topic": kind.TOPIC,
        "zh": zh,
        "en": en.strip(),
        "fields": [_field(DAY, date), *(_field(name, hints[name]) for name in rest)],
    }


def _field(name: str, kind: Any) -> dict[str, Any]:
    """Return what the page knows of a field.

    `key` is its name in an answer: a word has that of its vocabulary, as fields of one name hold words of
    several, which GraphQL lets nobody ask for under one name.
    """
    told: dict[str, Any] = {"name": name, "zh": FIELDS[name], "en": name.replace("_", " ")}
    told["of"] = told["key"] = to_camel_case(name)
    part = next(iter(get_args(kind)), kind)
    if isinstance(part, type) and issubclass(part, Term):
        words = [{"name": it.name, "value": it.value, "zh": it.zh} for it in part]
        return told | {"key": part.__name__, "form": "word" if part is kind else "words", "words": words}
    if is_dataclass(part):
        return told | {
            "form": "table",
            "parts": [{"name": it.name, "zh": _PARTS[it.name]} for it in fields(part)],
        }
    return told | {"form": _FORMS.get(kind, "text")}


def _asked(field: dict[str, Any]) -> str:
    """Return a field as it is asked for in GraphQL."""
    alias = "" if field["key"] == field["of"] else f"{field['key']}: "
    parts = " ".join(to_camel_case(it["name"]) for it in field.get("parts", ()))
    return f"{alias}{field['of']}{f' {{ {parts} }}' if parts else ''}"
