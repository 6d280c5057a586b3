"""Handing a whole log on, and taking one in: files and pipes, packed by gzip if their name says so."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, cast

from api.cli.console import Failed, progress, say
from api.cli.serving import bring_up_to_date
from api.county import County, open_county, open_database
from api.settings import Settings
from ledger import database
from ledger.exchange import Head
from ledger.export import export
from ledger.restore import Restored, restore

PIPE: Final = "-"
_PACKED: Final = b"\x1f\x8b"
_LONGEST: Final = 1 << 26
"""Bytes of a line, at most: a longer one is no event's, and is not read into memory to find that out."""


def export_log(county: County, target: str, upto: int | None) -> Head:
    """Write the log to a file, or to standard output, and return its head."""
    bring_up_to_date(county)
    with (
        database.connect(county.conninfo) as conn,
        writing(target) as write,
        progress("导出 Exporting") as told,
    ):
        return export(conn, write, upto, told)


def import_log(settings: Settings, source: str) -> Restored:
    """Restore a ledger from a file, or from standard input, and bring its read side up to date."""
    with reading(source) as lines, open_database(settings, say) as conninfo:
        database.prepare(conninfo)
        try:
            with progress("导入 Importing") as told:
                restored = restore(conninfo, lines, told)
        except KeyboardInterrupt:
            say("已中断,已导入的保留;再次运行即可续上。 Interrupted; run it again, and it goes on from here.")
            raise
    with open_county(settings, say) as county:
        bring_up_to_date(county)
    return restored


@contextmanager
def writing(target: str) -> Iterator[Callable[[bytes], object]]:
    """Lend what writes to a target; a file takes its name when it is whole."""
    if target == PIPE:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    draft = path.with_name(f"{path.name}.part")
    try:
        with draft.open("wb") as file:
            if path.suffix == ".gz":
                # Neither a name nor a time goes into it: the same log gives the same bytes.
                with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                    yield packed.write
            else:
                yield file.write
        draft.replace(path)
    except OSError as error:
        raise Failed(
            f"无法写入 {target}:{error.strerror}。", f"Cannot write {target}: {error.strerror}."
        ) from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def reading(source: str) -> Iterator[Iterator[bytes]]:
    """Lend the lines of a source."""
    if source == PIPE:
        yield _lines(source, cast("IO[bytes]", sys.stdin.buffer))
        return
    try:
        file = Path(source).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise Failed(
            f"无法读取 {source}:{error.strerror}。", f"Cannot read {source}: {error.strerror}."
        ) from error
    with file:
        yield _lines(source, file)


def _lines(source: str, file: IO[bytes]) -> Iterator[bytes]:
    """Yield lines, unpacked if they are packed, whatever the name."""
    begins = file.peek(2)[:2] if hasattr(file, "peek") else b""
    try:
        unpacked = gzip.GzipFile(fileobj=file) if begins == _PACKED else file
        while line := unpacked.readline(_LONGEST):
            yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Failed(
            f"{source} 的压缩数据已损坏或不完整({error})。已导入的保留;请用完好的文件再导入一次。",
            f"{source} is not whole, or damaged ({error}). What was imported stays: import an intact copy.",
        ) from error
