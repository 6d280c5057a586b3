"""Why a command is refused: one class a reason, with a stable code, the clause and both languages.

A refusal changes nothing. Its `code` is the class name in capitals and never changes once released; the
messages name what was wrong, where, and what to do.
"""

from __future__ import annotations

import re
from typing import ClassVar


class Refused(Exception):  # noqa: N818 - the ubiquitous language says "refused", not "error"
    """A command that the rules turn down.

    Args:
        facts: the values that the two messages name.

    Attributes:
        code: stable, for programs.
        clause: of 湘阴办发〔2020〕23号, or empty where the rule is one of record keeping.
        also: further refusals of the same command, when several rules fail at once.
    """

    clause: ClassVar[str] = ""
    zh: ClassVar[str]
    en: ClassVar[str]
    code: ClassVar[str] = "REFUSED"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()

    def __init__(self, *, also: tuple[Refused, ...] = (), **facts: object) -> None:
        self.facts = facts
        self.also = also
        super().__init__(self.message_en)

    @property
    def message_zh(self) -> str:
        """The reason in Chinese."""
        return self.zh.format(**self.facts)

    @property
    def message_en(self) -> str:
        """The reason in English."""
        return self.en.format(**self.facts)


# Entering


class NotYourOffice(Refused):
    zh = "{role}无权办理“{command}”,应由{offices}办理。"
    en = "{command_en} is not for the office {role_en}; it is for {offices_en}."


class BeforeTheNotice(Refused):
    clause = "一"
    zh = "发生日期{day}早于通知日期{notice},请核对日期。"
    en = "{day} is before the notice of {notice}; check the date."


class InTheFuture(Refused):
    zh = "发生日期{day}晚于今天{today},尚未发生的事不能记录。"
    en = "{day} is later than today, {today}; what has not happened cannot be recorded."


class InvalidValue(Refused):
    zh = "“{field}”填写有误:{problem_zh}。"
    en = "{field} is not usable: {problem_en}."


class CommandIdReused(Refused):
    zh = "指令编号{command_id}已用于另一内容,请换用新的编号。"
    en = "Command id {command_id} was already used for other content; use a new one."


class ConflictingChange(Refused):
    zh = "该记录同时被他人修改,多次重试后仍有冲突,请刷新后再办理。"
    en = "Others changed the record at the same time and retries did not settle it; look again and retry."


class NoSuchEvent(Refused):
    zh = "没有第{version}号记录,请核对编号。"
    en = "There is no event with version {version}; check the number."


class NotVoidable(Refused):
    zh = "第{version}号记录是组织程序的决定,不能作废,只能以新的决定更正。"
    en = "Event {version} is a decision of procedure; it cannot be voided, only followed by another decision."


class AlreadyVoided(Refused):
    zh = "第{version}号记录已经作废。"
    en = "Event {version} is void already."


class StillReliedOn(Refused):
    zh = "第{version}号记录仍为第{dependent}号记录的依据,请先作废第{dependent}号记录。"
    en = "Event {version} is still relied on by event {dependent}; void that one first."


class OutOfOrder(Refused):
    clause = "选派程序"
    zh = "{day}早于上一环节的日期{previous},选派程序须依次办理。"
    en = "{day} is before the previous step of {previous}; the procedure goes step by step."


class CorrectionAlreadyRequested(Refused):
    zh = "第{version}号记录已由{by}于{day}申请更正,尚待审批。"
    en = "The correction of event {version} was asked for by {by} on {day} and waits to be decided."


class NoCorrectionRequested(Refused):
    zh = "没有待审批的更正申请,请核对编号。"
    en = "No request for this correction waits to be decided; check the id."


class CorrectionByTheSameHand(Refused):
    zh = "更正由{by}申请,不能由同一人审批,请由他人办理。"
    en = "{by} asked for this correction and cannot approve it; let somebody else decide."


class NothingCorrected(Refused):
    zh = "更正后第{version}号记录的内容并无变化,或与现有记录重复;若应作废,请不要填写更正内容。"
    en = (
        "Event {version} would say nothing new, or repeat what is on record; to have it voided alone, "
        "name no fields."
    )


class NothingLookedAt(Refused):
    zh = "没有任何查阅可登记;查阅由系统在提供个人信息时登记,不能单独提出。"
    en = "There is no look to put on record: looks are recorded by the server as personal data leave."


class FlagStillOpen(Refused):
    zh = "第{version}号记录已由{by}于{day}标为疑点,尚未了结;请先了结,再提新的意见。"
    en = "Event {version} was flagged by {by} on {day}, which is not settled; settle that first."


class NoSuchRemark(Refused):
    zh = "没有这条审计意见,请核对编号。"
    en = "There is no such remark; check the id."


class RemarkAlreadySettled(Refused):
    zh = "这条审计意见已于{day}了结;如有新的疑问,请另提意见。"
    en = "The remark was settled on {day}; if there is more to say, make another."


