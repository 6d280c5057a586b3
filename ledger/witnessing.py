"""Asking a witness to cosign the latest checkpoint, over HTTP, as C2SP's tlog-witness has it."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException
from time import monotonic
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from psycopg import Connection

from ledger import signed
from ledger.checkpoints import witness_request
from ledger.errors import NothingSigned, WitnessUnusable
from ledger.signed import SignedCheckpoint
from ledger.textual import counted
from ledger.tree import consistency_proof
from ledger.witnesses import Cosigned, Witness, add_cosignatures, check_url, seen_by

PATIENCE: Final = 10.0
"""Seconds that a witness has to answer, and to say all of its answer."""

MUCH: Final = 64 * 1024
"""Bytes of an answer, at most."""


def ask_witness(conn: Connection[Any], witness: Witness, url: str | None = None) -> Cosigned:
    """Ask a witness to cosign the latest checkpoint, and keep what it answers.

    Args:
        conn: to the database.
        witness: whom.
        url: where, if not at its own address.

    Raises:
        WitnessUnusable: it cannot be asked or reached, or does not cosign; the reason says which.
        NothingSigned: there is no checkpoint yet.
        NoteInvalid: its cosignature is wrong.
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
    status, answer = _post(key.name, url, _request(conn, latest, seen_by(conn, key)))
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
        status, answer = _post(key.name, url, _request(conn, latest, seen))
    if status != HTTPStatus.OK:
        raise WitnessUnusable(
            witness=key.name,
            zh=f"未附签,回答 {status}:{answer.strip()[:200]}",
            en=f"it did not cosign, and answered {status}: {answer.strip()[:200]}",
        )
    cosigned = add_cosignatures(conn, f"{latest.checkpoint.text}\n{answer}")
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


def _post(name: str, url: str, body: bytes) -> tuple[int, str]:
    """Send a request, and return the status and the text of the answer."""
    request = Request(f"{url.rstrip('/')}/add-checkpoint", body, method="POST")  # noqa: S310 - check_url looked
    request.add_header("Content-Type", "text/plain; charset=utf-8")
    try:
        try:
            response = urlopen(request, timeout=PATIENCE)  # noqa: S310 - check_url looked
        except HTTPError as error:
            response = error
        with response:
            return response.status, _read(response)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise WitnessUnusable(
            witness=name, zh=f"{url} 无法访问:{reason}", en=f"{url} cannot be reached: {reason}"
        ) from error


def _read(response: Any) -> str:
    """Return the text of an answer, which neither takes long nor is long."""
    data, patience = b"", monotonic() + PATIENCE
    while piece := response.read1(MUCH):
        data += piece
        if len(data) > MUCH or monotonic() > patience:
            raise TimeoutError("its answer does not end")
    return data.decode(errors="replace")
