"""A county, put together: its database, its ledger and its programme. The one composition root."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import projections.schema
from api.settings import Settings
from domain.programme import Programme
from ledger import database, embedded
from ledger.checkpoints import log_origin
from ledger.custody import folder_of
from ledger.database import Identity
from ledger.errors import CannotSign, LogContradictsSigned
from ledger.mapper import EventMapper
from ledger.sealing import Keyring
from ledger.signer import Signer

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The programme's own time zone: days are days there."""


_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Founding:
    """The particulars under which a ledger is founded, once and for all."""

    origin: str
    county: str
    simulated: bool


class NoLedgerYet(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """There is nothing to look at."""

    message_zh = "这里还没有账本。先运行 zhucun demo(演示)或 zhucun serve(新建)。"
    message_en = (
        "There is no ledger here yet. Run `zhucun demo` for the demo county, or `zhucun serve` to found one."
    )

    def __init__(self) -> None:
        super().__init__(f"{self.message_zh} {self.message_en}")


@dataclass(frozen=True)
class County:
    """A county that can be asked and told.

    Attributes:
        conninfo: of its database.
        programme: its commands.
        identity: of its ledger.
        signer: signs its log, where the key is at hand.
        imports: folder of the files that are being taken in.
        users: file of DingTalk's users and their staff numbers, if there is one.
    """

    conninfo: str
    programme: Programme
    identity: Identity
    signer: Signer
    imports: Path
    users: Path | None = None

    @property
    def mapper(self) -> EventMapper:
        """What reads its events, with the keys to what is sealed."""
        return cast("EventMapper", self.programme.mapper)

    @property
    def keys(self) -> Keyring:
        """The persons' keys."""
        keys = self.mapper.keys
        assert keys is not None  # noqa: S101 - a county is opened with the folder of keys
        return keys

    @property
    def log_origin(self) -> str:
        """The name of its log."""
        return log_origin(self.identity.origin, simulated=self.identity.simulated)


def signer_of(conninfo: str, identity: Identity, keys: Path) -> Signer:
    """Return what signs the log of a ledger; its key has a folder of its own among those in `keys`."""
    origin = log_origin(identity.origin, simulated=identity.simulated)
    return Signer(conninfo, folder_of(keys, origin))


def today() -> date:
    """Return the day it is in Asia/Shanghai."""
    return datetime.now(SHANGHAI).date()


@contextmanager
def open_database(settings: Settings, say: Callable[[str], None] = _logger.info) -> Iterator[str]:
    """Lend the connection string of the database, which is started first if it is the embedded one.

    Args:
        settings: name the database, or the folder of the embedded one.
        say: is told what starting it does to the machine; the log, unless named.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    server = embedded.start(settings.postgresql, say)
    try:
        with server.kept():
            yield server.conninfo
    finally:
        server.release()


@contextmanager
def open_county(
    settings: Settings, say: Callable[[str], None], founding: Founding | None = None
) -> Iterator[County]:
    """Lend a county, ready for commands and questions; its tables are brought up to date first.

    The key that signs its log is made if it has none yet.

    Args:
        settings: where it lives.
        say: is told what happens to the machine.
        founding: the particulars its ledger must have. Without them, the ledger is taken as it is, and
            one that is not founded yet becomes the real one of the county in `settings`.

    Raises:
        FoundedOtherwise: the ledger has other particulars.
    """
    with open_database(settings, say) as conninfo:
        database.prepare(conninfo)
        projections.schema.prepare(conninfo)
        with _county(conninfo, _found(conninfo, settings, founding), settings) as county:
            try:
                county.signer.prepare()
            except (CannotSign, LogContradictsSigned) as error:
                say(str(error))  # what was recorded can be asked for all the same
            yield county


@contextmanager
def existing_county(settings: Settings) -> Iterator[County]:
    """Lend a county that was founded before; nothing is made or changed.

    Raises:
        NoLedgerYet: there is none.
    """
    if settings.database_url is None and not (settings.postgresql / "PG_VERSION").exists():
        raise NoLedgerYet
    with open_database(settings) as conninfo:
        with database.connect(conninfo) as conn:
            made = conn.execute("select to_regclass('ledger.identity') is not null").fetchone() == (True,)
            identity = database.identity(conn) if made else None
        if identity is None:
            raise NoLedgerYet
        with _county(conninfo, identity, settings) as county:
            yield county


@contextmanager
def _county(conninfo: str, identity: Identity, settings: Settings) -> Iterator[County]:
    env = {
        "PERSISTENCE_MODULE": "ledger.store",
        "DATABASE_URL": conninfo,
        "ZHUCUN_KEYS": str(settings.keys),
    }
    programme = Programme(identity.county, today, env)
    try:
        signer = signer_of(conninfo, identity, settings.keys)
        origin = log_origin(identity.origin, simulated=identity.simulated)
        imports = folder_of(settings.imports, origin)
        yield County(conninfo, programme, identity, signer, imports, settings.dingtalk.users)
    finally:
        programme.close()


def _found(conninfo: str, settings: Settings, founding: Founding | None) -> Identity:
    with database.connect(conninfo) as conn:
        found = database.identity(conn)
        if found is not None and founding is None:
            return found
        asked = founding or Founding(settings.origin, settings.county, simulated=False)
        return database.found_ledger(
            conn, origin=asked.origin, county=asked.county, simulated=asked.simulated
        )
