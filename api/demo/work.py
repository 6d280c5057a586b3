"""The other work: duties under their clauses, and one or two practical projects a year, or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from api.demo.corrections import correct
from api.demo.service import Service
from api.demo.steps import Step, later, written_up
from domain.commands import CompleteProject, RecordDuty, StartProject
from domain.ids import project_id
from domain.rules import DUTY_CLAUSES


def do_duties(rng: Random, service: Service) -> Iterator[Step]:
    """A few duties a month, each on a day in the village; a few are entered wrongly and voided."""
    for first, last in service.months():
        days = [day for day in service.days if first <= day <= last]
        for number in range(rng.randint(2, 5) if days else 0):
            day = rng.choice(days)
            duty = rng.choices(tuple(DUTY_CLAUSES), weights=DUTY_WEIGHTS)[0]
            command = RecordDuty(
                instructor_id=service.person.id, duty=duty, summary=rng.choice(SUMMARIES[duty])
            )
            recorded_at = written_up(rng, day, late=0.04)
            wrong = rng.random() < 0.004
            name = f"{service.person.staff_number}/duty/{first}/{number}" if wrong else ""
            yield Step(recorded_at, day, service.person.actor, command, name=name)
            if wrong:
                found_at = recorded_at + timedelta(days=rng.randint(1, 30))
                yield from correct(name, recorded_at, service.office, found_at, "条款归类错误")


def carry_out_projects(rng: Random, service: Service) -> Iterator[Step]:
    """Practical projects, year by year: some years none, some never finished (三(四)4)."""
    for year in range(service.since.year, service.left_on.year + 1):
        first = max(date(year, 2, 20), later(service.since, 25))
        last = min(date(year, 12, 20), later(service.left_on, -5))
        if (last - first).days < 110:
            continue
        idle = 0.03 + 0.2 * (1 - service.zeal)
        number = rng.choices((0, 1, 2), weights=(idle, 0.65 - idle, 0.35))[0]
        for title in rng.sample(PROJECTS, number):
            yield from _project(rng, service, year, title, (first, last))


def _project(rng: Random, service: Service, year: int, title: str, span: tuple[date, date]) -> Iterator[Step]:
    person, (first, last) = service.person, span
    started_on = later(first, rng.randint(0, (last - first).days // 2))
    recorded_at = written_up(rng, started_on, late=0.08)
    if rng.random() < 0.04:  # begun under a wrong title
        name = f"{person.staff_number}/project/{year}/{title}"
        wrong = StartProject(instructor_id=person.id, year=year, title=f"{title}(二期)")
        yield Step(recorded_at, started_on, person.actor, wrong, name=name)
        entered_at, recorded_at = recorded_at, recorded_at + timedelta(days=2)
        yield from correct(name, entered_at, service.office, recorded_at, "项目名称填错,另行登记")
    start = StartProject(instructor_id=person.id, year=year, title=title)
    yield Step(recorded_at, started_on, person.actor, start)
    if rng.random() < 0.06 + 0.12 * (1 - service.zeal):
        return
    done_on = later(started_on, rng.randint(40, max(45, (last - started_on).days)))
    if done_on > last:
        return
    service.completed[year] += 1
    completion = CompleteProject(
        instructor_id=person.id,
        project_id=project_id(person.id, year, title),
        outcome=rng.choice(OUTCOMES),
        households_served=rng.randint(8, 160),
    )
    yield Step(max(written_up(rng, done_on, late=0.08), recorded_at), done_on, person.actor, completion)


DUTY_WEIGHTS = (5, 6, 2, 3, 3, 5, 3, 4, 2, 1, 3, 3, 5, 2)
SUMMARIES = {
    "三(一)3": ("入户核对帮扶政策落实情况", "走访了解群众意见,梳理短板清单"),
    "三(二)1": ("组织主题党日", "参加支部“三会一课”", "指导支部换届准备"),
    "三(二)2": ("与后备干部谈心", "协助整顿软弱涣散党组织"),
    "三(二)3": ("列席村民代表会议,议定村务", "指导村务监督委员会公开账目"),
    "三(二)4": ("屋场会宣讲政策", "谋划村集体经济项目", "联系农技人员到田头指导"),
    "三(二)5": ("防汛值守、巡堤查险", "排查用电安全", "调处信访事项"),
    "三(三)1": ("开展“互助五兴”结对", "指导协会开展活动"),
    "三(三)2": ("网格巡查,化解邻里纠纷", "更新网格台账"),
    "三(三)3": ("邀请乡贤座谈", "动员老党员参与治理"),
    "三(三)4": ("修订村规民约征求意见",),
    "三(三)5": ("督促垃圾分类", "协助收取保洁费"),
    "三(四)1": ("代办社保手续", "上门办理证明"),
    "三(四)2": ("看望五保户", "帮助残疾人申请补贴", "看望留守儿童"),
    "三(四)3": ("组织派出单位志愿服务", "联系党员结对帮扶"),
}
PROJECTS = (
    "维修机耕路", "安装太阳能路灯", "清淤灌溉渠", "改造村级活动室", "修建便民桥", "改造自来水管网",
    "建设文化广场", "添置健身器材", "修缮危房", "开办农家书屋", "建设垃圾分类屋", "硬化屋场道路",
    "修复山塘", "开设老年食堂",
)  # fmt: skip
OUTCOMES = ("已完工并投入使用", "验收合格,群众满意", "完成主体工程,交村管护")
