"""Who plays: offices, invented people with their forms, and the households of a village."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from random import Random
from uuid import UUID

from api.data import COUNTY, Place
from domain.commands import Form, Household
from domain.entry import Actor
from domain.ids import instructor_id, village_id
from domain.terms import Education, Employment, Gender, HouseholdCategory, Role, Route

DEPARTMENT = Actor(f"{COUNTY}-zzb", Role.ORGANISATION_DEPARTMENT, "湘阴县委组织部")
REVIEWER = Actor(f"{COUNTY}-zzb-2", Role.ORGANISATION_DEPARTMENT, "湘阴县委组织部")
FINANCE = Actor(f"{COUNTY}-czj", Role.FINANCE_BUREAU, "湘阴县财政局")
DINGTALK = Actor("dingtalk", Role.SYSTEM, "钉钉打卡接口")


def township_office(place: Place) -> Actor:
    """Return the party committee of a village's township."""
    committee = "党工委" if place.township.endswith("街道") else "党委"
    return Actor(place.township_code, Role.TOWNSHIP, place.township + committee)


class Flaw(Enum):
    """A rule of 二(三) that a nominee does not meet."""

    NOT_A_PARTY_MEMBER = auto()
    INSTITUTION_STAFF = auto()
    LITTLE_SCHOOLING = auto()
    OVER_AGE = auto()
    SHORT_AS_CLERK = auto()


@dataclass(frozen=True)
class Person:
    """Somebody who is nominated: invented, as the staff number says."""

    staff_number: str
    sending_unit: str
    route: Route
    form: Form
    flaw: Flaw | None

    @property
    def id(self) -> UUID:
        """The person's id in the county."""
        return instructor_id(COUNTY, self.staff_number)

    @property
    def actor(self) -> Actor:
        """The person entering facts about their own work."""
        return Actor(self.staff_number, Role.INSTRUCTOR, self.sending_unit)

    @property
    def unit(self) -> Actor:
        """The person's sending unit, entering facts."""
        return Actor(f"SIM-{UNITS.index(self.sending_unit) + 1:02}", Role.SENDING_UNIT, self.sending_unit)


class Roster:
    """Gives out staff numbers, a row of them for each batch, and makes up whoever gets one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._last: dict[int, int] = {}

    def somebody(self, batch_year: int, place: Place, day: date, flaw: Flaw | None = None) -> Person:
        """Make up a nominee of a batch for a village, as they stand on a day."""
        number = self._last[batch_year] = self._last.get(batch_year, 0) + 1
        staff_number = f"SIM-{batch_year}-{number:04}"
        rng = Random(f"{self._seed}/{staff_number}")  # noqa: S311 - a story, not a secret
        return Person(
            staff_number=staff_number,
            sending_unit=rng.choice(UNITS),
            route=rng.choices(tuple(Route), weights=(2, 3, 5))[0],
            form=_form(rng, day, place, flaw),
            flaw=flaw,
        )


@dataclass
class Home:
    """A household of a village over the years; `code` is all that is known of it."""

    code: str
    category: HouseholdCategory
    since: date
    removed_on: date | None = None

    @property
    def entry(self) -> Household:
        """How it enters the register."""
        return Household(code=self.code, category=self.category)

    def stands_on(self, day: date) -> bool:
        """Tell whether it is in the register on a day."""
        return self.since <= day and (self.removed_on is None or day <= self.removed_on)


@dataclass
class Hamlet:
    """A key village with its households."""

    place: Place
    homes: list[Home]

    @property
    def id(self) -> UUID:
        """The village's id in the county."""
        return village_id(COUNTY, self.place.code)

    @property
    def office(self) -> Actor:
        """The party committee of its township."""
        return township_office(self.place)


def settle(rng: Random, place: Place, since: date) -> Hamlet:
    """Fill a village with households, in groups (村民小组)."""
    groups = rng.randint(4, 7)
    homes = [
        Home(f"{group:02}组{number:03}", rng.choices(CATEGORIES, weights=CATEGORY_WEIGHTS)[0], since)
        for group in range(1, groups + 1)
        for number in range(1, rng.randint(32, 52))
    ]
    return Hamlet(place, homes)


