"""`zhucun verify`: everything that is stored against everything that was promised of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import orjson
import typer
from rich.markup import escape

from api.cli.console import Failed, out, progress, say
from api.cli.texts import read_text
from api.county import County, existing_county
from api.settings import Settings
from ledger.audit import Audit, Finding, Outside, audit
from ledger.checkpoints import Checkpoint, log_origin
from ledger.database import connect
from ledger.errors import NoteInvalid
from ledger.holding import holding
from ledger.notes import Note, VerifierKey
from ledger.signer import Signer
from ledger.textual import base64_of
from projections.proof import ReadProof, prove, recall_from

MEMORY = "签署者的记录 the signer's memory"


@dataclass(frozen=True)
class Verification:
    """What a verification came to.

    Attributes:
        audit: of events, log, signatures, keys and guards.
        proof: of the read side; None where it was not asked for.
        against: the checkpoints from elsewhere that were compared.
    """

    audit: Audit
    proof: ReadProof | None
    against: Sequence[Outside]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found."""
        return self.audit.findings + (() if self.proof is None else self.proof.findings)

    @property
    def clean(self) -> bool:
        """Whether nothing differs; there may be remarks."""
        return all(it.code.remark for it in self.findings)

    @property
    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "clean": self.clean,
            "origin": self.audit.origin,
            "size": self.audit.size,
            "head": self.audit.head,
            "root": base64_of(self.audit.root),
            "checkpoints": self.audit.checkpoints,
            "agreed": self.audit.agreed,
            "against": [it.source for it in self.against],
            "read_position": None if self.proof is None else self.proof.position,
            "findings": [it.plain for it in self.findings],
        }


def verify(
    *,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="与他处保存的检查点比较,可多次。A checkpoint that somebody kept; as often as you like.",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="VKEY", help="由他处得知的公钥。A public key of the log, known from elsewhere."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="接着上次中断之处。Go on where it was interrupted.")
    ] = False,
    skip_read_side: Annotated[
        bool, typer.Option("--skip-read-side", help="不核对读库。Leave the read side out.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以JSON输出。Print JSON.")] = False,
) -> None:
    """核验全部事件、日志、签名与读库。Verify all events, the log, what was signed, and the read side.

    只有毫无差异时退出码才为0。 The exit code is 0 only when nothing differs.
    """
    kept, trusted = [_outside(file) for file in against or []], [VerifierKey.parse(it) for it in key or []]
    settings = Settings.from_env()
    with existing_county(settings) as county:
        signer = _signer_of(county)
        if signer is not None and (note := signer.memory.last()) is not None:
            kept.append(Outside(MEMORY, note))
        found = Verification(
            _audited(county, signer, kept, trusted, settings.data, resume=resume),
            None if skip_read_side else _proved(county, settings.keys),
            kept,
        )
    if as_json:
        typer.echo(orjson.dumps(found.plain, option=orjson.OPT_INDENT_2))
    else:
        for line in lines_of(found):
            out.print(line, highlight=False, soft_wrap=True)
    if not found.clean:
        raise typer.Exit(1)


def lines_of(found: Verification) -> Iterator[str]:
    """Yield what a verification came to, in lines for a person."""
    result = found.audit
    for it in found.findings:
        mark = "[yellow]*[/]" if it.code.remark else "[bold red]✗[/]"
        yield f"{mark} {escape(it.zh)}\n  {escape(it.en)}"
    yield (
        f"已核验 {result.size:,} 个事件、{result.checkpoints:,} 个检查点;"
        f"所签与所存一致至 {result.agreed:,}。 "
        f"{result.size:,} events and {result.checkpoints:,} checkpoints verified; what was signed is what is "
        f"stored up to {result.agreed:,}."
    )
    yield f"根 Root: {base64_of(result.root)}"
    if found.proof is not None:
        yield (
            f"读库已由事件重算,比较至位置 {found.proof.position:,}。 The read side was recomputed from "
            f"the events, and compared at position {found.proof.position:,}."
        )
    if found.clean:
        yield "[bold green]✓[/] 未发现差异。 Nothing differs."
        if all(it.source == MEMORY for it in found.against):
            yield (
                "[yellow]*[/] 没有他处保存的检查点可比:数据库若连同密钥一起被替换,此处无从得知。 "
                "There was no checkpoint from elsewhere: if database and key were replaced together, this "
                "cannot tell."
            )
    else:
        number = sum(not it.code.remark for it in found.findings)
        yield f"[bold red]✗[/] 发现 {number} 处差异。 Differences found: {number}."


def _log_of(county: County) -> str:
    return log_origin(county.identity.origin, simulated=county.identity.simulated)


def _signer_of(county: County) -> Signer | None:
    """Return the county's signer, if its folder is ours to look into."""
    try:
        county.signer.memory.last()
        next(county.signer.memory.all(), None)
        county.signer.public(_log_of(county))
    except PermissionError:
        say(
            f"无权读取密钥目录 {county.signer.folder},未与签署者的记录比较。 "
            "The key folder is not ours to read: what the signer remembers is left out."
        )
        return None
    return county.signer


def _audited(  # noqa: PLR0913 - what may be compared with
    county: County,
    signer: Signer | None,
    kept: Sequence[Outside],
    trusted: Sequence[VerifierKey],
    data: Path,
    *,
    resume: bool,
) -> Audit:
    state = data / f"verify-{quote(county.identity.origin, safe='')}.json"
    try:
        with progress("核验事件 Verifying") as told:
            return audit(
                county.conninfo,
                outside=kept,
                trusted=trusted,
                own=None if signer is None else signer.public(_log_of(county)),
                remembered=() if signer is None else signer.memory.all(),
                recall=recall_from(county.conninfo),
                progress=told,
                state_file=state,
                resume=resume,
            )
    except KeyboardInterrupt:
        if state.exists():
            say("已中断,可用 --resume 续核。 Interrupted: go on with `zhucun verify --resume`.")
        raise


def _proved(county: County, keys: Path) -> ReadProof:
    with connect(county.conninfo) as conn:
        usable = holding(conn, keys).trouble is None
    with progress("核对读库 Proving the read side") as told:
        return prove(county.conninfo, county.keys if usable else None, told)


def _outside(file: Path) -> Outside:
    text = read_text(file)
    try:
        note = Note.parse(text)
        Checkpoint.parse(note.text)
    except NoteInvalid as error:
        raise Failed(
            f"{file} 不是本系统的检查点;请给出 zhucun checkpoint 所输出的完整文本。",
            f"{file} is not a checkpoint: give the whole text that `zhucun checkpoint` printed.",
        ) from error
    return Outside(file.name, note)
