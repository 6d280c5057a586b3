"""Asking a witness to cosign the latest checkpoint, over HTTP, as C2SP's tlog-witness has it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from http import HTTPStatus
from http.client import HTTPException
from threading import Thread
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from psycopg import Connection

from ledger import signed
from ledger.checkpoints import witness_request
from ledger.errors import NoteInvalid, NothingSigned, WitnessUnusable
from ledger.signed import SignedCheckpoint
from ledger.textual import counted
from ledger.tree import consistency_proof
from ledger.witnesses import Cosigned, Witness, add_cosignatures, check_url, seen_by

PATIENCE: Final = 10.0
"""Seconds that a witness has to answer, and to say all of its answer."""

MUCH: Final = 64 * 1024
"""Bytes of an answer, at most."""


def ask_witness(
    conn: Connection[Any], witness: Witness, url: str | None = None, patience: float = PATIENCE
) -> Cosigned:
    """Ask a witness to cosign the latest checkpoint, and keep what it answers.

    Args:
        conn: to the database.
        witness: whom.
        url: where, if not at its own address.
        patience: seconds that it has to answer.

    Raises:
        WitnessUnusable: it cannot be asked or reached, or does not cosign; the reason says which.
        NothingSigned: there is no checkpoint yet.
    """
    key, url = witness.key, url or witness.url
    if url is None:
        raise WitnessUnusable(
            witness=key.name, zh="没有地址,请用 --url 给出", en="it has no address; give one with --url"
        )
    check_url(key.name, url)
    latest = signed.latest(conn)
    if latest is None:
        raise NothingSigned
    status, answer = _post(key.name, url, _request(conn, latest, seen_by(conn, key)), patience)
    if (
        status == HTTPStatus.CONFLICT and answer.strip().isdecimal()
    ):  # what it saw last is not what we know of
        seen = counted(answer.strip())
        if seen > latest.checkpoint.size:
            raise WitnessUnusable(
                witness=key.name,
                zh=f"它已见过长度{seen}的日志,而这里最新的检查点只有{latest.checkpoint.size}:"
                "本库可能是较早的状态,请运行 zhucun verify",
                en=f"it has seen the log of size {seen}, and the latest checkpoint here is of "
                f"{latest.checkpoint.size}: this database may be an older state, see `zhucun verify`",
            )
        status, answer = _post(key.name, url, _request(conn, latest, seen), patience)
    if status != HTTPStatus.OK:
        raise WitnessUnusable(
            witness=key.name,
            zh=f"未附签,回答 {status}:{_printable(answer)}",
            en=f"it did not cosign, and answered {status}: {_printable(answer)}",
        )
    try:
        cosigned = add_cosignatures(conn, f"{latest.checkpoint.text}\n{answer}")
    except NoteInvalid as error:
        raise WitnessUnusable(
            witness=key.name,
            zh=f"回答无效:{error.facts['zh']}",
            en=f"its answer is not valid: {error.facts['en']}",
        ) from error
    if key.name not in {*cosigned.added, *cosigned.known}:
        raise WitnessUnusable(
            witness=key.name,
            zh="回答中没有其公钥所作的附签",
            en="its answer has no cosignature of its key in it",
        )
    return cosigned


def _request(conn: Connection[Any], latest: SignedCheckpoint, seen: int) -> bytes:
    proof = consistency_proof(conn, seen, latest.checkpoint.size)
    return witness_request(seen, proof, latest.note).encode()


def _post(name: str, url: str, body: bytes, patience: float) -> tuple[int, str]:
    """Send a request, and return the status and the text of the answer."""
    request = Request(f"{url.rstrip('/')}/add-checkpoint", body, method="POST")  # noqa: S310 - check_url looked
    request.add_header("Content-Type", "text/plain; charset=utf-8")
    try:
        return _in_time(lambda: _exchanged(request, patience), patience)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise WitnessUnusable(
            witness=name, zh=f"{url} 无法访问:{reason}", en=f"{url} cannot be reached: {reason}"
        ) from error


def _in_time(work: Callable[[], tuple[int, str]], patience: float) -> tuple[int, str]:
    """Return what comes of work that may never end: then nobody waits for its thread any longer.

    A time limit of a connection is one for each piece that arrives, and the pieces may be small.
    """
    done: Future[tuple[int, str]] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            done.set_exception(error)

    Thread(target=run, name="zhucun-witness", daemon=True).start()
    try:
        return done.result(patience)
    except TimeoutError as error:
        raise TimeoutError(f"it did not answer in {patience:g} s") from error


def _exchanged(request: Request, patience: float) -> tuple[int, str]:
    try:
        response = build_opener(_NoRedirect).open(request, timeout=patience)
    except HTTPError as error:
        response = error
    with response:
        data = response.read(MUCH + 1)
        if len(data) > MUCH:
            raise OSError("its answer does not end")
        return response.status, data.decode(errors="replace")


class _NoRedirect(HTTPRedirectHandler):
    """A witness is asked where it is registered, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nowhere: the status is the answer."""


def _printable(answer: str) -> str:
    """Return the beginning of an answer, without what a terminal would obey."""
    return "".join(it if it.isprintable() else " " for it in answer.strip()[:200])
