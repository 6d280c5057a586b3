"""`zhucun proof`: proofs on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from tests import postgres
from tests.api.server import Served
from tests.api.test_oracle import signed_tree
from tests.oracle import tree as definition
from tests.oracle.tree import Tree, base64


@pytest.fixture(scope="module")
def tree(story: Served) -> Tree:
    return signed_tree(story)


def zhucun(story: Served, *args: str) -> Result:
    return CliRunner().invoke(app, ["proof", *args], env=postgres.environment(story.county.conninfo))


def test_an_inclusion_is_printed_as_others_check_it(story: Served, tree: Tree) -> None:
    result = zhucun(story, "inclusion", "3")

    assert result.exit_code == 0, result.output
    path = "".join(f"{base64(hash_)}\n" for hash_ in definition.path(2, tree.leaves))
    assert result.stdout == f"c2sp.org/tlog-proof@v1\nindex 2\n{path}\n{tree.checkpoints[-1].note}"


def test_an_inclusion_can_be_proved_in_an_earlier_checkpoint(story: Served, tree: Tree) -> None:
    earlier = tree.covering(1)
    assert earlier is not None

    result = zhucun(story, "inclusion", "1", "--size", str(earlier.size))

    assert result.stdout.endswith(earlier.note)


def test_a_consistency_is_written_to_a_file(story: Served, tree: Tree, tmp_path: Path) -> None:
    file, size = tmp_path / "proof.txt", len(tree.rows)

    result = zhucun(story, "consistency", "5", str(size), "-o", str(file))

    assert (result.exit_code, result.stdout) == (0, ""), result.output
    path = "".join(f"{base64(hash_)}\n" for hash_ in definition.consistency(5, tree.leaves))
    assert file.read_bytes() == f"old 5\n{path}\n{tree.checkpoints[-1].note}".encode()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("inclusion", "1", "--size", "3"), "zhucun checkpoint --size 3"),
        (("consistency", "1", "3"), "zhucun checkpoint --size 3"),
        (("inclusion", "1000000"), "does not have 1000000 events"),
        (("consistency", "5", "3"), "only grows"),
    ],
)
def test_what_cannot_be_proved_is_said_without_a_traceback(
    story: Served, tree: Tree, args: tuple[str, ...], words: str
) -> None:
    assert 3 not in {it.size for it in tree.checkpoints}

    result = zhucun(story, *args)

    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_file_that_cannot_be_written_is_named(story: Served, tree: Tree, tmp_path: Path) -> None:
    result = zhucun(story, "consistency", "5", str(len(tree.rows)), "-o", str(tmp_path))

    assert (result.exit_code, result.stdout) == (1, "")
    assert f"无法写入 {tmp_path}" in result.stderr


@pytest.mark.parametrize("args", [("inclusion", "0"), ("inclusion", "first"), ("consistency", "1")])
def test_wrong_usage_exits_with_2(story: Served, args: tuple[str, ...]) -> None:
    assert zhucun(story, *args).exit_code == 2
