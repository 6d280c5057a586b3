"""Events in words, as the command line and the pages of a life tell them."""

from __future__ import annotations

from typing import cast

from api.wording import details_of, title_of
from domain.instructor import Instructor, InstructorEvent
from tests.facts import forgotten, nominated
from tests.scenario import Fact


def told(fact: Fact) -> list[str]:
    """What is told of an event."""
    return list(details_of(cast("InstructorEvent", fact.as_version(1))))


def test_a_nomination_tells_what_matters_of_the_form() -> None:
    assert told(nominated())[-1] == "陈思远(女,1990年生,本科,公务员)"


def test_a_nomination_whose_form_cannot_be_read_says_so_and_tells_all_else() -> None:
    assert told(nominated().but(form=None)) == ["报名表已删除", *told(nominated())[:-1]]


def test_a_forgetting_tells_why() -> None:
    assert (title_of(Instructor.Forgotten), told(forgotten())) == ("删除个人信息", ["本人申请"])
