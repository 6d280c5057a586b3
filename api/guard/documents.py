"""Stored documents: a folder of `.graphql` files, each known by its name and by the SHA-256 of its text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.problems import Problem


class Documents:
    """The documents that are answered, and no others.

    Args:
        folder: with the `.graphql` files, read once; a document has its file's name without the ending.
    """

    def __init__(self, folder: Path) -> None:
        self._by_name = {it.stem: it.read_text(encoding="utf-8") for it in sorted(folder.glob("*.graphql"))}
        self._by_digest = {_digest(text): text for text in self._by_name.values()}

    def text_of(self, query: str | None, extensions: Mapping[str, Any]) -> str:
        """Return the stored document that a request is for.

        It is the request's `query`, to the letter; or there is none, and the document is named in the
        request's `extensions`: by `documentId`, or as Apollo's clients do by `persistedQuery.sha256Hash`.

        Raises:
            Problem: it is for none.
        """
        persisted = extensions.get("persistedQuery")
        digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if query:
            found = self._by_digest.get(_digest(query))
        else:
            found = self._by_name.get(str(extensions.get("documentId"))) or self._by_digest.get(str(digest))
        if found is None:
            raise Problem(
                "DOCUMENT_NOT_STORED",
                "本服务只回答预先存放的查询,请以extensions.documentId指明其一。",
                "This server answers stored documents alone; name one with extensions.documentId.",
            )
        return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
