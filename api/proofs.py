"""Roots and proofs in answers: which nodes of the tree they are made of, read by one statement for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from api.database import Database
from api.problems import Problem, bad_request, problem_of
from ledger import merkle
from ledger.checkpoints import tlog_proof, witness_request
from ledger.errors import NotInLog
from ledger.merkle import Leaves, Nodes
from ledger.textual import base64_of
from ledger.tree import NODES, hashes_of, nodes_of, wanted
from projections.selection import Selection


class Plan(NamedTuple):
    """What a row of an answer still needs.

    Attributes:
        row: which it is added to.
        size: events that the log has to have for it.
        roots: ranges of leaves whose roots it tells, by name.
        proof: ranges of leaves whose hashes are its proof, if it is one.
    """

    row: dict[str, Any]
    size: int
    roots: Mapping[str, Leaves]
    proof: Sequence[Leaves] | None = None


async def root_at(database: Database, size: int) -> str:
    """Return the root over the first `size` events, by one statement.

    Raises:
        Problem: the log does not have them: it is still growing for the first time.
    """
    row: dict[str, Any] = {}
    await _complete(database, [Plan(row, size, {"root": Leaves(0, size)})])
    root: str = row["root"]
    return root


async def add_proofs(database: Database, asked: Selection, ledger: dict[str, Any]) -> None:
    """Add the root and the proofs that are asked for to what was answered of a ledger.

    A proof that cannot be given is a `Problem` in its place: an error of that field alone.
    """
    size, plans = ledger["size"], []
    if "root" in asked.worked_out:
        plans.append(Plan(ledger, size, {"root": Leaves(0, size)}))
    for key, chosen in asked.relations.items():
        planned = _PLANS.get(chosen.relation.to().name)
        if planned is not None:
            try:
                plans.append(planned(ledger[key], size))
            except Problem as problem:
                ledger[key] = problem
    if plans:
        await _complete(database, plans)


def _inclusion(row: dict[str, Any], in_log: int) -> Plan:
    index, size = row["index"], row["size"]
    if index < 0:
        raise bad_request("位置从1起。", "Positions begin with 1.")
    _check(max(index + 1, size), in_log)
    if index >= size:
        raise bad_request(
            f"长度为{size}的日志不含位置{index + 1},size应不小于position。",
            f"The log of size {size} does not have position {index + 1}: give a size that is not below it.",
        )
    roots = {"leaf_hash": Leaves(index, index + 1), "root": Leaves(0, size)}
    return Plan(row, size, roots, merkle.inclusion(index, size))


def _consistency(row: dict[str, Any], in_log: int) -> Plan:
    old, new = row["from_"], row["to_"]
    _check(max(old, new), in_log)
    if old > new:
        raise bad_request(
            f"日志只增不减,from({old})应不大于to({new})。",
            f"A log only grows: `from`, {old}, has to be {new} (`to`) at most.",
        )
    roots = {"from_root": Leaves(0, old), "to_root": Leaves(0, new)}
    return Plan(row, new, roots, merkle.consistency(old, new))


_PLANS: Final[Mapping[str, Callable[[dict[str, Any], int], Plan]]] = {
    "InclusionProof": _inclusion,
    "ConsistencyProof": _consistency,
}
"""What the row of a proof still needs, given how many events are in the log, by the name of its type."""


def _check(size: int, in_log: int) -> None:
    if size > in_log:
        raise problem_of(NotInLog(size=size))


async def _complete(database: Database, plans: Sequence[Plan]) -> None:
    leaves = [part for plan in plans for part in (*plan.roots.values(), *(plan.proof or ()))]
    nodes = nodes_of(await database.rows(NODES, wanted(leaves)))
    try:
        for plan in plans:
            plan.row.update(_told(plan, nodes))
    except NotInLog as error:
        raise problem_of(error) from error


def _told(plan: Plan, nodes: Nodes) -> Iterator[tuple[str, Any]]:
    """Yield what is added to a row."""
    for name, leaves in plan.roots.items():
        (root,) = hashes_of([leaves], nodes, plan.size)
        yield name, base64_of(root)
    if plan.proof is not None:
        proof = hashes_of(plan.proof, nodes, plan.size)
        yield "hashes", [base64_of(hash_) for hash_ in proof]
        yield "text", _text(plan.row, proof)


def _text(row: dict[str, Any], proof: Sequence[bytes]) -> str | None:
    """Return a proof in the form that others check, if there is a checkpoint to check it against."""
    if row["note"] is None:
        return None
    if "index" in row:
        return tlog_proof(row["index"], proof, row["note"])
    return witness_request(row["from_"], proof, row["note"])