class RemarkOnARemark(Refused):
    zh = "审计意见不能再被批注,请答复或了结该意见。"
    en = "A remark cannot be remarked upon; answer or settle it."


class NothingTakenIn(Refused):
    zh = "该文件没有带来任何新记录,不作导入登记。"
    en = "Nothing was recorded from the file, so there is no import to put on record."


# Villages


class VillageNotNominated(Refused):
    clause = "二(一)"
    zh = "该村(社区)未被推荐为{year}年重点村。"
    en = "The village was not nominated as a key village for {year}."


class VillageUnknown(Refused):
    clause = "二(一)"
    zh = "没有这个村(社区)的记录,请先推荐。"
    en = "Nothing is on record of this village; nominate it first."


class VillageAlreadyNominated(Refused):
    clause = "二(一)"
    zh = "该村(社区){year}年已经推荐,不能重复。"
    en = "The village is already nominated for {year}."


class VillageAlreadyReviewed(Refused):
    clause = "二(一)"
    zh = "该村(社区){year}年已经审定。"
    en = "The village was already reviewed for {year}."


class WeakVillageNeedsReason(Refused):
    clause = "二(一)"
    zh = "软弱涣散或后进村原则上全部纳入;不纳入须由组织部写明例外理由。"
    en = "Weak or lagging villages are in principle all included; leaving one out needs a recorded exception."


class VillageNotApproved(Refused):
    clause = "二(一)"
    zh = "该村(社区)不是{year}年审定的重点村,不能派驻。"
    en = "The village was not approved as a key village for {year}; nobody can be posted there."


class VillageAlreadyHasInstructor(Refused):
    clause = "选派程序(三)"
    zh = "该村(社区)已有党建指导员在任(至{until}),一村同时只派一人。"
    en = "The village already has an instructor, until {until}; one at a time."


class NotAReplacement(Refused):
    clause = "五(三)"
    zh = "该村(社区)的空缺属于{vacancy_year}年批次的剩余任期,不能按{year}年批次任命。"
    en = "The vacancy is the rest of a term of batch {vacancy_year}; it cannot be filled as batch {year}."


class HouseholdAlreadyRegistered(Refused):
    clause = "三(一)2"
    zh = "农户{household}已按“{category}”登记;改变类别请先注销再登记。"
    en = "Household {household} is registered as {category_en}; remove it before registering it otherwise."


class HouseholdUnknown(Refused):
    clause = "三(一)2"
    zh = "农户{household}未在该村登记,请核对编码或先登记。"
    en = "Household {household} is not registered in this village; check the code or register it first."


class HouseholdRemovedFromRegister(Refused):
    clause = "三(一)2"
    zh = "农户{household}已于{day}注销,此后不能再记录。"
    en = "Household {household} was removed from the register on {day}; nothing later can be recorded for it."


class HouseholdNotYetRegistered(Refused):
    clause = "三(一)2"
    zh = "农户{household}自{day}起才登记,不能记录此前的走访。"
    en = "Household {household} is registered only from {day}; an earlier visit cannot be recorded."


class GoalsAlreadyAssessed(Refused):
    clause = "一"
    zh = "该村(社区){year}年目标已经评定;如有误请先作废第{version}号记录。"
    en = "The goals of {year} are already assessed; if wrong, void event {version} first."


class AwardAlreadyPaid(Refused):
    clause = "五(四)"
    zh = "该村(社区){year}年奖补已经拨付;如有误请先作废第{version}号记录。"
    en = "The award of {year} is already paid; if wrong, void event {version} first."


# Nominees, by clause 二(三) and the procedure


class AlreadyNominated(Refused):
    clause = "选派程序(一)"
    zh = "此人已在选派程序中或在任,不能再次推荐。"
    en = "This person is already in the procedure or serving, and cannot be nominated again."


class FormUnreadable(Refused):
    zh = "报名表已封存,此处无法解开,不能审定;请管理员核对密钥文件夹(ZHUCUN_KEYS)后再办理。"
    en = (
        "The registration form is sealed and its key is not here, so it cannot be reviewed; let whoever runs "
        "the server look to the folder of keys (ZHUCUN_KEYS), and ask again."
    )


class StillInProcedure(Refused):
    zh = "此人尚在选派程序中或在任,不能删除个人信息;请待退回、召回或期满离任后再办理。"
    en = (
        "This person is in the procedure or serving, and cannot be forgotten; ask again once they are turned "
        "down, recalled, or their term is completed."
    )


class AlreadyForgotten(Refused):
    zh = "此人最近一次推荐以来的个人信息已经删除,无须再办。"
    en = (
        "The personal data of this person were already forgotten, all that there was since the latest "
        "nomination; nothing is left to be done."
    )


