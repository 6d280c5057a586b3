"""`zhucun token`: tokens that the county signs itself, for whoever has no issuer to sign in with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import orjson
import typer
from psycopg import Connection
from rich.markup import escape
from rich.table import Table

from api.access.claims import OFFICES, SCOPES, TOWNSHIP_CODE, is_plain
from api.access.own import digest_of
from api.access.principal import Principal
from api.access.register import SHOWN, Registered, registered
from api.access.register import issue as issue_registered
from api.access.register import revoke as revoke_registered
from api.access.tokens import own_tokens
from api.cli.console import Failed, out, say
from api.cli.signing import prepared_county
from api.county import SHANGHAI
from api.data import official_villages
from ledger.database import connect

token = typer.Typer(
    no_args_is_help=True, help="令牌:签发、列出、撤销。Tokens: issue one, list them, revoke one."
)

LONGEST: Final = 400
"""Days for which a token is good, at most."""

_OPTION: Final = {
    "township": "--township",
    "sending_unit": "--sending-unit",
    "staff_number": "--staff-number",
}
_WANTED: Final = {
    "township": ("乡镇的九位代码", "the township's code of nine digits"),
    "sending_unit": ("派出单位的名称", "the unit's name, as nominations have it"),
    "staff_number": ("本人的干部编号", "their own staff number"),
}


@token.command()
def issue(  # noqa: PLR0913 - what a token says of somebody
    *,
    role: Annotated[
        str, typer.Option(metavar="OFFICE", help=f"身份。The office: {', '.join(sorted(OFFICES))}.")
    ],
    id_: Annotated[
        str, typer.Option("--id", metavar="ID", help="经办人编号,记入所录事件。Theirs, in what they enter.")
    ],
    organisation: Annotated[str, typer.Option(metavar="NAME", help="所属单位。For which they act.")],
    township: Annotated[
        str | None, typer.Option(metavar="CODE", help="乡镇代码(九位)。A township committee's.")
    ] = None,
    sending_unit: Annotated[
        str | None, typer.Option(metavar="NAME", help="派出单位。A sending unit's name.")
    ] = None,
    staff_number: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="干部编号。An instructor's staff number.")
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=LONGEST, metavar="N", help="有效天数。Days for which it is good.")
    ] = 30,
) -> None:
    """签发令牌,只显示这一次。Issue a token: it is printed once, and kept nowhere.

    首次签发时生成令牌密钥。 The first one makes the key, and ends the looking without a token.
    """
    scope = {"township": township, "sending_unit": sending_unit, "staff_number": staff_number}
    principal = _principal(role, id_, organisation, scope)
    with prepared_county() as county:
        if township is not None:
            _check_township(township, county.programme.county)
        with connect(county.conninfo) as conn:
            issued = issue_registered(conn, own_tokens(county), principal, timedelta(days=days))
    typer.echo(issued.text)
    until = issued.until.astimezone(SHANGHAI)
    say(
        f"令牌只显示这一次,请妥善交给本人:凭它即可以其身份办理。有效至 {until:%Y-%m-%d %H:%M}。 "
        "It is shown this once; whoever has it acts as them, so hand it over with care. "
        f"Revoke it with: zhucun token revoke {issued.id}"
    )


@token.command(name="list")
def list_tokens(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="以JSON输出。Print JSON instead of a table.")
    ] = False,
) -> None:
    """列出签发过的令牌。List the tokens that were issued, the latest first; none is shown itself."""
    with prepared_county() as county, connect(county.conninfo) as conn:
        found, now = registered(conn), datetime.now(UTC)
    if as_json:
        typer.echo(orjson.dumps([_plain(it, now) for it in found], option=orjson.OPT_INDENT_2))
        return
    table = Table(
        "号 No", "经办人 Whose", "身份 Office", "单位 Organisation", "至 Until", "状态 State", box=None
    )
    for it in found:
        scope = it.township or it.sending_unit or it.staff_number
        office = f"{it.office} ({scope})" if scope else it.office
        until = f"{it.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        table.add_row(
            it.number, escape(it.subject), escape(office), escape(it.organisation), until, it.state(now)
        )
    out.print(table, soft_wrap=True)


@token.command()
def revoke(
    which: Annotated[
        str,
        typer.Argument(metavar="JTI", help="令牌编号,或列表中的号。Its id, or its number in the list."),
    ],
) -> None:
    """撤销令牌,即刻生效。Revoke a token; at once, on every server, and for ever."""
    with prepared_county() as county, connect(county.conninfo) as conn:
        found = _found(conn, which)
        changed = revoke_registered(conn, found.digest)
    if changed:
        say(f"已撤销 {found.subject} 的令牌 {found.number}。 Revoked the token of {found.subject}.")
    else:
        say(f"令牌 {found.number} 先前已撤销。 It was revoked before.")


def _principal(role: str, id_: str, organisation: str, scope: dict[str, str | None]) -> Principal:
    """Return whose the token is to be.

    Raises:
        Failed: something that is needed is missing, makes no sense, or is not for this office.
    """
    if role not in OFFICES:
        known = ", ".join(sorted(OFFICES))
        raise Failed(
            f"没有“{role}”这种身份。--role 可用:{known}。",
            f"There is no office {role!r}. Give --role one of: {known}.",
        )
    office = next(it for it in OFFICES if it.value == role)
    needed = SCOPES.get(office)
    for name, value in scope.items():
        option = _OPTION[name]
        if name == needed and not value:
            zh, en = _WANTED[name]
            raise Failed(
                f"“{office.zh}”的令牌须以 {option} 说明{zh}。", f"A token for {role} needs {option}: {en}."
            )
        if name != needed and value is not None:
            raise Failed(f"“{office.zh}”的令牌不用 {option}。", f"A token for {role} takes no {option}.")
    for option, text in (
        ("--id", id_),
        ("--organisation", organisation),
        *((_OPTION[k], v) for k, v in scope.items()),
    ):
        if text is not None and not is_plain(text):
            raise Failed(
                f"{option} 须为一行文字,不能为空,首尾无空格,不超过200字。",
                f"{option} has to be text on one line: not empty, no spaces around it, 200 letters at most.",
            )
    return Principal(id=id_, office=office, organisation=organisation, **scope)


def _check_township(code: str, county: str) -> None:
    """Refuse a code that is no township's; where we have no list of the county's, its digits have to do."""
    known = {it.township_code: it.township for it in official_villages() if it.code.startswith(county)}
    if code in known or (not known and TOWNSHIP_CODE.fullmatch(code) and code.startswith(county)):
        return
    listed = "、".join(f"{code} {name}" for code, name in sorted(known.items())) or f"{county}…"
    raise Failed(
        f"没有代码为“{code}”的乡镇。本县乡镇:{listed}。",
        f"No township has the code {code!r}. Those here: {', '.join(sorted(known)) or county + '…'}.",
    )


def _found(conn: Connection[Any], which: str) -> Registered:
    """Return the token of an id, or of the number that the list has.

    Raises:
        Failed: there is none.
    """
    digest = digest_of(which)
    for it in registered(conn):
        if it.digest == digest or (len(which) >= SHOWN and it.digest.hex().startswith(which.lower())):
            return it
    raise Failed(
        f"没有编号为“{which}”的令牌。用 zhucun token list 查看各令牌的号。",
        f"There is no token {which!r}. `zhucun token list` shows the number of each.",
    )


def _plain(it: Registered, now: datetime) -> dict[str, Any]:
    return {
        "number": it.number,
        "id": it.subject,
        "role": it.office,
        "organisation": it.organisation,
        "township": it.township,
        "sendingUnit": it.sending_unit,
        "staffNumber": it.staff_number,
        "issuedAt": it.issued_at,
        "expiresAt": it.expires_at,
        "revokedAt": it.revoked_at,
        "state": it.state(now).partition(" ")[2],
    }
