"""The programme's own words: closed vocabularies, each with the Chinese term of the notice.

WARNING: the values are stored in events. They are only ever added to, never edited or removed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A word of the programme: its stored value, and the Chinese term as `zh`."""

    zh: str

    def __new__(cls, value: str, zh: str) -> Self:
        """Make the member from its stored value and its Chinese term."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        return member


class Role(Term):
    """职务身份。The office in which somebody acts."""

    ORGANISATION_DEPARTMENT = "organisation_department", "县委组织部"
    TOWNSHIP = "township", "乡镇(街道)党(工)委"
    SENDING_UNIT = "sending_unit", "派出单位"
    INSTRUCTOR = "instructor", "党建指导员"
    FINANCE_BUREAU = "finance_bureau", "县财政局"
    SYSTEM = "system", "系统"
    AUDITOR = "auditor", "审计(巡察)机构"


class VillageKind(Term):
    """村或社区。A village or an urban community."""

    VILLAGE = "village", "村"
    COMMUNITY = "community", "社区"


class HouseholdCategory(Term):
    """农户类别。Category of a household (三(一)2, 三(四)2)."""

    ORDINARY = "ordinary", "一般"
    REGISTERED_POOR = "registered_poor", "建档立卡贫困户"
    FIVE_GUARANTEES = "five_guarantees", "五保户"
    DISABLED = "disabled", "残疾人"
    EMPTY_NEST = "empty_nest", "空巢老人"
    LEFT_BEHIND_CHILDREN = "left_behind_children", "留守儿童"


class Goal(Term):
    """目标。The five goals of 目标任务 (一)."""

    STRONG_ORGANISATION = "strong_organisation", "党组织建强"
    BETTER_PARTY_BUILDING = "better_party_building", "基层党建提质"
    BETTER_GOVERNANCE = "better_governance", "治理水平提升"
    ABLER_CADRES = "abler_cadres", "干部能力增强"
    SATISFIED_VILLAGERS = "satisfied_villagers", "群众满意度提高"


class Route(Term):
    """推荐方式。How a nomination came about (选派程序(一))."""

    SELF = "self", "个人自荐"
    TOWNSHIP = "township", "乡镇(街道)推荐"
    SENDING_UNIT = "sending_unit", "派出单位推荐"


class Gender(Term):
    """性别。As the registration form has it."""

    FEMALE = "female", "女"
    MALE = "male", "男"


class Employment(Term):
    """身份。The kind of post a nominee holds (二(三))."""

    CIVIL_SERVANT = "civil_servant", "公务员"
    SELECTED_GRADUATE = "selected_graduate", "选调生"
    INSTITUTION_STAFF = "institution_staff", "事业编制"
    OTHER = "other", "其他"


class Education(Term):
    """学历。Highest degree of schooling, in rising order."""

    SECONDARY_OR_LOWER = "secondary_or_lower", "中专、高中及以下"
    COLLEGE = "college", "大专"
    BACHELOR = "bachelor", "本科"
    MASTER = "master", "硕士研究生"
    DOCTOR = "doctor", "博士研究生"

    @property
    def rank(self) -> int:
        """Its place in the rising order, from 0."""
        return list(Education).index(self)


class LeaveKind(Term):
    """请假类别。Why somebody was away with leave. How leave counts is not in the notice."""

    ANNUAL = "annual", "年休假"
    SICK = "sick", "病假"
    PERSONAL = "personal", "事假"
    FAMILY = "family", "婚丧产假"
    TRAINING = "training", "培训学习"


class InspectionKind(Term):
    """督查方式。How work was looked at (五(一))."""

    TOUR = "tour", "巡回督查"
    MONTHLY = "monthly", "月例会"
    QUARTERLY = "quarterly", "季调度"


class AppraisalKind(Term):
    """考核方式。Which appraisal (五(二))."""

    DAILY = "daily", "日常考核"
    YEARLY = "yearly", "年度考核"
    TERM_END = "term_end", "期满考核"


class Grade(Term):
    """考核等次。The notice names 优秀 alone; the others follow the civil service's usual grades."""

    EXCELLENT = "excellent", "优秀"
    COMPETENT = "competent", "称职"
    BASIC = "basic", "基本称职"
    INCOMPETENT = "incompetent", "不称职"


class CommendationKind(Term):
    """激励方式。What follows an 优秀 (五(三))."""

    PUBLICITY = "publicity", "宣传推介"
    COMMENDATION = "commendation", "嘉奖"
    MERIT = "merit", "记功"
    ADVANCEMENT = "advancement", "晋升晋级"


class SubsidyKind(Term):
    """补助类别。Living and transport subsidy (五(四))."""

    LIVING = "living", "生活补助"
    TRANSPORT = "transport", "交通补助"


class RecallGround(Term):
    """召回事由。Why somebody is recalled (五(三))."""

    LAGGING_WORK = "lagging_work", "工作滞后"
    POOR_SATISFACTION = "poor_satisfaction", "群众满意度差"
    MAJOR_ACCIDENT = "major_accident", "重大责任事故"
    SERIOUS_BREACH = "serious_breach", "严重违纪违规"


class Measure(Term):
    """组织处理。What discipline was imposed (五(三))."""

    WARNING_TALK = "warning_talk", "提醒谈话"
    ADMONITION = "admonition", "诫勉"
    TRANSFER = "transfer", "调离岗位"
    DEMOTION = "demotion", "降职"
    PARTY_DISCIPLINE = "party_discipline", "党纪处分"


class Departure(Term):
    """离任原因。Why an instructor left a village."""

    RECALLED = "recalled", "召回"
    TERM_COMPLETED = "term_completed", "期满"