class NotNominated(Refused):
    clause = "选派程序(一)"
    zh = "此人未被推荐,请先推荐报名。"
    en = "This person is not nominated; nominate them first."


class AlreadyReviewed(Refused):
    clause = "选派程序(二)"
    zh = "此人已经审定,不能重复审定。"
    en = "This person was already reviewed."


class NotApproved(Refused):
    clause = "选派程序(三)"
    zh = "此人未经组织部审定通过,不能任命。"
    en = "This person was not approved by the organisation department and cannot be appointed."


class StudyAfterNomination(Refused):
    clause = "选派程序(一)"
    zh = "集体研究日期{study}晚于推荐日期{day};须先集体研究再推荐。"
    en = "The collective study of {study} is later than the nomination of {day}; study comes first."


class NotPartyMember(Refused):
    clause = "二(三)"
    zh = "党建指导员必须是中共党员(含预备党员);此条不设例外。"
    en = "An instructor must be a party member (probationary included); there is no exception."


class NotCivilServant(Refused):
    clause = "二(三)"
    zh = "原则上须具备公务员(选调生)身份;例外须由组织部记录理由。"
    en = "In principle a civil servant or selected graduate; an exception needs the department's reason."


class InstitutionStaffNeedsApproval(Refused):
    clause = "二(三)"
    zh = "事业编制人员须特别优秀,并由组织部审批同意、记录理由。"
    en = "Staff of public institutions need to be outstanding, and the department's approval with its reason."


class EducationBelowCollege(Refused):
    clause = "二(三)"
    zh = "学历为{education},原则上须大专以上;例外须由组织部记录理由。"
    en = (
        "Education is {education_en}; in principle college or higher, or the department's recorded exception."
    )


class OverAge(Refused):
    clause = "二(三)"
    zh = "推荐时已满{age}周岁,原则上须在{limit}周岁以下;例外须由组织部记录理由。"
    en = "{age} years old at nomination; in principle {limit} or younger, or a recorded exception."


class TooShortAsClerk(Refused):
    clause = "二(三)"
    zh = "任科员不满{years}年,原则上须满{years}年;例外须由组织部记录理由。"
    en = "Less than {years} year(s) as a clerk; in principle at least that, or a recorded exception."


class ExceptionNotNeeded(Refused):
    clause = "二(三)"
    zh = "对“{rule}”并无不符,不应记录例外。"
    en = "{rule} is not failed, so no exception to it can be recorded."


# Service


class NotYetAppointed(Refused):
    clause = "选派程序(三)"
    zh = "{day}尚未任命,不能记录工作。"
    en = "On {day} there was no appointment yet; no work can be recorded."


class NoLongerServing(Refused):
    clause = "二(二)"
    zh = "{day}已不在任(任期至{until}),不能记录工作。"
    en = "On {day} the posting was over (it ended on {until}); no work can be recorded."


class NotServing(Refused):
    clause = "选派程序(三)"
    zh = "此人目前不在任。"
    en = "This person is not serving now."


class TermNotOver(Refused):
    clause = "二(二)"
    zh = "任期至{until}届满,{day}尚未期满。"
    en = "The term ends on {until}; on {day} it is not over."


class PartyRelationAlreadyTransferred(Refused):
    clause = "选派程序(三)"
    zh = "党组织关系已转入派驻村(社区)。"
    en = "The party relation is already transferred to the village."


class LeaveOverlaps(Refused):
    clause = "三(一)1"
    zh = "与第{version}号请假记录({first}至{last})重叠。"
    en = "It overlaps the leave of event {version} ({first} to {last})."


class UnknownDutyClause(Refused):
    clause = "三"
    zh = "“{duty}”不是第三部分的职责条款,可选:{known}。"
    en = "{duty} is not a duty clause of part 三; choose one of {known}."


class ProjectAlreadyStarted(Refused):
    clause = "三(四)4"
    zh = "{year}年已有同名实事“{title}”。"
    en = "The project {title} of {year} was already started."


class ProjectNotStarted(Refused):
    clause = "三(四)4"
    zh = "没有这件实事的启动记录。"
    en = "No start of this project is on record."


class ProjectAlreadyCompleted(Refused):
    clause = "三(四)4"
    zh = "这件实事已经办结。"
    en = "The project is already completed."


class AppraisalRepeated(Refused):
    clause = "五(二)"
    zh = "{period}的{kind}已经记录;如有误请先作废第{version}号记录。"
    en = "The {kind_en} appraisal of {period} is on record; if wrong, void event {version} first."


class SubsidyRepeated(Refused):
    clause = "五(四)"
    zh = "{month}的{kind}已经发放;如有误请先作废第{version}号记录。"
    en = "The {kind_en} subsidy of {month} is already paid; if wrong, void event {version} first."


class PromotionAlreadyRecorded(Refused):
    clause = "二(二)"
    zh = "“{position}”的提拔已经记录。"
    en = "The promotion to {position} is already on record."
