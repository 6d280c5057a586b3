"""Tokens for tests: real ones, signed with the key of the test's own ledger and put on its register."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Final

from api.access.own import OwnTokens
from api.access.principal import OPERATOR, PUBLIC, Office, Principal
from api.access.register import issue
from ledger import database
from ledger.checkpoints import log_origin
from ledger.custody import folder_of
from tests import postgres

DEPARTMENT: Final = Principal(id="zzb-01", office=Office.ORGANISATION_DEPARTMENT, organisation="县委组织部")
CHIEF: Final = Principal(id="zzb-02", office=Office.ORGANISATION_DEPARTMENT, organisation="县委组织部")
FINANCE: Final = Principal(id="czj-07", office=Office.FINANCE_BUREAU, organisation="县财政局")
AUDITOR: Final = Principal(id="sjj-01", office=Office.AUDITOR, organisation="县审计局")
TOWNSHIP: Final = Principal(id="t-1", office=Office.TOWNSHIP, organisation="石塘镇", township="430624105")


def own_tokens(conninfo: str) -> OwnTokens:
    """Return the tokens that the ledger of a test's database signs itself."""
    with database.connect(conninfo) as conn:
        identity = database.identity(conn)
    assert identity is not None
    origin = log_origin(identity.origin, simulated=identity.simulated)
    return OwnTokens(folder_of(postgres.keys_of(conninfo), origin), origin)


@cache
def bearer(conninfo: str, who: Principal) -> str:
    """Return somebody's token, good for an hour."""
    with database.connect(conninfo) as conn:
        return issue(conn, own_tokens(conninfo), who, timedelta(hours=1)).text


def authorized(conninfo: str, who: Principal = DEPARTMENT) -> dict[str, str]:
    """Return the headers by which somebody asks; there is no token for those whom nobody knows."""
    return {} if who in {PUBLIC, OPERATOR} else {"authorization": f"Bearer {bearer(conninfo, who)}"}
