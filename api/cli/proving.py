"""`zhucun proof`: proofs in the text forms that others' programs check, without us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.asking import asking
from api.cli.console import Failed
from api.cli.serving import bring_up_to_date
from api.cli.texts import write_text
from api.county import existing_county
from api.settings import Settings

proofs = typer.Typer(
    no_args_is_help=True,
    help="证明:事件确在日志中,日志只增不改。Prove that an event is in the log, or that the log only grew.",
)

Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="写入文件。Write it to a file.")
]

_INCLUSION = """
query ($position: ID!, $size: ID) {
  ledger { proof: inclusion(position: $position, size: $size) { size text } }
}
"""
_CONSISTENCY = """
query ($old: ID!, $new: ID!) {
  ledger { proof: consistency(from: $old, to: $new) { size: to text } }
}
"""


@proofs.command()
def inclusion(
    position: Annotated[int, typer.Argument(min=1, help="事件的位置。The event's position.")],
    *,
    size: Annotated[
        int | None,
        typer.Option(min=1, help="检查点的长度,默认最新。Size of the checkpoint; the latest by default."),
    ] = None,
    output: Output = None,
) -> None:
    """证明某事件在检查点中。Prove that an event is in a checkpoint (C2SP tlog-proof)."""
    _hand_out(_INCLUSION, output, position=position, size=size)


@proofs.command()
def consistency(
    old: Annotated[int, typer.Argument(metavar="FROM", min=0, help="较短的长度。The smaller size.")],
    new: Annotated[
        int, typer.Argument(metavar="TO", min=0, help="较长的长度,须有检查点。The greater, signed.")
    ],
    *,
    output: Output = None,
) -> None:
    """证明较长日志以较短者开头。Prove that a checkpoint continues the log of a smaller size.

    其形式同向C2SP见证方的请求。 In the form in which a C2SP witness is asked.
    """
    _hand_out(_CONSISTENCY, output, old=old, new=new)


def _hand_out(query: str, output: Path | None, **numbers: int | None) -> None:
    with existing_county(Settings.from_env()) as county:
        bring_up_to_date(county)
        with asking(county) as ask:
            variables: dict[str, Any] = {
                name: None if it is None else str(it) for name, it in numbers.items()
            }
            proof = ask(query, **variables)["ledger"]["proof"]
    if proof["text"] is None:
        raise Failed(
            f"长度{proof['size']}没有检查点,无从对证。先签署:zhucun checkpoint --size {proof['size']}",
            f"There is no checkpoint of size {proof['size']} to prove it in. "
            f"Sign one first: zhucun checkpoint --size {proof['size']}",
        )
    write_text(proof["text"], output)
