"""The page of reports: `api/web/reports.html`, filled from the registry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

from strawberry.utils.str_converters import to_camel_case

from api.reports.definition import Parameter, Report

_PLACE: Final = "/* the registry */"


def page_of(reports: Sequence[Report]) -> str:
    """Return the page that offers some reports, as HTML."""
    # In a script element only `</script` and `<!--` mean anything to the browser.
    registry = json.dumps([_told(it) for it in reports], ensure_ascii=False).replace("<", "\\u003c")
    before, after = files("api.web").joinpath("reports.html").read_text(encoding="utf-8").split(_PLACE)
    return before + registry + after


def _told(report: Report) -> dict[str, Any]:
    return {
        "name": report.name,
        "zh": report.zh,
        "en": report.en,
        "clause": report.clause,
        "tables": [{"name": table.name, "title": table.title} for table in report.tables],
        "parameters": [_parameter(it) for it in report.parameters],
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": to_camel_case(parameter.name),
        "zh": parameter.zh,
        "en": parameter.en,
        "example": parameter.example,
        "choices": parameter.choices,
    }
