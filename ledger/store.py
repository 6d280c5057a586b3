"""The persistence module of the event library: `PERSISTENCE_MODULE=ledger.store`.

Reads `DATABASE_URL`, any libpq connection string or URI with all its options, and the library's own
`POSTGRES_POOL_SIZE`, `POSTGRES_MAX_OVERFLOW`, `POSTGRES_CONNECT_TIMEOUT` (seconds),
`POSTGRES_CONN_MAX_AGE` (seconds) and `POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT` (seconds). `ZHUCUN_KEYS`
names the folder of keys; without it personal data is neither read nor recorded.
The tables must be there: see `ledger.database.prepare`.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Final, Never, Self

from eventsourcing.persistence import (
    InfrastructureFactory,
    Mapper,
    NotSupportedError,
    TrackingRecorder,
    Transcoder,
)
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from eventsourcing.utils import Environment, EnvType
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from ledger.database import lively
from ledger.mapper import EventMapper
from ledger.patience import patient
from ledger.personal import PersonalKeys
from ledger.recorder import Recorder

DATABASE_URL: Final = "DATABASE_URL"
KEYS: Final = "ZHUCUN_KEYS"

ANSWER: Final = 60.0
"""Seconds within which the database has to answer one statement, far more than the largest import takes."""
RECONNECT: Final = 5.0
"""Seconds after which a pool gives up reconnecting until somebody asks for a connection again: its pauses
double from try to try, and after a long outage it would sleep for minutes beside a database that is back."""


class Datastore(PostgresDatastore):
    """A pool of connections to any database that libpq can name, in autocommit mode, with times in UTC."""

    def __init__(  # noqa: PLR0913 - one argument a setting
        self,
        conninfo: str,
        *,
        pool_size: int = 5,
        max_overflow: int = 10,
        connect_timeout: float = 10,
        conn_max_age: float = 3600,
        idle_in_transaction_session_timeout: float = 5,
    ) -> None:
        super().__init__(
            dbname="",
            host="",
            port="",
            user="",
            password="",
            idle_in_transaction_session_timeout=idle_in_transaction_session_timeout,
            schema="ledger",
        )
        self.pool = ConnectionPool(
            conninfo,
            connection_class=patient(ANSWER),
            kwargs={
                "application_name": conninfo_to_dict(conninfo).get("application_name") or "zhucun",
                "row_factory": dict_row,
                **lively(conninfo),
            },
            min_size=pool_size,
            max_size=pool_size + max_overflow,
            open=False,
            configure=_configure(idle_in_transaction_session_timeout),
            timeout=connect_timeout,
            max_lifetime=conn_max_age,
            reconnect_timeout=RECONNECT,
        )

    def register_type_adapters(self) -> None:
        """Do nothing: events travel as plain arrays, so no composite type needs to be known."""


def _configure(idle_timeout: float) -> Any:
    def configure(conn: Connection[Any]) -> None:
        conn.autocommit = True
        conn.execute(
            "select set_config('timezone', 'UTC', false),"
            " set_config('idle_in_transaction_session_timeout', %s, false),"
            # Whoever holds the append lock for long must not hold up everybody without a word; the connection
            # string may say how long that is (options='-c lock_timeout=…').
            " set_config('lock_timeout',"
            " coalesce(nullif(current_setting('lock_timeout'), '0'), '10s'), false)",
            (f"{int(idle_timeout * 1000)}ms",),
        )

    return configure


class Factory(InfrastructureFactory[TrackingRecorder]):
    """Makes the parts that the event library's `Application` asks for.

    Raises:
        OSError: `DATABASE_URL` is not set, or a setting is not a number.
    """

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        conninfo = self.env.get(DATABASE_URL)
        if not conninfo:
            raise OSError(f"{DATABASE_URL} is not set: name a PostgreSQL database by its URI")
        self.datastore = Datastore(
            conninfo,
            pool_size=int(self._number("POSTGRES_POOL_SIZE", 5)),
            max_overflow=int(self._number("POSTGRES_MAX_OVERFLOW", 10)),
            connect_timeout=self._number("POSTGRES_CONNECT_TIMEOUT", 10),
            conn_max_age=self._number("POSTGRES_CONN_MAX_AGE", 3600),
            idle_in_transaction_session_timeout=self._number(
                "POSTGRES_IDLE_IN_TRANSACTION_SESSION_TIMEOUT", 5
            ),
        )

        root = self.env.get(KEYS)
        self.keys = PersonalKeys(Datastore(conninfo, pool_size=0), Path(root)) if root else None

    def _number(self, key: str, default: float) -> float:
        value = self.env.get(key)
        try:
            return float(value) if value else default
        except ValueError:
            raise OSError(f"{key} must be a number, not {value!r}") from None

    def mapper(
        self,
        transcoder: Transcoder | None = None,  # noqa: ARG002 - the library's interface; msgspec transcodes
        mapper_class: type[Mapper[Any]] | None = None,
    ) -> Mapper[Any]:
        """Return the typed mapper; it seals and opens personal data where ZHUCUN_KEYS is set."""
        if mapper_class is not None:
            raise NotSupportedError("the ledger has one mapper, ledger.mapper.EventMapper")
        return EventMapper(self.keys)

    def application_recorder(self) -> Recorder:
        """Return the recorder."""
        return Recorder(self.datastore)

    def aggregate_recorder(self, purpose: str = "events") -> Never:
        """Refuse: the ledger keeps no snapshots, which are no facts."""
        raise NotSupportedError(f"the ledger keeps events alone, no {purpose}")

    def tracking_recorder(self, tracking_recorder_class: type[Any] | None = None) -> Never:  # noqa: ARG002
        """Refuse: what follows the ledger keeps its own place."""
        raise NotSupportedError("the ledger keeps events alone, no tracking")

    def process_recorder(self) -> Never:
        """Refuse: what follows the ledger keeps its own place."""
        raise NotSupportedError("the ledger keeps events alone, no tracking")

    def __enter__(self) -> Self:
        self.datastore.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.datastore.__exit__(exc_type, exc_val, exc_tb)

    def close(self) -> None:
        """Close the pools."""
        self.datastore.close()
        if self.keys is not None:
            self.keys.close()
