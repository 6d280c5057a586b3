"""`zhucun witness`: others who look on as the log grows, and cosign its checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from psycopg import Connection
from rich.markup import escape
from rich.table import Table

from api.cli.console import Failed, out, say, show
from api.cli.signing import AsJson, prepared_county
from api.cli.texts import read_text
from ledger import witnesses
from ledger.database import connect
from ledger.errors import LedgerError
from ledger.witnesses import Cosigned, Witness
from ledger.witnessing import ask_witness

witness = typer.Typer(
    no_args_is_help=True, help="见证方:登记、询问、收下附签。Witnesses: register, ask, keep cosignatures."
)

Url = Annotated[
    str | None,
    typer.Option(metavar="URL", help="见证方的提交地址。Where the witness is asked: its submission prefix."),
]

NOBODY = ("没有登记了地址的见证方", "There is no witness with an address")


@witness.command()
def add(
    vkey: Annotated[str, typer.Argument(metavar="VKEY", help="见证方的公钥。The witness's verifier key.")],
    *,
    url: Url = None,
) -> None:
    """登记见证方,不可撤销。Register a witness, for good."""
    with prepared_county() as county, connect(county.conninfo) as conn:
        added = witnesses.add_witness(conn, vkey, url)
    say(f"已登记 Registered: {added.key.name}")


@witness.command(name="list")
def list_witnesses(*, as_json: AsJson = False) -> None:
    """列出见证方。List the witnesses, and up to which size of the log each has cosigned."""
    with prepared_county() as county, connect(county.conninfo) as conn:
        found = [_seen(conn, it) for it in witnesses.witnesses(conn)]
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
        return
    table = Table("见证方 Witness", "已附签至 Cosigned up to", "地址 Address", "公钥 Key", box=None)
    for it in found:
        table.add_row(escape(it["name"]), f"{it['size']:,}", escape(it["url"] or "—"), escape(it["vkey"]))
    out.print(table, soft_wrap=True)


@witness.command()
def ask(
    name: Annotated[
        str | None, typer.Argument(help="见证方名称;不写则逐一询问。Whom; all that have an address.")
    ] = None,
    *,
    url: Url = None,
) -> None:
    """请见证方附签最新检查点。Ask witnesses to cosign the latest checkpoint (C2SP tlog-witness)."""
    with prepared_county() as county, connect(county.conninfo) as conn:
        known = witnesses.witnesses(conn)
        asked = [it for it in known if (it.key.name == name if name else it.url)]
        if not asked:
            zh, en = (f"没有见证方“{name}”", f"There is no witness {name}") if name else NOBODY
            raise Failed(
                f"{zh}。用 zhucun witness list 查看,用 zhucun witness add 登记。",
                f"{en}. See `zhucun witness list`; register one with `zhucun witness add`.",
            )
        answered = [_asked(conn, it, url) for it in asked]
    if not all(answered):
        raise typer.Exit(1)


@witness.command()
def cosign(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="附签后的检查点;- 为标准输入。A cosigned checkpoint; - a pipe."),
    ],
) -> None:
    """收下文件中的附签。Keep the cosignatures that a checkpoint has; those of unknown keys are ignored."""
    note = read_text(file)
    with prepared_county() as county, connect(county.conninfo) as conn:
        cosigned = witnesses.add_cosignatures(conn, note)
    _tell(cosigned)
    if not cosigned.added and not cosigned.known:
        raise Failed("其中没有已登记见证方的附签。", "There is no cosignature of a registered witness in it.")


def _seen(conn: Connection[Any], it: Witness) -> dict[str, Any]:
    return {"name": it.key.name, "vkey": it.vkey, "url": it.url, "size": witnesses.seen_by(conn, it.key)}


def _asked(conn: Connection[Any], it: Witness, url: str | None) -> bool:
    """Ask one witness, tell what became of it, and return whether it cosigned."""
    try:
        _tell(ask_witness(conn, it, url))
    except LedgerError as error:
        show(error)
        return False
    return True


def _tell(cosigned: Cosigned) -> None:
    for names, words in (
        (cosigned.added, "已附签 cosigned"),
        (cosigned.known, "早已附签 had cosigned before"),
        (cosigned.ignored, "未登记,忽略 unknown, ignored"),
    ):
        for name in names:
            say(f"{name}: {words} ({cosigned.size:,})")
