"""The event library's own test cases for recorders, run on ours from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence as contract

from ledger.recorder import Recorder
from ledger.store import Datastore


class _OnOurLedger:
    """Gives each test case a ledger of its own."""

    datastore: Datastore

    @pytest.fixture(autouse=True)
    def ledger(self, simulated_ledger: str) -> Any:
        with Datastore(simulated_ledger) as self.datastore:
            yield


class TestAsApplicationRecorder(_OnOurLedger, contract.ApplicationRecorderTestCase[Recorder]):
    def create_recorder(self) -> Recorder:
        return Recorder(self.datastore)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNonInterleaving(_OnOurLedger, contract.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> Recorder:
        return Recorder(self.datastore)


class _WithoutPositions(Recorder):
    """The library's aggregate recorders return no positions; its test case insists on that."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class TestAsAggregateRecorder(_OnOurLedger, contract.AggregateRecorderTestCase):
    def create_recorder(self) -> Recorder:
        return _WithoutPositions(self.datastore)
