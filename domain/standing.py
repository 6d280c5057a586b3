"""The voidable facts an aggregate stands by: a repeat is noticed, a mistake is found again by its version."""

from __future__ import annotations

from typing import Any

from domain.refusals import AlreadyVoided, NoSuchEvent, NotVoidable

Key = tuple[Any, ...]
"""What a fact is about: its kind first, then what makes it one of a kind."""


class Standing:
    """Facts in force by what they are about, each with the version of its event."""

    def __init__(self) -> None:
        self._version_of: dict[Key, int] = {}
        self._key_of: dict[int, Key] = {}
        self._voided: set[int] = set()

    def __contains__(self, key: object) -> bool:
        return key in self._version_of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Standing) and vars(self) == vars(other)

    def __copy__(self) -> Standing:
        twin = Standing()
        twin._version_of = self._version_of.copy()
        twin._key_of = self._key_of.copy()
        twin._voided = self._voided.copy()
        return twin

    __hash__ = None  # type: ignore[assignment]  # mutable, as the aggregates that hold it

    def version_of(self, key: Key) -> int | None:
        """Return the version of the fact in force about `key`, if there is one."""
        return self._version_of.get(key)

    def is_voided(self, version: int) -> bool:
        """Tell whether the event of `version` was voided."""
        return version in self._voided

    def about(self, kind: str) -> list[Key]:
        """Return the keys of all facts in force of a kind."""
        return [key for key in self._version_of if key[0] == kind]

    def add(self, key: Key, version: int) -> None:
        """Let the event of `version` be the fact in force about `key`."""
        self._version_of[key] = version
        self._key_of[version] = key

    def remove(self, version: int) -> None:
        """Let the event of `version` no longer count."""
        del self._version_of[self._key_of.pop(version)]
        self._voided.add(version)

    def key_to_void(self, version: int, newest: int) -> Key:
        """Return what the event of `version` is about, if it may be voided.

        Raises:
            NoSuchEvent: the aggregate has no such version (`newest` is its last).
            AlreadyVoided: it was voided before.
            NotVoidable: it is a decision of procedure.
        """
        if not 1 <= version <= newest:
            raise NoSuchEvent(version=version)
        if version in self._voided:
            raise AlreadyVoided(version=version)
        if version not in self._key_of:
            raise NotVoidable(version=version)
        return self._key_of[version]
