"""Python's collector of cyclic garbage, put off while very many objects are made that are to stay.

It looks for garbage whenever objects have become more, through all that there are, and finds none.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Collector:
    """Rests while anybody asks it to; several threads may at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asking = 0
        self._was_on = False

    @contextmanager
    def resting(self) -> Iterator[None]:
        with self._lock:
            if not self._asking:
                self._was_on = gc.isenabled()
                gc.disable()
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1
                if not self._asking and self._was_on:
                    gc.enable()


collector_resting = _Collector().resting
"""Put the collector off; for what takes seconds and makes no cycles of objects that it then drops."""
