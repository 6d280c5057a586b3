"""What is signed of a county's log, for whoever runs it or keeps checkpoints."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.errors import UndefinedTable

from api.county import SHANGHAI, County
from ledger import signed
from ledger.database import connect
from ledger.signed import SignedCheckpoint
from ledger.signer import ANSWER
from ledger.textual import base64_of


def latest_checkpoint(county: County) -> SignedCheckpoint | None:
    """Return the longest checkpoint that was signed, if any was."""
    with connect(county.conninfo, patience=ANSWER) as conn:
        return _latest(conn)


def signing_of(county: County) -> dict[str, Any]:
    """Return the last checkpoint and the signer's alarm, as plain values; None where there is none."""
    last = latest_checkpoint(county)
    checkpoint = last and {
        "size": last.checkpoint.size,
        "root": base64_of(last.checkpoint.root),
        "signed_at": last.signed_at.astimezone(SHANGHAI).isoformat(),
    }
    return {"checkpoint": checkpoint, "alarm": county.signer.alarm}


def _latest(conn: Connection[Any]) -> SignedCheckpoint | None:
    try:
        return signed.latest(conn)
    except UndefinedTable:
        return None  # of the time before logs were signed; `zhucun serve` brings it up to date
