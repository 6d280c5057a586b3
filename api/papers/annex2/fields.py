"""What the form asks for: every field, the names it goes by, and how it is read. In order of the form.

The first name is the one in a table of forms (one row a person), and how a field is called in what we say.
"""

from __future__ import annotations

from typing import Final

from api.papers import cells
from api.papers.annex2.readers import (
    ETHNICITIES,
    SCHOOLINGS,
    day_or_month,
    employment,
    ethnicity,
    gender,
    joined,
    name,
    noted,
    phone,
    route,
    schooling,
    staff_number,
)
from api.papers.columns import AnyColumn, Column
from domain.terms import Employment, Gender, Route

_DAY: Final = (
    "写作1990年5月12日、1990.5.12或1990-05-12;只知年月的写1990.05,按当月1日登记。",
    "A day, or year and month alone, which stand for the month's first day.",
)
_FULL_DAY: Final = ("写明年月日,如2020年3月20日。", "A day, such as 2020-03-20.")
_HIGHEST: Final = (
    "登记的学历取全日制和在职教育中较高者,两栏至少填一栏。",
    "The higher of full-time and in-service schooling counts; fill in at least one.",
)

NAME = Column("name", ("姓名",), name, needed=True)
GENDER = Column("gender", ("性别",), gender, needed=True, choices=tuple(it.zh for it in Gender))
BORN = Column(
    "born", ("出生年月", "出生日期"), day_or_month, needed=True, remark_zh=_DAY[0], remark_en=_DAY[1]
)
AGE = Column("age", ("年龄",), cells.whole)
ETHNICITY = Column("ethnicity", ("民族",), ethnicity, needed=True, choices=ETHNICITIES)
NATIVE_PLACE = Column("native_place", ("籍贯",), cells.text, needed=True, remark_zh="如:湖南湘阴")
BIRTHPLACE = Column("birthplace", ("出生地",), cells.text, needed=True, remark_zh="如:湖南湘阴")
PARTY_JOINED = Column(
    "party_joined",
    ("入党时间", "入党日期"),
    joined,
    remark_zh=f"{_DAY[0]}不是中共党员的留空。",
    remark_en=f"{_DAY[1]} Empty for who is no member.",
)
WORK_STARTED = Column(
    "work_started",
    ("参加工作时间", "参加工作日期"),
    day_or_month,
    needed=True,
    remark_zh=_DAY[0],
    remark_en=_DAY[1],
)
HEALTH = Column("health", ("健康状况",), cells.text, needed=True, choices=("健康", "良好", "一般", "较差"))
PROFESSIONAL_TITLE = Column("professional_title", ("专业技术职务",), noted)
SPECIALITIES = Column("specialities", ("熟悉专业有何特长",), noted)
FULL_TIME = Column(
    "full_time",
    ("全日制教育", "全日制教育学历学位"),
    schooling,
    choices=SCHOOLINGS,
    remark_zh=_HIGHEST[0],
    remark_en=_HIGHEST[1],
)
FULL_TIME_SCHOOL = Column("full_time_school", ("全日制教育毕业院校及专业",), noted)
IN_SERVICE = Column(
    "in_service",
    ("在职教育", "在职教育学历学位"),
    schooling,
    choices=SCHOOLINGS,
    remark_zh=_HIGHEST[0],
    remark_en=_HIGHEST[1],
)
IN_SERVICE_SCHOOL = Column("in_service_school", ("在职教育毕业院校及专业",), noted)
POSITION = Column("position", ("现任职务", "单位及职务", "现任单位及职务"), cells.text, needed=True)
PREFERRED_VILLAGE = Column("preferred_village", ("驻村意向",), noted)
PHONE = Column("phone", ("联系电话", "联系方式", "手机号码"), phone)
CAREER = Column("career", ("工作简历", "个人简历", "简历"), noted)

STAFF_NUMBER = Column(
    "staff_number",
    ("干部编号",),
    staff_number,
    needed=True,
    remark_zh="干部人事档案中的编号,全县不重复。",
    remark_en="The cadre's number in the personnel files.",
)
EMPLOYMENT = Column(
    "employment",
    ("身份",),
    employment,
    needed=True,
    choices=tuple(it.zh for it in Employment),
    remark_zh="二(三):原则上具备公务员(选调生)身份;事业编制人员须报县委组织部审批。",
    remark_en="In principle a civil servant or selected graduate.",
)
CLERK_SINCE = Column(
    "clerk_since",
    ("任科员时间", "任科员日期"),
    joined,
    remark_zh=f"{_DAY[0]}未任科员的留空。",
    remark_en=f"{_DAY[1]} Empty for who never was a clerk (科员).",
)
BATCH_YEAR = Column("batch_year", ("批次年度", "批次"), cells.year, needed=True, remark_zh="如:2020")
ROUTE = Column("route", ("推荐方式",), route, needed=True, choices=tuple(it.zh for it in Route))
NOMINATED_ON = Column(
    "nominated_on",
    ("推荐日期",),
    cells.day,
    needed=True,
    remark_zh=_FULL_DAY[0],
    remark_en=_FULL_DAY[1],
)
NOMINATING_BODY = Column("nominating_body", ("推荐单位",), cells.text, needed=True)
STUDIED_ON = Column(
    "collective_study_on",
    ("集体研究日期",),
    cells.day,
    needed=True,
    remark_zh=f"选派程序(一):先集体研究,后推荐。{_FULL_DAY[0]}",
    remark_en=f"Study comes before nomination. {_FULL_DAY[1]}",
)
SENDING_UNIT = Column("sending_unit", ("派出单位",), cells.text, needed=True)

COLUMNS: Final[tuple[AnyColumn, ...]] = (
    NAME, GENDER, BORN, AGE, ETHNICITY, NATIVE_PLACE, BIRTHPLACE, PARTY_JOINED, WORK_STARTED, HEALTH,
    PROFESSIONAL_TITLE, SPECIALITIES, FULL_TIME, FULL_TIME_SCHOOL, IN_SERVICE, IN_SERVICE_SCHOOL, POSITION,
    PREFERRED_VILLAGE, PHONE, CAREER, STAFF_NUMBER, EMPLOYMENT, CLERK_SINCE, BATCH_YEAR, ROUTE, NOMINATED_ON,
    NOMINATING_BODY, STUDIED_ON, SENDING_UNIT,
)  # fmt: skip
