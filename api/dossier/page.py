"""The page of a dossier that people read first: the person's record in Chinese, and how to check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final
from uuid import UUID
from xml.etree.ElementTree import Element

from api.charts.bars import as_element
from api.dossier import tables
from api.dossier.attendance import sheet_of
from api.dossier.forms import Forms, forgotten_note, form_table
from api.dossier.history import history_of
from api.dossier.lists import listed
from api.dossier.markup import NOTHING, fill, table, tag
from api.life import Moment
from api.types.terms import Stage
from domain import terms
from projections.schema import LATE_ENTRY_DAYS, RuleRow

_MEMBERS: Final = {
    "index.html": "本页。",
    "manifest.txt": "清单:写明本档案说的是谁、截至何时,列出其余各文件的散列,由账本签名。",
    "checkpoint.txt": "检查点:截至该位置的整个账本的“指纹”,由账本签名。",
    "keys.json": "账本历来的公钥,及其更替的凭据。",
    "rules.json": "规则:通知中的数字及其适用日期。",
    "streams.json": "各人各村事件的条数及证明:一个不少。",
    "events.jsonl": "事件原文,逐条附证明。",
    "openings.json": "报名表中可示读者的各项,及其与事件中承诺相符的凭据。",
    "claims.json": "本系统所称的状态与数字:提问与回答原文。",
    "verify_dossier.py": "核验程序。",
}
"""What the files of a dossier are, by name, in their order."""


@dataclass(frozen=True)
class Reading:
    """What the page is made from.

    Attributes:
        programme: the answer to the claims' query.
        moments: the person's events, as they had happened and are known.
        villages: names by id, of all villages whose events are in the dossier.
        counts: number of events in the dossier by aggregate.
        forms: the person's, as the reader may see them.
        rules: the rule book.
        simulated: whether the ledger is.
        checkpoint: the signed note.
        vkey: of the log's last key.
        file: the dossier's own name.
    """

    programme: Mapping[str, Any]
    moments: Sequence[Moment]
    villages: Mapping[UUID, str]
    counts: Mapping[UUID, int]
    forms: Forms
    rules: Sequence[RuleRow]
    simulated: bool
    checkpoint: str
    vkey: str
    file: str

    @property
    def person(self) -> Mapping[str, Any]:
        """What is claimed of the person."""
        found: Mapping[str, Any] = self.programme["instructor"]
        return found


def page_of(reading: Reading) -> str:
    """Return the page."""
    person, villages = reading.person, {str(it): name for it, name in reading.villages.items()}
    template = files("api.dossier").joinpath("page.html").read_text(encoding="utf-8")
    return fill(
        template,
        {
            "name": person["name"],
            "particulars": "·".join(filter(None, _particulars(person))),
            "standing": " ".join(_standing(person)),
            "simulated": _simulated(reading),
            "forgotten": forgotten_note(reading.forms, int(reading.programme["position"])),
            "as_of": reading.programme["asOf"],
            "known_at": tables.moment(reading.programme["knownAt"]),
            "position": reading.programme["position"],
            "figures": tag("dl", *_figures(person), class_="figures"),
            "findings": tables.findings(person, villages),
            "attendance": _attendance(person, villages),
            "nominations": tables.nominations(person),
            "form": form_table(reading.forms),
            "postings": tables.postings(person),
            "coverage": tables.coverage(person, villages),
            **{name: listed(person, name) for name in ("projects", "leaves", "inspections")},
            **{name: listed(person, name) for name in ("appraisals", "subsidies", "cases")},
            "commendations": tables.rewards(person),
            "late_days": str(LATE_ENTRY_DAYS),
            "history": history_of(reading.moments, dict(reading.villages)),
            "contents": _contents(reading),
            "rules": tables.rules(reading.rules),
            "vkey": reading.vkey,
            "checkpoint": reading.checkpoint,
            "file": reading.file,
        },
    )


def _particulars(person: Mapping[str, Any]) -> Iterator[str]:
    yield tables.word(terms.Gender, person["gender"])
    yield person["sendingUnit"]
    yield f"干部编号 {person['staffNumber']}"
    yield f"{person['batchYear']}年批次"


def _standing(person: Mapping[str, Any]) -> Iterator[str]:
    yield tables.word(Stage, person["stage"])
    if person["village"]:
        yield f"{person['village']['name']}({person['village']['townshipName']})"
    if person["since"]:
        yield f"{person['since']} 至 {person['until']}"
    if person["newPosition"]:
        yield f"{person['promotedOn']}提拔任{person['newPosition']}"


def _simulated(reading: Reading) -> Element:
    if not reading.simulated:
        return tag("span")
    warning = tag("b", "模拟数据,并非实情。")
    return tag("p", warning, "本账本的人、事、时间均为演示而编造。", class_="note")


def _figures(person: Mapping[str, Any]) -> Iterator[Element]:
    for name, value in (
        ("到村天数", person["daysPresent"]),
        ("走访农户", person["householdsVisited"]),
        ("办结实事", person["projectsCompleted"]),
        ("最近年度考核", tables.word(terms.Grade, person["latestGrade"]) or "—"),
        ("发现问题", person["findings"]["totalCount"]),
        ("迟录", person["lateEntries"]),
        ("事件", person["eventCount"]),
    ):
        yield tag("div", tag("dt", name), tag("dd", str(value)))


def _attendance(person: Mapping[str, Any], villages: Mapping[str, str]) -> Element:
    if not person["attendance"]:
        return tag("p", NOTHING, class_="nothing")
    picture = as_element(sheet_of(person["attendance"], villages))
    numbers = tag("details", tag("summary", "逐月数字"), tables.attendance(person, villages))
    return tag("div", tag("figure", picture), numbers)


def _contents(reading: Reading) -> Element:
    person = UUID(reading.person["id"])
    kept = [f"本人{reading.counts[person]}条"]
    kept += [f"{name}{reading.counts[village]}条" for village, name in reading.villages.items()]
    more = {"events.jsonl": f"{'、'.join(kept)}。"}
    return table(
        ("文件", "内容"), ((tag("code", name), text + more.get(name, "")) for name, text in _MEMBERS.items())
    )
