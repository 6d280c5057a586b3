"""Reports as whoever asks for them over HTTP reads them: rows of CSV files, by their headings."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any
from zipfile import ZipFile

from tests.api.server import Served

Row = dict[str, str]


@dataclass(frozen=True)
class Stand:
    """Where a question stands: a day, and a position of the ledger; now, if neither is said."""

    as_of: str | None = None
    position: int | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """The arguments of a question, as GraphQL and addresses have them."""
        asked = {"asOf": self.as_of, "knownAtPosition": None if self.position is None else str(self.position)}
        return {name: value for name, value in asked.items() if value is not None}


def tables_of(served: Served, report: str, stand: Stand, **given: str) -> dict[str, list[Row]]:
    """The tables of a report, the cover left out."""
    response = served.http.get(f"/reports/{report}.zip", params={**stand.asked, **given})
    assert response.status_code == 200, response.text
    with ZipFile(io.BytesIO(response.content)) as archive:
        texts = {
            name.removesuffix(".csv"): archive.read(name).decode("utf-8-sig") for name in archive.namelist()
        }
    return {
        name: list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        for name, text in texts.items()
        if name != "封面"
    }
