"""HTML made of elements, so that whatever comes from data is text and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from string import Template
from typing import Final
from xml.etree.ElementTree import Element, tostring

Content = Element | str | None
"""What an element can hold: elements and text; None is nothing."""

NOTHING: Final = "无。"
"""What stands in place of an empty table."""


def tag(name: str, *content: Content, **attributes: str) -> Element:
    """Return an element. An attribute that is a word of Python's has an underscore behind it."""
    element = Element(name, {key.rstrip("_"): value for key, value in attributes.items()})
    last: Element | None = None
    for it in content:
        if isinstance(it, Element):
            element.append(it)
            last = it
        elif last is None:
            element.text = (element.text or "") + (it or "")
        else:
            last.tail = (last.tail or "") + (it or "")
    return element


def table(head: Sequence[str], rows: Iterable[Sequence[Content]], **attributes: str) -> Element:
    """Return a table, which can be scrolled where it is too wide; a sentence if it has no rows."""
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    if not body:
        return tag("p", NOTHING, class_="nothing")
    titles = tag("thead", tag("tr", *(tag("th", title, scope="col") for title in head)))
    return tag("div", tag("table", titles, tag("tbody", *body), **attributes), class_="wide")


def fill(template: str, values: dict[str, Element | str]) -> str:
    """Return a template with its `$names` filled: elements as they are, text escaped.

    Raises:
        KeyError: a name has no value.
    """
    shown = {
        name: escape(value) if isinstance(value, str) else tostring(value, encoding="unicode", method="html")
        for name, value in values.items()
    }
    return Template(template).substitute(shown)
