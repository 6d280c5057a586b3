"""Serving a county: uvicorn, on a socket of ours, until it is told to stop."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

import ledger.database
import projections.schema
from api.cli.console import Failed, progress, say
from api.county import County
from ledger.errors import CannotSign, LogContradictsSigned
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.schema import SchemaState
from projections.status import read_status

if TYPE_CHECKING:
    from api.dingtalk.callback import Pushes
    from api.settings import Oidc, Settings

GRACE = 5
"""Seconds that requests under way have to finish."""


def bring_up_to_date(county: County) -> None:
    """Bring the log and the read side to the ledger's head, rebuilding first what another version made."""
    ledger.database.prepare(county.conninfo)
    if projections.schema.prepare(county.conninfo) is SchemaState.OUTDATED:
        say("读表由另一版本建立,正在重建。 Another version made the read side; rebuilding it.")
        with progress("重建读表 Rebuilding the read side") as told:
            report = rebuild(county.conninfo, county.keys, told)
        if not report.swapped:
            raise Failed(
                "重建的读表与现有的内容不同,未切换。请用 zhucun rebuild 查看。",
                "The rebuilt read side says something else than the live one, so it was not swapped in. "
                "See `zhucun rebuild`.",
            )
    with progress("更新读表 Projecting") as told:
        Projector(county.conninfo, county.keys).catch_up(progress=told)
    status = read_status(county.conninfo)
    if status.state == "stopped":
        say(
            f"读表停在事件 {status.stopped_position} 之前:{status.error} "
            "The read side stopped before this event; questions are answered as of then."
        )


def sign_log(county: County, told: Callable[[str], None]) -> None:
    """Sign the log as it is, or tell why that cannot be; what was recorded can be asked for all the same."""
    try:
        county.signer.sign()
    except (CannotSign, LogContradictsSigned) as error:
        told(str(error))


def serve_county(county: County, settings: Settings, pushes: Pushes | None = None) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first.

    Args:
        county: what is served.
        settings: where it is served and to whom, and what may be asked.
        pushes: receives what DingTalk pushes, if it is set up to.

    Raises:
        Failed: others would reach it and nobody could be known, the address cannot be had, or the server
            did not start.
    """
    from api.app import create_app  # noqa: PLC0415 - takes a while, and other commands need not wait
    from api.guard.protocol import config_of  # noqa: PLC0415 - as well

    host, oidc, limits, exposure = settings.host, settings.oidc, settings.limits, settings.exposure
    _check_reach(county, host, oidc)
    with _listen(host, settings.port) as listening:
        name = f"[{host}]" if ":" in host else host
        scheme = "http" if exposure.certificate is None else "https"
        url = f"{scheme}://{name}:{listening.getsockname()[1]}"
        server = _Server(
            config_of(
                create_app(county, pushes, oidc, limits=limits, exposure=exposure),
                limits,
                exposure,
                loop="auto" if sys.platform == "win32" else "uvloop",
                lifespan="on",
                log_level="warning",
                timeout_graceful_shutdown=GRACE,
            ),
            lambda: say(
                f"在 {url} 提供服务:/graphql · /checkpoint · /health · /ready(Ctrl-C 停止)。 "
                "Serving; Ctrl-C stops it."
            ),
        )
        with _stopping_quietly():
            try:
                server.run(sockets=[listening])
            except SystemExit as error:  # uvicorn's way to say that the application did not start
                raise Failed(
                    "服务未能启动,原因见上。", "The server did not start; the reason is above."
                ) from error


def _check_reach(county: County, host: str, oidc: Oidc | None) -> None:
    """Let nobody but this machine reach a server that can know nobody.

    Raises:
        Failed: others would reach it.
    """
    from api.access.tokens import has_key, is_loopback, own_tokens  # noqa: PLC0415 - takes a while

    if oidc is not None or has_key(own_tokens(county)):
        return
    if not is_loopback(host):
        raise Failed(
            f"尚无令牌,无从识别身份,故只能在本机服务,不能监听 {host}。请先运行 zhucun token issue 签发令牌,"
            "或设置 ZHUCUN_OIDC_ISSUER 与 ZHUCUN_OIDC_AUDIENCE。",
            f"Nobody can be known yet, so this server listens on this machine alone, not on {host}. Issue a "
            "token first (`zhucun token issue`), or set ZHUCUN_OIDC_ISSUER and ZHUCUN_OIDC_AUDIENCE.",
        )
    say(
        "尚无令牌:只在本机服务,可查看全部,不能办理;签发令牌用 zhucun token issue。 No tokens yet: this "
        "machine alone is served, to look and not to enter. `zhucun token issue` makes the first."
    )


class _Server(uvicorn.Server):
    """A server that says when it serves."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise Failed(
            f"无法在 {host}:{port} 提供服务:{error.strerror}。可用 --port 换一个端口。",
            f"Cannot serve on {host}:{port}: {error.strerror}. Choose another port with --port.",
        ) from error
    with listening:
        yield listening


@contextmanager
def _stopping_quietly() -> Iterator[None]:
    """Let uvicorn's stop be the end of it: it raises the signal again when it has shut down."""
    stops = (signal.SIGINT, signal.SIGTERM)
    handlers = {stop: signal.signal(stop, lambda *_: None) for stop in stops}
    try:
        yield
    finally:
        for stop, handler in handlers.items():
            signal.signal(stop, handler)
