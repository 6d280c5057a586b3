"""The rule book: every number of the notice as data, with its clause and its date of effect.

The source is 湘阴办发〔2020〕23号. A rule that changes later gets a further version here; the old one goes
on judging the days on which it was in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from domain.terms import Education, Employment

Value = TypeVar("Value")

NOTICE_DATE = date(2020, 3, 17)
"""The day the notice was given; nothing of the programme happened before."""


@dataclass(frozen=True)
class Version(Generic[Value]):
    """What a rule says from a day on."""

    effective: date
    value: Value


@dataclass(frozen=True)
class Rule(Generic[Value]):
    """One rule: its clause, its words, and its values over time."""

    code: str
    clause: str
    zh: str
    en: str
    versions: tuple[Version[Value], ...]

    def on(self, day: date) -> Value:
        """Return the value in force on `day`; the first one for days before any.

        Days before the notice are refused elsewhere, so the oldest version stands in for them.
        """
        in_force = [version for version in self.versions if version.effective <= day]
        return max(in_force or self.versions[:1], key=lambda version: version.effective).value


def _rule(code: str, clause: str, value: Value, zh: str, en: str) -> Rule[Value]:
    return Rule(code, clause, zh, en, (Version(NOTICE_DATE, value),))


TERM_YEARS = _rule("TERM_YEARS", "二(二)", 3, "派驻时间为三年", "the posting lasts three years")
MAX_AGE = _rule("MAX_AGE", "二(三)", 35, "年龄在35周岁以下(含)", "35 years of age or younger")
MIN_EDUCATION = _rule("MIN_EDUCATION", "二(三)", Education.COLLEGE, "大专以上学历", "college or higher")
MIN_CLERK_YEARS = _rule(
    "MIN_CLERK_YEARS", "二(三)", 1, "任科员1年以上", "at least one year as a clerk (科员)"
)
CIVIL_POSTS = _rule(
    "CIVIL_POSTS",
    "二(三)",
    frozenset({Employment.CIVIL_SERVANT, Employment.SELECTED_GRADUATE}),
    "具备公务员(选调生)身份",
    "a civil servant or selected graduate",
)
MONTHLY_DAYS = _rule(
    "MONTHLY_DAYS", "三(一)1", 20, "每月驻村(社区)时间不少于20天", "at least 20 days a month in the village"
)
VISIT_ALL_MONTHS = _rule(
    "VISIT_ALL_MONTHS", "三(一)2", 3, "驻村3个月内遍访所有农户", "all households visited within 3 months"
)
YEARLY_PROJECTS = _rule(
    "YEARLY_PROJECTS", "三(四)4", (1, 2), "每年办理1—2件实事", "1 to 2 practical projects a year"
)

# Rules without a number: they are kept or not.
WEAK_VILLAGES = _rule(
    "WEAK_VILLAGES",
    "二(一)",
    True,
    "软弱涣散村、后进村原则上全部纳入",
    "weak or lagging villages are in principle all included",
)
RETAIN_PROMOTED = _rule(
    "RETAIN_PROMOTED",
    "二(二)",
    True,
    "任期内提拔的原则上留任包村干部",
    "one promoted meanwhile in principle stays in the village",
)
INSTITUTION_STAFF = _rule(
    "INSTITUTION_STAFF",
    "二(三)",
    True,
    "特别优秀的事业编制人员须经组织部审批",
    "outstanding staff of public institutions need the department's approval",
)
YEARLY_APPRAISAL = _rule("YEARLY_APPRAISAL", "五(二)", True, "每年进行年度考核", "appraised every year")
TERM_END_APPRAISAL = _rule(
    "TERM_END_APPRAISAL", "五(二)", True, "期满进行期满考核", "appraised at the end of the term"
)

RULE_BOOK: tuple[Rule[Any], ...] = (
    TERM_YEARS,
    MAX_AGE,
    MIN_EDUCATION,
    MIN_CLERK_YEARS,
    CIVIL_POSTS,
    MONTHLY_DAYS,
    VISIT_ALL_MONTHS,
    YEARLY_PROJECTS,
    WEAK_VILLAGES,
    RETAIN_PROMOTED,
    INSTITUTION_STAFF,
    YEARLY_APPRAISAL,
    TERM_END_APPRAISAL,
)

DUTY_CLAUSES: dict[str, str] = {
    "三(一)3": "掌握社情民意,落实扶贫政策",
    "三(二)1": "加强党的建设,严格党内组织生活",
    "三(二)2": "选优配强带头人,整顿软弱涣散党组织",
    "三(二)3": "健全村级议事和民主决策制度",
    "三(二)4": "宣传政策,发展村级集体经济",
    "三(二)5": "安全生产、防汛、应急、信访维稳",
    "三(三)1": "党建+协会、互助五兴",
    "三(三)2": "网格化管理,枫桥经验",
    "三(三)3": "引导各方力量参与治理",
    "三(三)4": "总结经验,纳入村规民约",
    "三(三)5": "垃圾分类管理、保洁费收取",
    "三(四)1": "便民服务中心、代办服务",
    "三(四)2": "关心关爱困难群众",
    "三(四)3": "结对帮扶和志愿服务",
}
"""The duties of part 三 that are recorded as entries; the others have events of their own."""
