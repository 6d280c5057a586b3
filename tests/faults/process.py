"""A county served by a process of its own, as an installation has it: to be killed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.api.bearers import authorized
from tests.api.server import Served, process_serving


class ServedElsewhere(Served):
    """A county that another process serves."""

    def __init__(self, conninfo: str, url: str, process: subprocess.Popen[str]) -> None:
        self.url = f"{url}/graphql"
        self.authorization = authorized(conninfo)
        self.http = httpx.Client(base_url=url, headers=self.authorization, timeout=60)
        self.process = process

    def kill(self) -> None:
        """Kill the process where it stands (SIGKILL)."""
        self.process.kill()
        self.process.wait()


@contextmanager
def served_elsewhere(conninfo: str) -> Iterator[ServedElsewhere]:
    """Serve the county of a database by `zhucun serve`."""
    with process_serving(conninfo, "serve") as (url, process):
        served = ServedElsewhere(conninfo, url, process)
        with served.http:
            yield served
