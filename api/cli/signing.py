"""`zhucun checkpoint` and `zhucun key`: what is signed of the log, and by which key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from api.cli.console import err, out, say
from api.cli.serving import bring_up_to_date
from api.cli.texts import write_text
from api.county import SHANGHAI, County, existing_county
from api.settings import Settings
from ledger import signed
from ledger.database import connect, prepare
from ledger.errors import NoteInvalid
from ledger.keys import KeyRecord, faults, key_history
from ledger.signed import SignedCheckpoint

key = typer.Typer(
    no_args_is_help=True, help="签名密钥:查看、更换。The keys that sign the log: show them, rotate."
)

AsJson = Annotated[bool, typer.Option("--json", help="以JSON输出。Print JSON instead of a table.")]


def checkpoint(
    *,
    size: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="某一较早的长度。Of an earlier size of the log.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="写入文件。Write it to a file.")
    ] = None,
) -> None:
    """签署并输出检查点。Sign the log as it is, and print the checkpoint: a text for others to keep."""
    with prepared_county() as county:
        bring_up_to_date(county)
        note = _signed(county, size).note
    write_text(note, output)


@key.command(name="show")
def show_keys(*, as_json: AsJson = False) -> None:
    """列出公钥及其更替。List the public keys, the last one signs; exit code 1 when their chain is broken."""
    with prepared_county() as county, connect(county.conninfo) as conn:
        records, origin = key_history(conn), signed.log_name(conn)
    wrong = list(faults(records, origin))
    if as_json:
        typer.echo(orjson.dumps([_plain(record) for record in records], option=orjson.OPT_INDENT_2))
    else:
        table = Table("号 No", "自 Since", "当时长度 At size", "公钥 Key", box=None)
        for it in map(_plain, records):
            size = "?" if it["from_size"] is None else f"{it['from_size']:,}"
            table.add_row(str(it["number"]), it["registered_at"][:10], size, escape(it["vkey"]))
        out.print(table, soft_wrap=True)
    for fault in wrong:
        err.print(f"[red]✗ {fault.number}: {escape(fault.zh)} {escape(fault.en)}[/]", soft_wrap=True)
    if wrong:
        raise typer.Exit(1)


@key.command()
def rotate(
    *,
    lost: Annotated[
        str | None,
        typer.Option(
            metavar="REASON",
            help="旧私钥已丢失,说明缘由;仅由新密钥签署。The old key is lost: why; the new one signs alone.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。Do not ask first.")] = False,
) -> None:
    """更换密钥,旧私钥随即销毁。Let a new key take over; the old private key is destroyed."""
    if lost is not None and (not lost.strip() or not lost.isprintable()):
        hint = "请用一行文字说明。Give the reason in one line."
        raise typer.BadParameter(hint, param_hint="--lost")
    if not yes:
        typer.confirm(
            "更换签名密钥?旧私钥不可恢复。Rotate the key? The old one cannot be got back.", abort=True
        )
    with prepared_county() as county:
        bring_up_to_date(county)
        record = county.signer.rotate(lost)
    say("请将新公钥交给保存检查点的各方。 Give the new public key to all who keep checkpoints:")
    typer.echo(record.vkey)


@contextmanager
def prepared_county() -> Iterator[County]:
    """Lend the county, whose ledger has all tables of this version."""
    with existing_county(Settings.from_env()) as county:
        prepare(county.conninfo)
        yield county


def _signed(county: County, size: int | None) -> SignedCheckpoint:
    """Return the checkpoint of a size, which needs no key if it was signed before."""
    if size is not None:
        with connect(county.conninfo) as conn:
            found = signed.signed_checkpoint(conn, size)
        if found is not None:
            return found
    return county.signer.sign(size)


def _plain(record: KeyRecord) -> dict[str, Any]:
    try:
        size = record.takeover.size
    except NoteInvalid:
        size = None  # what is wrong with it is told besides
    return {
        "number": record.number,
        "vkey": record.vkey,
        "from_size": size,
        "registered_at": record.registered_at.astimezone(SHANGHAI).isoformat(),
        "note": record.note,
    }
