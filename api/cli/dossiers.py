"""A dossier as a file: made in this process, from the county's own database and keys, and put on record."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from api.cli.asking import running
from api.cli.console import Failed, say
from api.clock import Asked
from api.county import County

ON_THIS_MACHINE: Final = "在本机出具 made on this machine"
"""Why somebody who has the machine asks, if they do not say: they have its keys, and see everything."""


def write_dossier(  # noqa: PLR0913, PLR0917 - what is asked on the command line
    county: County,
    who: str,
    as_of: date | None,
    known_at: datetime | int | None,
    target: Path | None,
    reason: str | None,
) -> Path:
    """Make a person's dossier, and return the file that it was written to.

    Args:
        county: whose ledger.
        who: id or staff number.
        as_of: the day, included; the last that can be spoken of if None.
        known_at: the moment or position of the knowledge; now if None.
        target: the file, or the folder to write it to under its own name; the current one if None.
        reason: why all of it is asked for; that of whoever has the machine if None.

    Raises:
        Problem, LedgerError: there can be no such dossier.
        Failed: the file cannot be written.
    """
    # Takes a while, and other commands need not wait.
    from api.dossier.make import make_dossier  # noqa: PLC0415 - see above
    from api.dossier.route import recorded  # noqa: PLC0415 - see above

    asked = Asked(as_of, position=known_at) if isinstance(known_at, int) else Asked(as_of, known_at)
    with running(county) as (runner, services):
        why = ON_THIS_MACHINE if reason is None else reason
        made = runner.run(make_dossier(county, services, who, asked, why))
        receipt = runner.run(recorded(services, made))
    say(
        f"已登记查阅(位置{receipt.position}),凭证 {receipt.salt}。 "
        f"On record at position {receipt.position}; the salt of its digest is {receipt.salt}."
    )
    file = (target or Path()) / made.name if target is None or target.is_dir() else target
    try:
        _write_whole(file, made.content)
    except OSError as error:
        raise Failed(
            f"无法写入 {file}:{error.strerror}。请换一个位置。",
            f"{file} cannot be written: {error.strerror}. Choose another place.",
        ) from error
    return file


def _write_whole(file: Path, content: bytes) -> None:
    """Write a file so that it is never seen half-written."""
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as draft:
        draft.write(content)
    try:
        Path(draft.name).chmod(0o644)
        Path(draft.name).replace(file)
    except OSError:
        Path(draft.name).unlink()
        raise
