"""Every refusal is raised by a test of the rule it stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from domain import refusals
from domain.refusals import ConflictingChange, NotAReplacement, NotPartyMember, Refused

EXPECTATIONS = {"then_refused", "raises"}


def refusals_expected(source: str) -> Iterator[str]:
    """Yield the names of the refusals that the tests in `source` expect, each by its own name.

    `then_refused` and `pytest.raises` fail unless just that refusal comes, so being named there, inside a
    test, is being raised.
    """
    for test in ast.walk(ast.parse(source)):
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
            for call in ast.walk(test):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
                    expected = call.args[0]
                    if call.func.attr in EXPECTATIONS and isinstance(expected, ast.Name):
                        yield expected.id


def test_every_refusal_is_raised_by_a_test() -> None:
    declared = {kind.__name__ for kind in Refused.__subclasses__() if kind.__module__ == refusals.__name__}
    tested = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in refusals_expected(path.read_text(encoding="utf-8"))
        if hasattr(refusals, name)
    }
    assert len(declared) >= 50
    assert declared == tested


def test_only_an_expectation_inside_a_test_counts() -> None:
    source = """
def helper(): answer.then_refused(InAHelper)
def test_it(reason):
    answer.then_refused(ByName, clause="一")
    answer.then_refused(reason)
    Mentioned()
    with pytest.raises(AtTheProgramme):
        pass
"""
    assert set(refusals_expected(source)) == {"ByName", "reason", "AtTheProgramme"}


def test_no_refusal_is_a_kind_of_another() -> None:
    assert not [kind for refusal in Refused.__subclasses__() for kind in refusal.__subclasses__()]


def test_codes_are_the_names_in_capitals_and_differ() -> None:
    assert NotPartyMember.code == "NOT_PARTY_MEMBER"
    assert NotAReplacement.code == "NOT_A_REPLACEMENT"
    codes = [kind.code for kind in Refused.__subclasses__()]
    assert len(set(codes)) == len(codes)


def test_a_refusal_is_shown_as_its_english_message() -> None:
    assert str(ConflictingChange()) == ConflictingChange.en
