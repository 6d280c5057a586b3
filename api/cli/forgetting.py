"""`zhucun forget`: the key of somebody's personal data is destroyed, and what that leaves is told."""

from __future__ import annotations

from typing import Annotated, Final, cast
from uuid import UUID, uuid4

import typer

from api.cli.console import Failed, out, say
from api.cli.serving import bring_up_to_date
from api.cli.signing import prepared_county
from api.county import County
from api.life import person_named
from domain.commands import Forget
from domain.entry import Actor
from domain.instructor import Instructor
from domain.refusals import AlreadyForgotten
from domain.terms import Role
from ledger.recorder import Recorder
from projections.status import read_status

TOLD: Final = """\
已删除:各次报名表(姓名、性别、出生年月、电话等)的密钥已销毁,任何人不能再读;各处显示“已删除”。
  Gone: the key of their forms (name, gender, date of birth, telephone …). Nobody can read them any more;
  what showed them shows 已删除.
仍保留:干部编号、选派与任职经过、工作记录、各项统计与全部证明;其他记录的文字中如写有个人信息,也仍在。
  What stays: the staff number, the procedure and service, what they did, all figures, every proof; and what
  other entries say in words of their own.
还须办理:旧的数据库备份与主密钥的副本合在一起仍能打开。请运行 zhucun personal rotate,并销毁旧主密钥的
各处副本;已交出的档案、表格由持有人删除。见 docs/access.md。
  Left to do: an older backup of the database and a copy of the master key together still open them. Run
  `zhucun personal rotate`, and destroy the copies of the old master key; dossiers and reports that were
  handed out are for their holders to delete. See docs/access.md."""


def forget(
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="干部编号或编号(UUID)。Staff number or id.")
    ],
    *,
    reason: Annotated[str, typer.Option(help="删除的缘由,记入账本。Why; it goes on record.")],
    actor_id: Annotated[str, typer.Option(help="经办人编号。Who does it.")],
    actor_organisation: Annotated[
        str, typer.Option(help="经办人单位(县委组织部)。Of which organisation: the organisation department.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。Do not ask first.")] = False,
) -> None:
    """删除一人的个人信息,不可恢复。Forget somebody's personal data, for good: the key of it is destroyed.

    历史、统计与证明不受影响。 History, figures and proofs stay as they are.
    """
    with prepared_county() as county:
        bring_up_to_date(county)
        whose = person_named(county.programme.county, person)
        life = county.programme.workspace().instructor(whose)
        if not life.version:
            raise Failed(
                f"没有“{person}”的任何记录。请核对干部编号(如 SIM-2020-0001)或人员编号(UUID)。",
                f"Nothing is on record of {person!r}. Give a staff number (such as SIM-2020-0001) or an id.",
            )
        if not yes and life.remembered:
            typer.confirm(
                f"删除{_name_of(county, whose)}({person})的个人信息?不可恢复。 "
                "Forget this person's data? It cannot be got back.",
                abort=True,
            )
        try:
            county.programme.execute(
                Forget(instructor_id=whose, reason=reason),
                occurred_on=county.programme.today(),
                actor=Actor(actor_id, Role.ORGANISATION_DEPARTMENT, actor_organisation),
                command_id=uuid4(),
            )
        except AlreadyForgotten as error:
            say(f"{error.message_zh} {error.message_en}")
        bring_up_to_date(county)
        if read_status(county.conninfo).lag:
            raise Failed(
                "密钥已销毁,但读表未能跟上(见 zhucun status),仍显示报名表;修复后再次运行本命令核实。",
                "The key is destroyed. But the read side does not follow (see `zhucun status`) and still "
                "shows the form; put that right, and run this again to see that it is gone.",
            )
    out.print(TOLD, highlight=False, soft_wrap=True)


def _name_of(county: County, whose: UUID) -> str:
    """Return the name on somebody's latest form."""
    events = [
        county.mapper.from_row(it) for it in cast("Recorder", county.programme.recorder).read_life(whose)
    ]
    forms = [it.form for it in events if isinstance(it, Instructor.Nominated) and it.form is not None]
    return forms[-1].name if forms else "（已封存）"
