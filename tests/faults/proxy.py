"""A wire between the server and PostgreSQL that a test can cut, stop up and mend."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_PIECE = 65536


class Wire:
    """Passes connections on to a database for as long as it is whole.

    Attributes:
        conninfo: of the database, by way of the wire.
    """

    def __init__(self, conninfo: str) -> None:
        parts = conninfo_to_dict(conninfo)
        self._host, self._port = str(parts.get("host") or "127.0.0.1"), int(parts.get("port") or 5432)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._whole = True
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self.conninfo = make_conninfo(
            conninfo, host="127.0.0.1", port=self._listening.getsockname()[1], sslmode="disable"
        )
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        with self._lock:
            self._whole = False
            ends, self._ends = self._ends, []
        for end in ends:
            _shut(end)

    def stop_up(self) -> None:
        """Pass nothing on, with every connection alive: what hangs says nothing."""
        self._open.clear()

    def mend(self) -> None:
        """Let connections through again, and what they were about to say."""
        with self._lock:
            self._whole = True
        self._open.set()

    def close(self) -> None:
        """Take the wire away."""
        self._open.set()
        _shut(self._listening)
        self._accepting.join()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return  # taken away
            with self._lock:
                if not self._whole:
                    _shut(near)
                    continue
                far = self._database()
                self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(_PIECE):
                self._open.wait()
                other.sendall(piece)
        _shut(one)
        _shut(other)

    def _database(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        far = socket.socket(socket.AF_UNIX)
        far.connect(str(Path(self._host) / f".s.PGSQL.{self._port}"))
        return far


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def wire_to(conninfo: str) -> Iterator[Wire]:
    """Lend a wire to a database."""
    wire = Wire(conninfo)
    try:
        yield wire
    finally:
        wire.close()
