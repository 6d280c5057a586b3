"""The page of remarks, `api/web/remarks.html`: it is told what each kind of event is called."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.guard.shield import Page
from api.types.events import TYPE_NAMES
from domain.events import EVENT_TYPES

_PLACE: Final = "/* the registry */"


async def remarks(_request: Request) -> Response:
    """Answer with the page to make remarks from, to answer them and to settle them."""
    return Page(page())


@cache
def page() -> str:
    """Return the page as HTML."""
    # In a script element only `</script` and `<!--` mean anything to the browser.
    registry = json.dumps(_registry(), ensure_ascii=False).replace("<", "\\u003c")
    before, after = files("api.web").joinpath("remarks.html").read_text(encoding="utf-8").split(_PLACE)
    return before + registry + after


def _registry() -> dict[str, dict[str, str]]:
    """Return what each kind of event is called, and what it says, by its GraphQL type."""
    told = {}
    for topic, kind in EVENT_TYPES.items():
        zh, _, en = (kind.__doc__ or "").partition("。")
        told[TYPE_NAMES[topic]] = {"zh": zh, "en": " ".join(en.split())}
    return told
