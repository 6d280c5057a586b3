"""The log over GraphQL: roots, checkpoints and proofs, each as its definition has it over the raw rows."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.cli.asking import Ask, asking
from api.county import existing_county
from api.problems import Problem
from api.settings import Settings
from tests import facts
from tests.api.server import Served
from tests.api.test_oracle import signed_tree
from tests.conftest import ORIGIN
from tests.oracle import tree as definition
from tests.oracle.tree import Tree, base64
from tests.projections.readside import ReadSide
from tests.scenario import Fact

COSIGNED_AT = datetime(2021, 6, 5, 12, tzinfo=UTC)
INCLUSION = """
query ($position: ID!, $size: ID) {
  ledger { inclusion(position: $position, size: $size) { index size leafHash hashes root text } }
}
"""
CONSISTENCY = """
query ($from: ID!, $to: ID!) {
  ledger { size consistency(from: $from, to: $to) { from to fromRoot toRoot hashes text } }
}
"""
CHECKPOINT = "{ ledger { checkpoint { size note signatures { name keyId kind timestamp } } } }"


class Quiet:
    """A ledger that nobody signs unasked, and what asks it."""

    def __init__(self, side: ReadSide, ask: Ask, keys: Path) -> None:
        self.side = side
        self.ask = ask
        self.keys = keys

    def record(self, *entered: Fact) -> int:
        """Record facts, project them, and return how many events there are."""
        self.side.enter(*entered)
        return self.side.project()

    def sign(self) -> Any:
        """Sign the log as it stands, and return the checkpoint."""
        return self.ask("mutation { signCheckpoint { size root signedAt note } }")["signCheckpoint"]


@pytest.fixture
def quiet(simulated_ledger: str, tmp_path: Path) -> Iterator[Quiet]:
    """An empty ledger that nobody signs unasked."""
    side, settings = (
        ReadSide(simulated_ledger),
        Settings(database_url=simulated_ledger, keys_at=tmp_path / "keys"),
    )
    with existing_county(settings) as county, asking(county) as ask:
        yield Quiet(side, ask, settings.keys)
    side.close()


@pytest.fixture(scope="module")
def tree(story: Served) -> Tree:
    """The log of the story, signed as it stands and as it stood half-way."""
    return signed_tree(story)


def lines(*proof: bytes) -> str:
    return "".join(f"{base64(hash_)}\n" for hash_ in proof)


# Roots and checkpoints


@pytest.mark.parametrize("part", [0, 0.1, 0.5, 1])
def test_an_answer_names_the_root_and_the_checkpoint_that_it_stands_on(
    story: Served, tree: Tree, part: float
) -> None:
    position = round(part * len(tree.rows))

    answered = story.ask(
        "query ($at: ID) { programme(knownAtPosition: $at) { position root checkpoint { size root } } }",
        at=str(position),
    )["programme"]

    covering = tree.covering(position)
    assert covering is not None
    assert answered == {
        "position": str(position),
        "root": tree.root(position),
        "checkpoint": {"size": str(covering.size), "root": tree.root(covering.size)},
    }


def test_what_is_known_after_the_last_checkpoint_has_none(quiet: Quiet) -> None:
    signed = quiet.record(*facts.KEY_VILLAGE)
    quiet.sign()
    now = quiet.record(*facts.SERVING)

    covered = [
        quiet.ask(f'{{ programme(knownAtPosition: "{at}") {{ checkpoint {{ size }} }} }}')["programme"]
        for at in (signed, signed + 1, now)
    ]

    assert covered == [{"checkpoint": {"size": str(signed)}}, {"checkpoint": None}, {"checkpoint": None}]


def test_the_ledger_tells_its_size_and_root(story: Served, tree: Tree) -> None:
    ledger = story.ask("{ ledger { size root head } }")["ledger"]

    size = len(tree.rows)
    assert ledger == {"size": str(size), "root": tree.root(size), "head": str(size)}


def test_the_log_of_nothing_has_a_root_too(quiet: Quiet) -> None:
    assert quiet.ask("{ ledger { size root checkpoint { size } } programme { root } }") == {
        "ledger": {"size": "0", "root": base64(definition.mth([])), "checkpoint": None},
        "programme": {"root": base64(definition.mth([]))},
    }


def test_a_root_of_a_log_that_is_yet_to_catch_up_is_refused(quiet: Quiet) -> None:
    quiet.record(*facts.KEY_VILLAGE)
    quiet.side.conn.execute("alter table ledger.tree_node disable trigger only_appended")
    quiet.side.conn.execute("delete from ledger.tree_node")

    with pytest.raises(Problem) as refused:
        quiet.ask("{ programme { root } }")

    assert refused.value.extensions == {"code": "NOT_IN_LOG"}


def test_checkpoints_come_in_pages_by_size(story: Served, tree: Tree) -> None:
    page = (
        "{ ledger { checkpoints(%s) { totalCount pageInfo { endCursor hasNextPage } nodes { size note } } } }"
    )
    first = story.ask(page % "first: 1")["ledger"]["checkpoints"]
    rest = story.ask(page % f'after: "{first["pageInfo"]["endCursor"]}"')["ledger"]["checkpoints"]

    found = first["nodes"] + rest["nodes"]
    assert found == [{"size": str(it.size), "note": it.note} for it in tree.checkpoints]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (len(tree.checkpoints), True)


def test_a_checkpoint_is_found_by_its_size(story: Served, tree: Tree) -> None:
    query = "query ($size: ID) { ledger { checkpoint(size: $size) { size streams streamsRoot } } }"

    found = [story.ask(query, size=str(it.size))["ledger"]["checkpoint"] for it in tree.checkpoints]

    assert found == [
        {"size": str(it.size), "streams": it.streams, "streamsRoot": it.streams_root}
        for it in tree.checkpoints
    ]
    assert story.ask(query)["ledger"]["checkpoint"] == found[-1]
    assert story.ask(query, size=str(len(tree.rows) - 1))["ledger"]["checkpoint"] is None


def test_a_checkpoint_s_note_is_signed_by_the_key_that_is_published(story: Served, tree: Tree) -> None:
    ledger = story.ask("{ ledger { checkpoint { note } keys { number vkey note registeredAt } } }")["ledger"]

    text, _, signature = ledger["checkpoint"]["note"].rpartition("\n\n")
    (key,) = ledger["keys"]
    name, key_id, material = key["vkey"].split("+", 2)
    signed = b64decode(signature.removeprefix(f"— {name} "))
    assert signed[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(b64decode(material)[1:]).verify(signed[4:], f"{text}\n".encode())
    assert (name, key["number"]) == (tree.origin, 1)
    assert f"\nold none\nnew {key['vkey']}\n" in key["note"]


def test_signing_twice_answers_the_same_checkpoint(quiet: Quiet) -> None:
    quiet.record(*facts.KEY_VILLAGE)

    assert quiet.sign() == quiet.sign()


def test_signatures_are_told_with_whose_they_are(quiet: Quiet) -> None:
    size = quiet.record(*facts.KEY_VILLAGE)
    quiet.sign()
    cosignature = int(COSIGNED_AT.timestamp()).to_bytes(8, "big") + bytes(64)
    quiet.side.conn.execute(
        "insert into ledger.witness (vkey, url) values ('witness.example/w1+01020304+BA==', 'http://w1/')"
    )
    for name, key_id, value in (
        ("witness.example/w1", "01020304", cosignature),
        ("witness.example/w2", "05060708", cosignature),
    ):
        quiet.side.conn.execute(
            "insert into ledger.signature (size, name, key_id, signature) values (%s, %s, %s, %s)",
            (size, name, bytes.fromhex(key_id), value),
        )

    checkpoint = quiet.ask(CHECKPOINT)["ledger"]["checkpoint"]

    own, *others = checkpoint["signatures"]
    assert (own["name"], own["kind"], own["timestamp"]) == (f"{ORIGIN}/simulated", "LOG", None)
    assert [(it["name"], it["keyId"], it["kind"]) for it in others] == [
        ("witness.example/w1", "01020304", "WITNESS"),
        ("witness.example/w2", "05060708", "UNKNOWN"),
    ]
    assert datetime.fromisoformat(others[0]["timestamp"]) == COSIGNED_AT
    assert others[1]["timestamp"] is None
    assert checkpoint["note"].endswith(
        f"— witness.example/w1 {base64(bytes.fromhex('01020304') + cosignature)}\n"
        f"— witness.example/w2 {base64(bytes.fromhex('05060708') + cosignature)}\n"
    )
    (witness,) = quiet.ask("{ ledger { witnesses { name vkey url } } }")["ledger"]["witnesses"]
    assert (witness["name"], witness["url"]) == ("witness.example/w1", "http://w1/")


def test_a_restored_ledger_says_so(quiet: Quiet) -> None:
    assert quiet.ask("{ ledger { restoredAt } }") == {"ledger": {"restoredAt": None}}

    quiet.side.conn.execute(
        "insert into ledger.restoration (size, root, restored_at) values (0, %s, %s)",
        (definition.mth([]), COSIGNED_AT),
    )

    restored = quiet.ask("{ ledger { restoredAt } }")["ledger"]["restoredAt"]
    assert datetime.fromisoformat(restored) == COSIGNED_AT


def test_who_does_not_have_the_key_cannot_sign(quiet: Quiet, tmp_path: Path) -> None:
    quiet.sign()
    elsewhere = Settings(database_url=quiet.side.conninfo, keys_at=tmp_path / "other keys")

    with existing_county(elsewhere) as county, asking(county) as ask, pytest.raises(Problem) as refused:
        ask("mutation { signCheckpoint { size } }")

    assert refused.value.extensions == {"code": "CANNOT_SIGN"}


def test_a_log_that_contradicts_what_was_signed_is_refused_and_an_alarm(quiet: Quiet) -> None:
    quiet.record(*facts.KEY_VILLAGE)
    quiet.sign()
    assert quiet.ask("{ ledger { alarm } }") == {"ledger": {"alarm": None}}
    quiet.side.conn.execute("alter table ledger.tree_node disable trigger only_appended")
    quiet.side.conn.execute("delete from ledger.tree_node where index > 0")

    with pytest.raises(Problem) as refused:
        quiet.sign()

    assert refused.value.extensions == {"code": "LOG_CONTRADICTS_SIGNED"}
    assert quiet.ask("{ ledger { alarm } }") == {"ledger": {"alarm": str(refused.value)}}


# Proofs


@pytest.mark.parametrize("part", [0, 0.3, 0.5])
def test_an_event_s_inclusion_is_proved_in_the_latest_checkpoint(
    story: Served, tree: Tree, part: float
) -> None:
    size = len(tree.rows)
    index = round(part * (size - 1))

    proof = story.ask(INCLUSION, position=str(index + 1))["ledger"]["inclusion"]

    path = definition.path(index, tree.leaves)
    assert proof == {
        "index": str(index),
        "size": str(size),
        "leafHash": base64(definition.mth(tree.leaves[index : index + 1])),
        "hashes": [base64(hash_) for hash_ in path],
        "root": tree.root(size),
        "text": f"c2sp.org/tlog-proof@v1\nindex {index}\n{lines(*path)}\n{tree.checkpoints[-1].note}",
    }


def test_an_event_s_inclusion_is_proved_at_any_size(story: Served, tree: Tree) -> None:
    for size in range(1, len(tree.rows), 7):
        index = size // 2

        proof = story.ask(INCLUSION, position=str(index + 1), size=str(size))["ledger"]["inclusion"]

        assert proof["hashes"] == [base64(it) for it in definition.path(index, tree.leaves[:size])]
        assert proof["root"] == tree.root(size)
        assert (proof["text"] is not None) == (size in {it.size for it in tree.checkpoints})


def test_an_event_that_no_checkpoint_covers_is_proved_in_the_log_as_it_stands(quiet: Quiet) -> None:
    quiet.record(*facts.KEY_VILLAGE)
    quiet.sign()
    size = quiet.record(*facts.SERVING)

    proof = quiet.ask(INCLUSION, position=str(size))["ledger"]["inclusion"]

    assert (proof["size"], proof["text"]) == (str(size), None)
    assert proof["root"] == quiet.ask("{ ledger { root } }")["ledger"]["root"]


@pytest.mark.parametrize(
    ("old", "new"), [(0, 1.0), (0.1, 0.1), (0.2, 0.5), (0.3, 1.0), (0.5, 0.9), (1.0, 1.0)]
)
def test_the_log_is_proved_to_begin_with_every_earlier_one(
    story: Served, tree: Tree, old: float, new: float
) -> None:
    older, newer = (round(part * len(tree.rows)) for part in (old, new))

    proof = story.ask(CONSISTENCY, **{"from": str(older), "to": str(newer)})["ledger"]["consistency"]

    path = definition.consistency(older, tree.leaves[:newer]) if older else []
    signed = next((it for it in tree.checkpoints if it.size == newer), None)
    assert proof == {
        "from": str(older),
        "to": str(newer),
        "fromRoot": tree.root(older),
        "toRoot": tree.root(newer),
        "hashes": [base64(hash_) for hash_ in path],
        "text": signed and f"old {older}\n{lines(*path)}\n{signed.note}",
    }


@pytest.mark.parametrize(
    ("proof", "code", "words"),
    [
        ('inclusion(position: "0") { root }', "BAD_REQUEST", "begin with 1"),
        ('inclusion(position: "first") { root }', "BAD_REQUEST", "no position"),
        ('inclusion(position: "9", size: "8") { root }', "BAD_REQUEST", "below"),
        ('inclusion(position: "1000000") { root }', "NOT_IN_LOG", "1000000"),
        ('inclusion(position: "1", size: "1000000") { root }', "NOT_IN_LOG", "1000000"),
        ('consistency(from: "9", to: "8") { toRoot }', "BAD_REQUEST", "only grows"),
        ('consistency(from: "1", to: "1000000") { toRoot }', "NOT_IN_LOG", "1000000"),
    ],
)
def test_what_cannot_be_proved_is_said(story: Served, proof: str, code: str, words: str) -> None:
    said, message = story.refused(f"{{ ledger {{ {proof} }} }}")

    assert said == code
    assert words in message


def test_a_proof_that_cannot_be_given_takes_nothing_else_away(story: Served, tree: Tree) -> None:
    answered = story.post(
        '{ ledger { size good: inclusion(position: "1") { index } '
        'bad: inclusion(position: "1000000") { index } } }'
    )

    assert answered["data"]["ledger"] == {"size": str(len(tree.rows)), "good": {"index": "0"}, "bad": None}
    (error,) = answered["errors"]
    assert error["path"] == ["ledger", "bad"]


def test_proofs_of_two_events_are_told_apart(story: Served, tree: Tree) -> None:
    ledger = story.ask(
        '{ ledger { a: inclusion(position: "1") { leafHash } '
        'b: inclusion(position: "2") { leafHash root } } }'
    )["ledger"]

    leaves = [base64(definition.mth([leaf])) for leaf in tree.leaves[:2]]
    assert [ledger["a"]["leafHash"], ledger["b"]["leafHash"]] == leaves


@pytest.mark.parametrize(
    ("selection", "statements"),
    [
        ("size checkpoint { note signatures { kind } } keys { vkey }", 1),
        ('root inclusion(position: "1") { text } consistency(from: "1", to: "3") { hashes }', 2),
    ],
)
def test_the_nodes_of_all_proofs_are_one_statement(story: Served, selection: str, statements: int) -> None:
    before = story.services.database.statements

    story.ask(f"{{ ledger {{ {selection} }} }}")

    assert story.services.database.statements - before == statements


def test_a_late_entry_changes_no_root_of_the_past(quiet: Quiet) -> None:
    size = quiet.record(*facts.POSTED)
    then = quiet.ask("{ programme { root } }")

    quiet.record(facts.checked_in(on=date(2020, 4, 2)))

    assert quiet.ask(f'{{ programme(knownAtPosition: "{size}") {{ root }} }}') == then
    assert quiet.ask("{ programme { root } }") != then
