"""A token for each office of the demo county, ready to be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from api.access.compact import read
from api.access.own import OwnTokens
from api.access.principal import Office, Principal
from api.access.refusals import TokenRefused
from api.access.register import issue, registered
from api.access.tokens import own_tokens
from api.cli.console import Failed, say
from api.county import County
from api.data import COUNTY, official_villages
from api.demo.cast import DEPARTMENT, FINANCE, township_office
from domain.entry import Actor
from domain.ids import instructor_id, village_id
from ledger.custody import write
from ledger.database import connect

WHO: Final = "SIM-2020-0001"
"""The instructor whose token is made, and whose township's and sending unit's."""

GOOD_FOR: Final = timedelta(days=90)
_NEARLY_OVER: Final = timedelta(days=1)


def demo_tokens(county: County, folder: Path) -> dict[Office, Path]:
    """Make a token for each office that has none which is good for a day yet, and return where each is.

    Args:
        county: the demo's.
        folder: of the tokens, one file each, for its owner's eyes alone.

    Raises:
        Failed: the folder cannot be written.
    """
    own, files = own_tokens(county), {}
    with connect(county.conninfo) as conn:
        in_force = {it.digest for it in registered(conn) if it.revoked_at is None}
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for principal in _cast(county):
                file = files[principal.office] = folder / principal.office.value
                if not _is_good(file, own, principal, in_force):
                    write(file, f"{issue(conn, own, principal, GOOD_FOR).text}\n".encode())
        except OSError as error:
            raise Failed(
                f"无法写入 {folder}:{error.strerror}。请检查其权限与磁盘空间。",
                f"{folder} cannot be written: {error.strerror}. See to its rights and to space on the disk.",
            ) from error
    return files


def tell_tokens(files: Mapping[Office, Path]) -> None:
    """Say where the tokens are, and how one is used."""
    say("各身份的演示令牌(仅本人可读) Tokens of the demo, one for each office:")
    for office, file in files.items():
        say(f"  {office.zh}  {file}")
    some = files[Office.ORGANISATION_DEPARTMENT]
    say(
        f'用法:请求加上 -H "authorization: Bearer $(cat {some})",或把令牌粘贴到网页右上角。 '
        "Send one as that header, or paste it into the corner of a page."
    )


def _cast(county: County) -> Iterator[Principal]:
    """Yield somebody of each office; the instructor's own township and unit, so that what they see meets."""
    workspace = county.programme.workspace()
    person = workspace.instructor(instructor_id(COUNTY, WHO))
    villages = {village_id(COUNTY, it.code): it for it in official_villages()}
    place = villages[person.postings[0].village_id]
    unit = person.sending_unit
    yield _principal(DEPARTMENT, Office.ORGANISATION_DEPARTMENT)
    yield _principal(township_office(place), Office.TOWNSHIP, township=place.township_code)
    yield Principal(id="SIM-unit", office=Office.SENDING_UNIT, organisation=unit, sending_unit=unit)
    yield Principal(id=WHO, office=Office.INSTRUCTOR, organisation=unit, staff_number=WHO)
    yield _principal(FINANCE, Office.FINANCE_BUREAU)
    yield Principal(id=f"{COUNTY}-sjj", office=Office.AUDITOR, organisation="湘阴县审计局")


def _principal(actor: Actor, office: Office, *, township: str | None = None) -> Principal:
    return Principal(id=actor.id, office=office, organisation=actor.organisation, township=township)


def _is_good(file: Path, own: OwnTokens, principal: Principal, in_force: set[bytes]) -> bool:
    """Tell whether a file has a token of this ledger, of this principal, in force and for a while yet."""
    try:
        verified = own.verified(read(file.read_text(encoding="ascii").strip()))
    except (FileNotFoundError, UnicodeDecodeError, TokenRefused):
        return False
    left = verified.until - datetime.now(UTC).timestamp()
    return (
        verified.principal == principal
        and verified.digest in in_force
        and left > _NEARLY_OVER.total_seconds()
    )
