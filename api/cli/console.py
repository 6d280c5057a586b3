"""What all commands share: where they print, how they show progress, and how they fail.

Results go to standard output and everything else to standard error, so that results can be piped.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup
from typer.exceptions import TyperException

PIPED_WIDTH: Final = 160

out = Console()
err = Console(stderr=True)
if not out.is_terminal:
    out = Console(width=PIPED_WIDTH)


class Failed(Exception):  # noqa: N818 - named as what happened
    """A command line command cannot do what is asked: what, where, and what to do, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.message_zh = zh
        self.message_en = en
        super().__init__(f"{zh} {en}")


class Commands(TyperGroup):
    """The group of all commands. It turns every error into a few lines that say what to do."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; show what goes wrong, without a traceback unless `--debug` asks for one."""
        try:
            return super().invoke(ctx)
        except (typer.Abort, typer.Exit, TyperException):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever read our output has seen enough
            if ctx.params.get("debug"):
                err.print_exception()
            else:
                show(error)
            raise typer.Exit(1) from error


def show(error: Exception) -> None:
    """Print an error: its own two messages, or what is known of one that nobody foresaw."""
    zh, en = getattr(error, "message_zh", ""), getattr(error, "message_en", "")
    if not zh:
        kind = type(error).__name__
        zh = f"意外错误:{kind}"
        en = f"Unexpected error: {kind}: {error}. `zhucun --debug …` shows where it happened."
    err.print(f"[bold red]✗[/] {escape(zh)}\n  {escape(en)}", highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """Print a line about what is going on."""
    err.print(escape(line), style="dim", highlight=False, soft_wrap=True)


def once(told: Callable[[str], None]) -> Callable[[str], None]:
    """Return what tells a line the first time, and not again."""
    return cache(told)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """Lend a progress bar, to be told how much of how much is done; it goes when the work is done."""
    if not err.is_terminal:
        yield lambda _done, _of: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def told(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield told
