"""What a plan is shown as before it is recorded, kept in files, so that the plan itself can be let go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from struct import Struct
from typing import Any, Final

import orjson

from api.papers.deciding import Told
from api.papers.plans import Line, Plan, columns_read
from api.papers.refused import write_refused
from ledger.custody import private, write

WORKBOOK: Final = "refused.xlsx"
_OFFSET: Final = Struct(">Q")


@dataclass(frozen=True)
class Preview:
    """What was found out about the files of a job, in its folder."""

    folder: Path

    def keep(self, plan: Plan, told: Told) -> None:
        """Keep how columns were read and people found, the remarks, and why rows are refused.

        Args:
            plan: what is to be shown.
            told: is told how many refused rows of how many are written.
        """
        shown = {
            "columns": list(_columns(plan)),
            "people": [
                {"by": it.by, "value": it.value, "staff_number": it.staff_number, "name": it.name}
                for it in plan.people
            ],
            "remarks": [{"zh": it.zh, "en": it.en} for it in plan.remarks],
        }
        refused, draft = plan.refused, self.folder / "draft"
        rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with (
            open(draft / "refusals.jsonl", "wb", opener=private) as texts,
            open(draft / "refusals.index", "wb", opener=private) as offsets,
        ):
            for line in refused:
                for reason in _reasons(line):
                    offsets.write(_OFFSET.pack(texts.tell()))
                    texts.write(orjson.dumps(reason, option=orjson.OPT_APPEND_NEWLINE))
        if refused:
            write_refused(plan, draft / WORKBOOK, told)
            (draft / WORKBOOK).chmod(0o600)
        else:
            (self.folder / WORKBOOK).unlink(missing_ok=True)
        write(draft / "preview.json", orjson.dumps(shown))
        for file in sorted(draft.iterdir()):  # what was shown before can be read until then
            file.replace(self.folder / file.name)
        draft.rmdir()

    def drop(self) -> None:
        """Remove what was found out, all of it."""
        rmtree(self.folder / "draft", ignore_errors=True)
        for name in ("preview.json", "refusals.jsonl", "refusals.index", WORKBOOK):
            (self.folder / name).unlink(missing_ok=True)

    def shown(self) -> dict[str, Any]:
        """Return `columns`, `people` and `remarks`; none of them before there is a plan."""
        try:
            shown: dict[str, Any] = orjson.loads((self.folder / "preview.json").read_bytes())
        except FileNotFoundError:
            return {"columns": [], "people": [], "remarks": []}
        return shown

    @property
    def workbook(self) -> Path | None:
        """The workbook of the refused rows, if some are."""
        file = self.folder / WORKBOOK
        return file if file.exists() else None

    def refusals(self, start: int, stop: int) -> tuple[list[dict[str, Any]], int]:
        """Return the reasons from one place up to another, places from 0, and how many there are in all."""
        try:
            with (self.folder / "refusals.index").open("rb") as offsets:
                total = offsets.seek(0, 2) // _OFFSET.size
                start, stop = max(start, 0), min(stop, total)
                if start >= stop:
                    return [], total
                offsets.seek(start * _OFFSET.size)
                (offset,) = _OFFSET.unpack(offsets.read(_OFFSET.size))
            with (self.folder / "refusals.jsonl").open("rb") as texts:
                texts.seek(offset)
                return [orjson.loads(texts.readline()) for _ in range(start, stop)], total
        except FileNotFoundError:
            return [], 0


def _columns(plan: Plan) -> Iterator[dict[str, Any]]:
    for page in plan.pages:
        for column in columns_read(plan.kind, page.layout):
            yield {
                "file": page.source.name,
                "sheet": page.layout.sheet.name,
                "heading": column.heading,
                "column": column.column or None,
                "sample": column.sample,
            }


def _reasons(line: Line) -> Iterator[dict[str, Any]]:
    for reason in line.reasons:
        yield {
            "file": line.page.source.name,
            "sheet": line.page.layout.sheet.name,
            "row": line.row,
            "column": reason.column,
            "value": reason.value,
            "code": reason.code,
            "clause": reason.clause,
            "message_zh": reason.zh,
            "message_en": reason.en,
        }
