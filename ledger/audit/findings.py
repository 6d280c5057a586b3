"""What an audit finds: a kind of difference, with its facts, told in Chinese and English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.audit.codes import Code
from ledger.audit.sentences import FIELDS, SENTENCES
from ledger.audit.spans import Span

SHOWN: Final = 100
"""Findings of a kind told one by one, at most."""


@dataclass(frozen=True)
class Finding:
    """Something that differs, or is worth knowing.

    Attributes:
        code: its kind.
        facts: what its sentences name, plain values; `first` and `last` are positions, both included.
    """

    code: Code
    facts: Mapping[str, Any]

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        return SENTENCES[self.code][0].format(**self._words)

    @property
    def en(self) -> str:
        """The sentence in English."""
        return SENTENCES[self.code][1].format(**self._words)

    @property
    def plain(self) -> dict[str, Any]:
        """As plain values, its sentences included."""
        return {"code": str(self.code), **self.facts, "zh": self.zh, "en": self.en}

    @property
    def _words(self) -> dict[str, Any]:
        words = dict(self.facts)
        if "last" in words:
            words["span"] = Span(words["first"], words["last"])
        if self.code is Code.READ_TABLE:
            known = words["rows"] is not None
            words["where_zh"] = f",共 {words['rows']} 行,自位置 {words['first']} 起" if known else ""
            words["where_en"] = f": {words['rows']} rows, from position {words['first']} on" if known else ""
        if self.code is Code.CONTRADICTED:
            words["where_zh"], words["where_en"] = _where(words)
        if "source" in words:
            at = words.get("size")
            words["source_zh"] = words["source"] or f"长度为 {at} 的检查点"
            words["source_en"] = words["source"] or f"Checkpoint of size {at}"
        if "field" in words and self.code is Code.CHANGED:
            words["field_zh"], words["field_en"] = FIELDS[words["field"]]
            known = words.get("was") is not None
            words["change_zh"] = f",原为 {words['was']},现为 {words['now']}" if known else ""
            words["change_en"] = f", from {words['was']} to {words['now']}" if known else ""
        return words


def _where(words: Mapping[str, Any]) -> tuple[str, str]:
    """Tell where a log differs from a checkpoint; nowhere, if another one of its size is just of this log."""
    if words["first"] > words["last"]:
        return (
            "同一长度的另一检查点与此处相符:两者有一份是假的。",
            "Another checkpoint of this size agrees with what is here: one of the two is false.",
        )
    return f"改动在位置 {words['span']} 之间。", f"The change lies in positions {words['span']}."


def finding(code: Code, /, **facts: Any) -> Finding:
    """Return a finding with these facts."""
    return Finding(code, facts)


class Findings:
    """Collects findings; of each kind, so many are kept, and the others only counted.

    Args:
        shown: those kept so far.
        more: how many there were besides, by their code.
    """

    def __init__(self, shown: Iterable[Finding] = (), more: Mapping[str, int] | None = None) -> None:
        self.shown = list(shown)
        self.more = Counter(more or {})
        self._counts = Counter(it.code for it in self.shown)

    def add(self, *found: Finding) -> None:
        """Add findings."""
        for it in found:
            if self._counts[it.code] < SHOWN:
                self._counts[it.code] += 1
                self.shown.append(it)
            else:
                self.more[str(it.code)] += 1

    def of(self, code: Code) -> list[Finding]:
        """Return those of a kind that are kept."""
        return [it for it in self.shown if it.code is code]

    def __iter__(self) -> Iterator[Finding]:
        yield from self.shown
        for code, count in self.more.items():
            yield finding(Code.MORE, of=code, count=count)
