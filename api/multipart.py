"""Files over GraphQL: how a request that brings some is received (graphql-multipart-request-spec).

Nothing is held in memory whole: what is larger than a megabyte is spooled to the disk, in files without a
name. A page elsewhere could make a browser send a plain form here; so a request has to have a header that no
form can send.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from cross_web import FormData, HTTPException, StarletteRequestAdapter
from starlette.datastructures import FormData as Form
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from api.guard.crowd import Crowd
from api.jobs.jobs import MOST_FILES
from api.papers.grid import MAX_SIZE

AT_A_TIME: Final = 4
"""Uploads that are received at a time."""
OF_ONE: Final = 2
"""Of these, of one who brings them: nobody can hold all places."""
HEADERS: Final = ("Apollo-Require-Preflight", "X-Zhucun-Upload")
"""One of these has to be given, with any value; a browser asks first before it sends them elsewhere."""
_TEXTS: Final = ("operations", "map")
_logger = logging.getLogger(__name__)


def is_multipart(scope: Scope) -> bool:
    """Tell whether a request may bring files."""
    return Headers(scope=scope).get("content-type", "").lower().lstrip().startswith("multipart/")


class Uploads:
    """Receives requests that bring files, a few at a time.

    Args:
        seconds: that each may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way = 0
        self._of_each = Crowd(OF_ONE)

    @asynccontextmanager
    async def receiving(self, request: Request, who: str) -> AsyncIterator[None]:
        """Let a request be received and answered, and let go of its files in the end.

        Args:
            request: brings files.
            who: asks, by the name under which they are counted.

        Raises:
            HTTPException: it has none of the headers, or too many are under way.
            TooMany: of theirs.
        """
        if not any(request.headers.get(name) for name in HEADERS):
            raise HTTPException(
                400,
                f"上传须带请求头{HEADERS[0]}或{HEADERS[1]}(值任意),以防他站伪造。 "
                f"An upload needs the header {HEADERS[0]} or {HEADERS[1]}, with any value: it keeps other "
                "sites' forms out.",
            )
        if self._under_way >= AT_A_TIME:
            raise HTTPException(
                503,
                f"正在接收{AT_A_TIME}个上传,请稍后再试。 {AT_A_TIME} uploads are under way; try again later.",
            )
        self._under_way += 1
        request.state.patience = self._seconds
        try:
            with self._of_each.joined(who):
                yield
        finally:
            self._under_way -= 1
            form = getattr(request.state, "form", None)
            if form is not None:
                await form.close()


class Adapter(StarletteRequestAdapter):
    """A request whose files are checked while they are received."""

    async def get_form_data(self) -> FormData:
        """Receive the parts of a request.

        Raises:
            HTTPException: they are too large, too many, too slow, or not well formed.
        """
        parser = _Parts(self._request.headers, self._request.stream(), max_files=MOST_FILES, max_fields=2)
        try:
            with anyio.fail_after(self._request.state.patience):
                form = await parser.whole()
        except TimeoutError as error:
            raise HTTPException(
                408, "上传超时,请检查网络后重试。 The upload took too long; try again."
            ) from error
        except ClientDisconnect as error:
            raise HTTPException(400, "上传中断。 The upload was cut off.") from error
        except MultiPartException as error:
            raise HTTPException(
                400, f"无法读取上传内容。 The upload cannot be read: {error.message}"
            ) from error
        except OSError as error:
            _logger.warning("An upload cannot be kept: %s", error)
            raise HTTPException(
                507,
                "服务器磁盘写不下上传的文件,请告知管理员。 "
                "The server has no room for the upload; tell whoever runs it.",
            ) from error
        self._request.state.form = form
        return FormData(files=form, form=form)


class _Parts(MultiPartParser):
    """Receives parts; none may be larger than a paper, and the last one has to be there to its end."""

    _size = 0
    _ended = False

    async def whole(self) -> Form:
        """Receive all parts.

        Raises:
            MultiPartException: it is not well formed, or breaks off.
        """
        form = await self.parse()
        if not self._ended or any(isinstance(form.get(name), UploadFile) for name in _TEXTS):
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException(
                f"{' and '.join(_TEXTS)} have to be texts."
                if self._ended
                else "It breaks off before its end."
            )
        return form

    def on_end(self) -> None:
        self._ended = True

    def on_part_begin(self) -> None:
        self._size = 0
        super().on_part_begin()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._size > MAX_SIZE:
            raise HTTPException(
                413,
                f"文件超过{MAX_SIZE // 1_000_000}MB,请拆成几个较小的文件。 "
                f"A file is larger than {MAX_SIZE // 1_000_000} MB: split it.",
            )
        super().on_part_data(data, start, end)
