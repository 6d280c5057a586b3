"""What was signed of the log, by whom, and the proofs that can be checked without us (docs/proofs.md).

Hashes that have to be worked out from nodes of the tree are added by `api.proofs`.
"""

from __future__ import annotations

from datetime import datetime

from strawberry import ID

from api.types.declare import many, reads, sql, worked_out
from api.types.terms import SignatureKind

_NOTE = """(
    select {t}.body || E'\\n' || coalesce(string_agg(
        '— ' || s.name || ' ' || translate(encode(s.key_id || s.signature, 'base64'), E'\\n', '') || E'\\n',
        '' order by s.added_at, s.name, s.key_id), '')
    from ledger.signature s where s.size = {t}.size
)"""
_STREAMS = "split_part(split_part({t}.body, E'\\n', 4), ' ', %d)"
_SIGNED = "(select " + _NOTE.format(t="c") + " from ledger.checkpoint c where c.size = {t}.%s)"  # noqa: S608 - declared
_LOG_SIZE = "(select coalesce(max(n.index) + 1, 0) from ledger.tree_node n where n.level = 0)"


@reads(
    """(
        select s.*, row_number() over (partition by s.size order by s.added_at, s.name, s.key_id) as place,
               case when exists (select from ledger.signing_key k where starts_with(k.vkey, v.start))
                    then 'log'
                    when exists (select from ledger.witness w where starts_with(w.vkey, v.start))
                    then 'witness'
                    else 'unknown' end as kind
        from ledger.signature s
        cross join lateral (select s.name || '+' || encode(s.key_id, 'hex') || '+') v (start)
    )""",
    order=("place",),
    hidden={"place": "{t}.place"},
)
class CheckpointSignature:
    """检查点上的一个签名。A signature on a checkpoint: the log's own, or a witness's."""

    name: str
    key_id: str = sql("encode({t}.key_id, 'hex')")
    kind: SignatureKind
    # A cosignature begins with the seconds since 1970, in 8 bytes of which nobody needs the first 3 so far.
    timestamp: datetime | None = sql(
        "case when {t}.kind = 'witness' and octet_length({t}.signature) = 72 "
        "and starts_with(encode({t}.signature, 'hex'), '000000') "
        "then to_timestamp(('x' || encode(substr({t}.signature, 1, 8), 'hex'))::bit(64)::bigint) end"
    )


@reads("ledger.checkpoint", order=("size",))
class Checkpoint:
    """检查点:某一长度的日志及其根,经签名。The log at a size, signed: one text for a size, for ever."""

    size: ID
    root: str = sql("encode({t}.root, 'base64')")
    streams: int = sql(f"({_STREAMS % 2})::bigint")
    streams_root: str = sql(_STREAMS % 3)
    signed_at: datetime
    note: str = sql(_NOTE)
    signatures: list[CheckpointSignature] = many("{t}.size = {p}.size")


@reads("ledger.signing_key", order=("number",))
class SigningKey:
    """签名公钥。A public key of the log; the last one signs."""

    number: int
    vkey: str
    note: str
    registered_at: datetime


@reads(
    "(select w.*, row_number() over (order by w.added_at, w.vkey) as place from ledger.witness w)",
    order=("place",),
    hidden={"place": "{t}.place"},
)
class Witness:
    """见证方。Who may cosign checkpoints, having seen that none contradicts another."""

    name: str = sql("split_part({t}.vkey, '+', 1)")
    vkey: str
    url: str | None
    added_at: datetime


@reads(
    f"""(
        select asked.at - 1 as index, asked.at,
               coalesce({{size}},
                        (select max(c.size) from ledger.checkpoint c where c.size >= asked.at),
                        {_LOG_SIZE}) as size
        from (select {{position}}) asked (at)
    )""",  # noqa: S608 - declared
    always=("index", "size", "note"),
    hidden={"note": _SIGNED % "size"},
)
class InclusionProof:
    """包含证明。That an event is in the log of a size (RFC 6962, section 2.1.1)."""

    index: ID
    size: ID
    leaf_hash: str = worked_out()
    hashes: list[str] = worked_out()
    root: str = worked_out()
    text: str | None = worked_out()


@reads(
    "(select {from} as from_, {to} as to_)",
    always=("from_", "to_", "note"),
    hidden={"note": _SIGNED % "to_"},
)
class ConsistencyProof:
    """一致性证明。That the log of one size begins with that of another (RFC 6962, section 2.1.2)."""

    from_: ID
    to_: ID
    from_root: str = worked_out()
    to_root: str = worked_out()
    hashes: list[str] = worked_out()
    text: str | None = worked_out()
