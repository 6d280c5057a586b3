"""Every tampered dossier is refused, whoever signed it."""

from __future__ import annotations

import pytest

from tests.dossier.language import FAILS, HOLDS, Log, judged
from tests.dossier.tampering import FAMILIES
from tests.facts import SUCCESSOR


def test_before_it_is_tampered_with_it_holds(log: Log) -> None:
    assert judged(log.opened().packed(), key=log.vkey).code == HOLDS


def test_files_that_say_the_same_otherwise_hold_if_the_log_signed_them(log: Log) -> None:
    written = log.opened()
    for name in ("keys.json", "rules.json", "streams.json", "openings.json", "claims.json"):
        written.put(name, written.json(name))
    written.events = written.events
    written.sign_again()

    assert written.files != log.opened().files
    assert judged(written.packed(), key=log.vkey).code == HOLDS


@pytest.mark.parametrize("family", FAMILIES)
def test_every_tampering_is_refused_whether_or_not_the_log_signed_it(log: Log, family: str) -> None:
    honest, accepted = log.opened(), []
    for it in FAMILIES[family](honest, log.opened(SUCCESSOR), log.opened(knownAtPosition=40)):
        tampered = honest.copy()
        it.change(tampered)
        assert tampered.files != honest.files, it.name
        accepted += [it.name] * (judged(tampered.packed(), key=log.vkey).code != FAILS)
        if not it.signed:
            tampered.sign_again()
            accepted += [f"{it.name}, signed"] * (judged(tampered.packed(), key=log.vkey).code != FAILS)
    assert accepted == []
