"""The digest of a plan: of what was shown before it is recorded, so that nothing else is."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from api.papers.plans import Plan
from ledger.mapper import plain_state

_encode: Final = msgspec.json.Encoder().encode


def digest_of(plan: Plan) -> str:
    """Return the SHA-256 of what a plan comes to: of its files, each row's outcome, and what is recorded.

    Of the events it has all, in their order, but for their versions: others may record on their aggregates
    what changes nothing here.
    """
    digest = sha256(_encode(plan.kind.name))
    for page in plan.pages:
        digest.update(_encode((page.source.sha256, page.source.name, page.layout.sheet.name)))
    for page_number, row, outcome in plan.says():
        digest.update(_encode((page_number, row, outcome.value)))
    for event in plan.events:
        digest.update(_encode((str(event.originator_id), event.TOPIC)))
        digest.update(plain_state(event))
    return digest.hexdigest()