def _form(rng: Random, day: date, place: Place, flaw: Flaw | None) -> Form:
    gender = rng.choice(tuple(Gender))
    born = _years_before(rng, day, (36, 38) if flaw is Flaw.OVER_AGE else (25, 33))
    started = born + timedelta(days=rng.randint(8100, 8500))
    clerk_for = (0, 0) if flaw is Flaw.SHORT_AS_CLERK else (1, max(1, min(6, (day - started).days // 365)))
    education = rng.choices((Education.COLLEGE, Education.BACHELOR, Education.MASTER), weights=(2, 6, 2))[0]
    return Form(
        name=rng.choice(SURNAMES) + rng.choice(GIVEN_NAMES[gender]),
        gender=gender,
        born=born,
        ethnicity=rng.choices(("汉族", "土家族", "苗族"), weights=(18, 1, 1))[0],
        native_place="湖南湘阴",
        birthplace="湖南湘阴",
        party_joined=None
        if flaw is Flaw.NOT_A_PARTY_MEMBER
        else born + timedelta(days=rng.randint(7200, 8000)),
        work_started=started,
        health="健康",
        specialities=rng.choice(SPECIALITIES),
        education=Education.SECONDARY_OR_LOWER if flaw is Flaw.LITTLE_SCHOOLING else education,
        school="(模拟)",
        employment=(
            Employment.INSTITUTION_STAFF
            if flaw is Flaw.INSTITUTION_STAFF
            else rng.choices((Employment.CIVIL_SERVANT, Employment.SELECTED_GRADUATE), weights=(3, 1))[0]
        ),
        position=rng.choice(POSITIONS),
        clerk_since=_years_before(rng, day, clerk_for),
        preferred_village=place.name,
        career="(模拟人物)",
    )


def _years_before(rng: Random, day: date, years: tuple[int, int]) -> date:
    """Return a day that many whole years before `day`, and some months."""
    return day - timedelta(days=round(365.25 * rng.randint(*years)) + rng.randint(30, 330))


UNITS = tuple(
    f"{name}(模拟)"
    for name in (
        "县农业农村局", "县水利局", "县教育局", "县财政局", "县自然资源局", "县民政局", "县司法局",
        "县林业局", "县交通运输局",
        "县卫生健康局", "县审计局", "县统计局", "县应急管理局", "县发展和改革局", "县信访局",
        "县住房和城乡建设局", "县市场监督管理局", "县文化旅游广电体育局", "县退役军人事务局", "县乡村振兴局",
        "县医疗保障局", "县委宣传部", "县委统战部", "县委政法委", "县总工会", "团县委", "县妇联", "县供销社",
        "县税务局", "县人民法院",
    )
)  # fmt: skip
SURNAMES = tuple("王李张刘陈杨黄周吴徐孙胡朱高林何郭罗梁宋郑谢唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋易甘")
GIVEN_NAMES = {
    Gender.FEMALE: (
        "雨晴", "思颖", "佳怡", "梦婷", "静雯", "晓燕", "丽娟", "文慧", "诗琪", "雅琴", "春兰", "秋月",
        "欣然", "若溪", "子涵", "玉洁", "芷若", "岚", "薇", "敏", "洁", "霞", "瑶", "蓉", "倩", "璐",
    ),
    Gender.MALE: (
        "志强", "建国", "文博", "子轩", "浩然", "俊杰", "明辉", "鹏程", "海涛", "立新", "永刚", "宏伟",
        "思远", "致远", "天宇", "嘉诚", "泽民", "勇", "磊", "超", "峰", "斌", "凯", "毅", "波", "帆",
    ),
}  # fmt: skip
SPECIALITIES = ("公文写作", "农业技术", "财务管理", "法律服务", "信息技术", "群众工作", "项目管理", "")
POSITIONS = ("一级科员", "二级科员", "四级主任科员", "办公室科员", "股室副股长", "股室负责人")
CATEGORIES = tuple(HouseholdCategory)
CATEGORY_WEIGHTS = (72, 11, 3, 4, 6, 4)
