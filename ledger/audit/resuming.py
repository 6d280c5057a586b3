"""Where an audit stands, kept in a file, so that one that was interrupted can be taken up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.audit.codes import Code
from ledger.audit.compare import Comparison
from ledger.audit.findings import Finding, Findings
from ledger.audit.growth import Growth
from ledger.audit.streams import Streams
from ledger.errors import CannotResume

_FORMAT = "zhucun-audit-v1"


@dataclass
class State:
    """All that an audit knows so far.

    Attributes:
        origin: of the log.
        growth: the tree over the whole blocks behind us; its size is where the audit stands.
        streams: the events counted.
        comparison: events that are not as the log has them.
        moment: the last recording time, as hashed.
        agreed: the greatest size whose signed root is the one found.
        checkpoints: how many were looked at.
        findings: of what was signed, and of the tree.
        within: of versions, clocks and streams, which mean nothing where events differ.
        compared: digests of the checkpoints of others that are behind us.
    """

    origin: str
    growth: Growth = field(default_factory=Growth)
    streams: Streams = field(default_factory=Streams)
    comparison: Comparison = field(default_factory=Comparison)
    moment: bytes = b""
    agreed: int = 0
    checkpoints: int = 0
    findings: Findings = field(default_factory=Findings)
    within: Findings = field(default_factory=Findings)
    compared: set[str] = field(default_factory=set)

    def save(self, file: Path) -> None:
        """Write it down, whole or not at all."""
        plain = {
            "format": _FORMAT,
            "origin": self.origin,
            "size": self.growth.size,
            "peaks": [peak.hex() for peak in self.growth.peaks],
            "streams": {aggregate.hex(): count for aggregate, count in self.streams.counts.items()},
            "comparison": self.comparison.plain(),
            "moment": self.moment.hex(),
            "agreed": self.agreed,
            "checkpoints": self.checkpoints,
            "findings": _plain(self.findings),
            "within": _plain(self.within),
            "compared": sorted(self.compared),
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        fresh.replace(file)

    @classmethod
    def load(cls, file: Path, origin: str) -> State:
        """Return it as it was written down; a new one if nothing was.

        Raises:
            CannotResume: what was written down is of another log, or cannot be read.
        """
        try:
            plain = json.loads(file.read_text(encoding="utf-8"))
            if (plain["format"], plain["origin"]) != (_FORMAT, origin):
                raise CannotResume(file=file)
            return cls(
                origin,
                Growth(plain["size"], [bytes.fromhex(peak) for peak in plain["peaks"]]),
                Streams({bytes.fromhex(aggregate): count for aggregate, count in plain["streams"].items()}),
                Comparison.from_plain(plain["comparison"]),
                bytes.fromhex(plain["moment"]),
                plain["agreed"],
                plain["checkpoints"],
                _findings(plain["findings"]),
                _findings(plain["within"]),
                set(plain["compared"]),
            )
        except FileNotFoundError:
            return cls(origin)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotResume(file=file) from error


def _plain(findings: Findings) -> dict[str, Any]:
    shown = [{"code": it.code, "facts": it.facts} for it in findings.shown]
    return {"shown": shown, "more": findings.more}


def _findings(plain: Mapping[str, Any]) -> Findings:
    return Findings((Finding(Code(it["code"]), it["facts"]) for it in plain["shown"]), plain["more"])
