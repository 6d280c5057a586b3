"""Who and where: people and villages by the names that papers use."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from psycopg.rows import args_row

from api import data
from api.access.principal import Principal
from api.access.refusals import OutOfReach
from api.access.scope import scope_of
from api.data import Place
from api.papers.columns import RowRefused
from api.papers.gazetteer import CODE, Gazetteer, folded
from ledger.database import connect

# All that was ever recorded, whatever the day.
_EVER: Final = {"as_of": "9999-12-31", "known": 9223372036854775806}
_PEOPLE: Final = "select id, staff_number, name from read.instructor_at(%(as_of)s, %(known)s)"
_POSTINGS: Final = "select instructor_id, since, last_day from read.posting_at(%(as_of)s, %(known)s)"
_VILLAGES: Final = "select id, code, name, township_code, township from read.village_at(%(as_of)s, %(known)s)"

NUMBER: Final = "干部编号"
NAME: Final = "姓名"
USER: Final = "UserId"


@dataclass(frozen=True)
class Person:
    """Somebody on record."""

    id: UUID
    staff_number: str
    name: str


@dataclass(frozen=True)
class Served:
    """A span of service, both days included."""

    instructor_id: UUID
    since: date
    last_day: date


@dataclass(frozen=True)
class Known:
    """A village on record."""

    id: UUID
    place: Place


class OnRecord:
    """The people and villages of a county, as they stand when it is made.

    Args:
        county: its code.
        conninfo: of its database; the read side should be up to date.
        users: staff numbers by DingTalk's userid.
        principal: who asks: there is nobody but the people whom they see; the county, if that is not said.

    Attributes:
        found: the people who were asked for, by what told of them and what stood there.
    """

    def __init__(
        self,
        county: str,
        conninfo: str,
        users: Mapping[str, str] = MappingProxyType({}),
        principal: Principal | None = None,
    ) -> None:
        self.county = county
        self.found: dict[tuple[str, str, UUID], Person] = {}
        scope = None if principal is None else scope_of(principal)
        with connect(conninfo) as conn, conn.transaction():
            villages = conn.cursor(row_factory=args_row(_known)).execute(_VILLAGES, _EVER).fetchall()
            if scope is not None:
                conn.execute(scope.see, {"whose": scope.whose, "organisation": scope.organisation, **_EVER})
                conn.execute(scope.become)
            people = conn.cursor(row_factory=args_row(Person)).execute(_PEOPLE, _EVER).fetchall()
            served = conn.cursor(row_factory=args_row(Served)).execute(_POSTINGS, _EVER).fetchall()
        self._in_part = scope is not None
        self._by_number = {it.staff_number: it for it in people}
        self._users = {
            user: number
            for user, number in users.items()
            if number in self._by_number or not self._in_part  # whose number it is tells of somebody, too
        }
        self._by_name: dict[str, list[Person]] = defaultdict(list)
        for person in people:
            self._by_name[folded(person.name)].append(person)
        self._service: dict[UUID, list[Served]] = defaultdict(list)
        for span in served:
            self._service[span.instructor_id].append(span)
        self._ids = {village.place.code: village.id for village in villages}
        self._known = Gazetteer(village.place for village in villages)
        if county == data.COUNTY:
            self._official = Gazetteer([*data.official_villages(), *data.key_villages_2020()])
            spellings = [place for place in self._official.places() if place.code in self._ids]
            self._known = Gazetteer([*self._known.places(), *spellings])
        else:
            self._official = self._known

    def person(self, number: str | None, name: str | None, day: date, user: str | None = None) -> UUID:
        """Return the person with a staff number, or else the one of a name who serves on the day.

        Before the name comes DingTalk's id of the person, `user`, if the file of users has it.

        Raises:
            RowRefused: nobody, or several; or the person of the number has another name.
        """
        if number:
            person, by, value = self._numbered(number, name), NUMBER, number
        elif user and user in self._users:
            person, by, value = self._listed(user, name), USER, user
        elif name:
            person, by, value = self._called(name, day), NAME, name
        elif user:
            raise RowRefused(
                "此人不在人员对照表(ZHUCUN_DINGTALK_USERS)中,请补上,或填写干部编号。",
                "They are not in the file of users (ZHUCUN_DINGTALK_USERS): add them there, or give the "
                "staff number.",
                column=USER,
                value=user,
            )
        else:
            raise RowRefused("请填写干部编号或姓名。", "Give the staff number, or the name.", column=NUMBER)
        self.found[by, value, person.id] = person
        return person.id

    def _called(self, name: str, day: date) -> Person:
        """Return the one of a name who serves on a day.

        Raises:
            RowRefused: nobody does, or several.
        """
        namesakes = self._by_name.get(folded(name), [])
        serving = [it for it in namesakes if self._serves(it.id, day)]
        if len(serving) == 1:
            return serving[0]
        if serving:
            numbers = "、".join(it.staff_number for it in serving)
            raise RowRefused(
                f"{day}在岗的“{name}”有{len(serving)}人({numbers}),请填写干部编号。",
                f"{len(serving)} people of that name serve on {day} ({numbers}); give the staff number.",
                column=NAME,
                value=name,
            )
        raise RowRefused(
            f"{day}没有名为“{name}”的党建指导员在岗,请核对姓名与日期,或填写干部编号。",
            f"Nobody of that name serves on {day}; check the name and the date, or give the staff number.",
            column=NAME,
            value=name,
        )

    def village(self, code: str | None, township: str | None, name: str | None) -> UUID:
        """Return a village on record by its code, or else by its name, in a township if one is given.

        Raises:
            RowRefused: none, or several; or that of the code has another name.
        """
        return self._ids[self._known.find(code, township, name).code]

    def official(self, code: str | None, township: str | None, name: str | None) -> Place:
        """Return a village of the county's official list, by code or by township and name.

        Of a county whose list is not at hand, code, township and name have to be given.

        Raises:
            RowRefused: the list has none or several.
        """
        if self.county != data.COUNTY:
            if code and township and name and re.fullmatch(r"\d{12}", code):
                return Place(code, name, code[:9], township)
            raise RowRefused(
                "本县没有内置的村名录,请填写12位代码、乡镇和村名。",
                "The official list of this county is not at hand: give the 12-digit code, township and name.",
                column=CODE,
                value=code or "",
            )
        return self._official.find(code, township, name)

    def _listed(self, user: str, name: str | None) -> Person:
        """Return the person whom the file of users has for DingTalk's id.

        Raises:
            RowRefused: nobody has that number, or the person has another name.
        """
        number = self._users[user]
        person = self._by_number.get(number)
        if person is None or (name and folded(name) != folded(person.name)):
            zh = f"在册姓名为“{person.name}”,与“{name}”不符" if person else "没有此编号的干部"
            en = f"is called {person.name}, not {name}" if person else "is nobody on record"
            raise RowRefused(
                f"人员对照表中UserId“{user}”对应编号“{number}”,{zh},请核对人员对照表。",
                f"In the file of users {user} is {number}, who {en}; check that file.",
                column=USER,
                value=user,
            )
        return person

    def _numbered(self, number: str, name: str | None) -> Person:
        person = self._by_number.get(number)
        if person is None and self._in_part:
            raise RowRefused(
                f"编号为“{number}”的干部不在职权范围内,或没有此人。请核对编号,或由有权的机关办理。",
                f"{number} is not within your office's reach, or nobody. Check the staff number, or have it "
                "entered by the office whose it is.",
                column=NUMBER,
                value=number,
                code=OutOfReach.code,
            )
        if person is None:
            raise RowRefused(
                f"没有编号为“{number}”的干部,请核对;新人选请先推荐。",
                f"Nobody on record has the staff number {number}; check it. A new person is nominated first.",
                column=NUMBER,
                value=number,
            )
        if name and name != person.name and folded(name) != folded(person.name):
            raise RowRefused(
                f"编号{number}在册姓名为“{person.name}”,与“{name}”不符,请核对编号与姓名。",
                f"The person {number} is called {person.name}, not {name}; check number and name.",
                column=NAME,
                value=name,
            )
        return person

    def _serves(self, person: UUID, day: date) -> bool:
        return any(span.since <= day <= span.last_day for span in self._service[person])


def _known(id: UUID, *place: str) -> Known:  # noqa: A002 - the column's name
    return Known(id, Place(*place))
