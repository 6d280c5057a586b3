"""Texts that others keep: reading one that somebody brings, and writing one to be taken away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import typer

from api.cli.console import Failed, say

PIPE: Final = Path("-")


def read_text(file: Path) -> str:
    """Return a signed text as it was written; `-` is standard input.

    Editors and mail put a byte order mark before it, end its lines in their own way, or drop or add empty
    lines at its end. None of that belongs to what was signed.

    Raises:
        Failed: it cannot be read, or is no text.
    """
    try:
        data = sys.stdin.buffer.read() if file == PIPE else file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise Failed(
            f"无法读取 {file}:{error.strerror}。请核对文件名与权限。",
            f"{file} cannot be read: {error.strerror}. Check its name and your rights to it.",
        ) from error
    except UnicodeDecodeError as error:
        raise Failed(
            f"{file} 不是UTF-8文本。请用原样保存的文件。",
            f"{file} is no text in UTF-8. Give the file as it was kept.",
        ) from error
    return text.replace("\r\n", "\n").rstrip("\n") + "\n"


def write_text(text: str, file: Path | None) -> None:
    """Write a text to a file as it is, or to standard output if there is none.

    Raises:
        Failed: the file cannot be written.
    """
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_bytes(text.encode())
    except OSError as error:
        raise Failed(
            f"无法写入 {file}:{error.strerror}。请换一个位置。",
            f"{file} cannot be written: {error.strerror}. Choose another place.",
        ) from error
    say(f"已写入 Written: {file}")
