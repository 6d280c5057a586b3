"""Bars in small panels, many to a sheet: each from nought, with its label, its value and a note beside it.

Nothing is told by colour alone, so a sheet can be printed in black and white. Text stays text, in the fonts
of whoever looks at it; what a screen reader wants is in the titles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from xml.etree import ElementTree as ET

COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A7A7A")
"""Told apart by colour-blind people too (Okabe and Ito, 2008)."""
INK: Final = "#1A1A1A"
GREY: Final = "#5F6368"
FAINT: Final = "#C9CCD1"
FONTS: Final = (
    "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
)

COLUMNS: Final = 3
WIDTH: Final = 1000
MARGIN: Final = 44
GAP: Final = 40
PANEL: Final = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
LABEL, VALUE, NOTE = 42, 62, 60  # room left of a bar, and right of it
LONGEST: Final = PANEL - LABEL - VALUE - NOTE
ROW, BAR = 21, 14
HEAD, FOOT = 30, 26  # of a panel


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        label: what it is of.
        value: how long it is, not less than nought; none has no bar.
        text: the value as it is written.
        note: what is written beside it.
        colour: which of the colours; bars of the same thing have the same.
        hollow: whether it is drawn as an outline, because it is not like the others.
    """

    label: str
    value: Decimal | None
    text: str
    note: str = ""
    colour: int = 0
    hollow: bool = False


@dataclass(frozen=True)
class Panel:
    """Bars on one scale.

    Attributes:
        title: what they show.
        unit: in what.
        bars: from the top.
        full: the value whose bar takes all the room; the greatest of the bars, unless given.
        mark: a value that all of them should reach, drawn as a line.
    """

    title: str
    unit: str
    bars: Sequence[Bar]
    full: Decimal | None = None
    mark: Decimal | None = None

    @property
    def height(self) -> int:
        """How high it stands on the sheet."""
        return HEAD + ROW * len(self.bars) + FOOT


@dataclass(frozen=True)
class Section:
    """Panels that belong together, under a heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Sheet:
    """A whole picture: its title, lines about it, panels in sections, and lines at the foot."""

    title: str
    lines: Sequence[str]
    sections: Sequence[Section]
    foot: Sequence[str] = ()


def as_svg(sheet: Sheet) -> str:
    """Return a sheet as an SVG document."""
    svg = as_element(sheet)
    ET.indent(svg)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(svg, encoding="unicode")}\n'


def as_element(sheet: Sheet) -> ET.Element:
    """Return a sheet as an SVG element, as it can stand in a page."""
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "role": "img",
            "lang": "zh",
            "aria-labelledby": "title desc",
            "font-family": FONTS,
            "fill": INK,
        },
    )
    ET.SubElement(svg, "title", id="title").text = sheet.title
    ET.SubElement(svg, "desc", id="desc").text = " ".join([*sheet.lines, *sheet.foot])
    ground = ET.SubElement(svg, "rect", width="100%", height="100%", fill="#FFFFFF")
    y = 62.0
    _text(svg, MARGIN, y, sheet.title, size=25, weight="700")
    for line in sheet.lines:
        y += 22
        _text(svg, MARGIN, y, line, size=13.5, fill=GREY)
    y += 22
    for section in sheet.sections:
        y = _section(svg, section, y)
    y += 16
    for line in sheet.foot:
        _text(svg, MARGIN, y, line, size=12.5, fill=GREY)
        y += 20
    height = round(y + MARGIN - 20)
    svg.attrib |= {"width": str(WIDTH), "height": str(height), "viewBox": f"0 0 {WIDTH} {height}"}
    ground.attrib |= {"width": str(WIDTH), "height": str(height)}
    return svg


def as_html(sheet: Sheet) -> str:
    """Return a sheet as a page of its own."""
    html = ET.Element("html", lang="zh")
    head, body = ET.SubElement(html, "head"), ET.SubElement(html, "body", style="margin: 0")
    ET.SubElement(head, "meta", charset="utf-8")
    ET.SubElement(head, "title").text = sheet.title
    ET.SubElement(
        head, "style"
    ).text = "svg { display: block; margin: 0 auto; max-width: 100%; height: auto }"
    body.append(as_element(sheet))
    return f"<!doctype html>\n{ET.tostring(html, encoding='unicode', method='html')}\n"


def _section(svg: ET.Element, section: Section, y: float) -> float:
    """Draw a section below `y`, and return where it ends."""
    y += 26
    _text(svg, MARGIN, y, section.title, size=16, weight="700")
    rule = {"x1": str(MARGIN), "x2": str(WIDTH - MARGIN), "y1": _n(y + 9), "y2": _n(y + 9)}
    ET.SubElement(svg, "line", rule, stroke=FAINT)
    y += 14
    for first in range(0, len(section.panels), COLUMNS):
        across = section.panels[first : first + COLUMNS]
        for column, panel in enumerate(across):
            place = f"translate({_n(MARGIN + column * (PANEL + GAP))} {_n(y)})"
            _panel(ET.SubElement(svg, "g", role="group", transform=place), panel)
        y += max(panel.height for panel in across)
    return y


def _panel(group: ET.Element, panel: Panel) -> None:
    group.set("aria-label", f"{panel.title}({panel.unit})")
    _text(group, 0, HEAD - 9, panel.title, size=14, weight="600")
    _text(group, PANEL, HEAD - 9, panel.unit, size=12, fill=GREY, anchor="end")
    full = panel.full or max((bar.value or Decimal(0) for bar in panel.bars), default=Decimal(0))
    for place, bar in enumerate(panel.bars):
        _bar(group, bar, HEAD + ROW * place, full)
    axis = {"x1": str(LABEL), "x2": str(LABEL), "y1": str(HEAD), "y2": str(HEAD + ROW * len(panel.bars))}
    ET.SubElement(group, "line", axis, stroke=INK, opacity="0.6")
    if panel.mark and full:
        x = _n(LABEL + LONGEST * float(panel.mark / full))
        ET.SubElement(
            group, "line", axis | {"x1": x, "x2": x, "stroke-dasharray": "2 3"}, stroke=INK, opacity="0.8"
        )


def _bar(group: ET.Element, bar: Bar, top: float, full: Decimal) -> None:
    line = ET.SubElement(group, "g")
    ET.SubElement(line, "title").text = f"{bar.label}:{bar.text}{f'({bar.note})' if bar.note else ''}"
    foot = top + ROW / 2 + 4.5
    length = LONGEST * float(bar.value / full) if bar.value and full else 0.0
    if length:
        shape = {"x": str(LABEL), "y": _n(top + (ROW - BAR) / 2), "width": _n(length), "height": str(BAR)}
        colour = COLOURS[bar.colour % len(COLOURS)]
        drawn = {"fill": "none", "stroke-dasharray": "4 2"} if bar.hollow else {"fill": colour}
        ET.SubElement(line, "rect", shape | drawn, stroke=colour)
    _text(line, LABEL - 8, foot, bar.label, size=12.5, anchor="end", fill=GREY)
    _text(line, LABEL + length + 7, foot, bar.text, size=13, weight="600")
    if bar.note:
        _text(line, PANEL, foot, bar.note, size=12.5, anchor="end")


def _text(  # noqa: PLR0913 - how text can look
    parent: ET.Element,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    weight: str | None = None,
    fill: str | None = None,
    anchor: str | None = None,
) -> None:
    looks = {"font-size": _n(size), "font-weight": weight, "fill": fill, "text-anchor": anchor}
    given = {name: value for name, value in looks.items() if value is not None}
    ET.SubElement(parent, "text", {"x": _n(x), "y": _n(y)} | given).text = text


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
