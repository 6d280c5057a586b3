"""What an owner of the database can do to it, done, and what the audit says of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from ledger.agreement import checkpoint_of
from ledger.audit import Audit, Code, Outside, audit
from ledger.checkpoints import Checkpoint
from ledger.database import connect, found_ledger
from ledger.keys import NONE, Takeover, key_history
from ledger.merkle import EMPTY_ROOT
from ledger.notes import Note, SigningKey, VerifierKey
from ledger.signed import keep
from tests import postgres
from tests.conftest import COUNTY
from tests.facts import MAY_3, POSTED, checked_in, duty_recorded
from tests.ledger.tampering import Signed, owner, rewrite_tree, signed, told
from tests.projections.readside import ReadSide
from tests.scenario import PERSON

ORIGIN = "zhucun.example/430624/simulated"
INSERT = """
insert into ledger.events (originator_id, originator_version, topic, state, position, recorded_at, command_id)
select originator_id, originator_version + 1000, topic, state, %s, recorded_at, command_id
from ledger.events where position = %s
"""


@pytest.fixture(scope="module")
def master(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    """40 events, signed at 20, 30 and 40, to make copies of."""
    with postgres.database_from(server, template) as conninfo:
        with connect(conninfo) as conn:
            found_ledger(conn, origin="zhucun.example/430624", county=COUNTY, simulated=True)
        it = signed(conninfo, tmp_path_factory.mktemp("master") / "keys")
        it.side.close()
        yield it


@pytest.fixture
def ledger(master: Signed, server: str, tmp_path: Path) -> Iterator[Signed]:
    """A copy of the master, its keys included."""
    with master.copied(server, tmp_path / "keys") as it:
        yield it


def sentences(found: Audit, code: Code) -> str:
    return "\n".join(f"{it.zh}\n{it.en}" for it in found.findings if it.code is code)


def test_a_ledger_that_nobody_touched_has_nothing_to_report(ledger: Signed) -> None:
    found = ledger.audit(ledger.memory(), ledger.kept(20), trusted=[vkey(ledger)])
    assert found.findings == ()
    assert found.clean
    assert (found.size, found.head, found.agreed, found.checkpoints) == (40, 40, 40, 5)


# Changed


def test_changed_bytes_are_told_by_their_position(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position in (33, 34, 38)")
    found = ledger.audit()
    assert told(found) == [(Code.CHANGED, 33, 34), (Code.CHANGED, 38, 38)]
    assert "位置 33–34:事件入账后被改动,改的是内容。" in sentences(found, Code.CHANGED)
    assert "Position 38: changed after it was recorded: its content." in sentences(found, Code.CHANGED)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "recorded_at = recorded_at - interval '1 day'",
            "its recording time, from 2020-04-29T12:00:00+00:00 to 2020-04-28T12:00:00+00:00",
        ),
        ("topic = 'Instructor.Commended'", "its type, from Instructor.CheckedIn to Instructor.Commended"),
        ("originator_version = 999", "its version, from 29 to 999"),
        ("originator_id = '00000000-0000-0000-0000-000000000007'", f"its aggregate, from {PERSON} to 0000"),
    ],
)
def test_a_changed_field_is_told_with_what_it_was(ledger: Signed, change: str, said: str) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute(f"update ledger.events set {change} where position = 33".encode())  # noqa: S608 - written here
    found = ledger.audit()
    assert told(found) == [(Code.CHANGED, 33, 33)]
    assert said in sentences(found, Code.CHANGED)


def test_a_changed_field_and_changed_bytes_of_one_event_are_both_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set topic = 'Instructor.X', state = '{}' where position = 33")
    assert [it.facts["field"] for it in ledger.audit().findings[:2]] == ["topic", "content"]


def test_without_anybody_who_remembers_a_changed_time_is_still_a_changed_event(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set recorded_at = now() where position = 33")
    assert told(ledger.audit(recall=lambda _: {})) == [(Code.CHANGED, 33, 33)]


def test_a_command_that_the_column_names_wrongly_is_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set command_id = gen_random_uuid() where position = 33")
        conn.execute("update ledger.events set command_id = null where position = 34")
    found = ledger.audit()
    assert [(it.code, it.facts["position"]) for it in found.findings] == [
        (Code.COLUMN_DIFFERS, 33),
        (Code.COLUMN_DIFFERS, 34),
    ]


# Removed, inserted, reordered


def test_a_removed_event_is_told_by_its_position(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.events where position in (12, 33, 34)")
    found = ledger.audit()
    assert told(found) == [(Code.REMOVED, 12, 12), (Code.REMOVED, 33, 34)]
    assert "位置 33–34:日志中有,事件表中已没有:事件被删除。" in sentences(found, Code.REMOVED)
    assert "no longer among the events: removed" in sentences(found, Code.REMOVED)


def test_removing_and_closing_the_gap_is_told_as_both(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.events where position in (33, 34)")
        renumber(conn, "position - 2", "position > 34")
    found = ledger.audit()
    assert told(found) == [(Code.REMOVED, 33, 34), (Code.RENUMBERED, 33, 38)]
    assert "these events were recorded at 35–40 and have been renumbered" in sentences(found, Code.RENUMBERED)


def test_an_event_that_was_slipped_in_is_told_by_its_position(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        renumber(conn, "position + 1", "position >= 33")
        conn.execute(INSERT, (33, 34))
    found = ledger.audit()
    assert told(found) == [(Code.INSERTED, 33, 33), (Code.RENUMBERED, 34, 41)]
    assert "位置 33:此处的事件从未入过日志:是后来插入的。" in sentences(found, Code.INSERTED)
    assert "never was in the log" in sentences(found, Code.INSERTED)


def test_an_event_put_in_the_place_of_another_counts_as_changed(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.events where position = 33")
        conn.execute(INSERT, (33, 34))
    assert {it[:2] for it in told(ledger.audit())} == {(Code.CHANGED, 33)}


def test_an_event_put_before_the_first_is_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("alter table ledger.events drop constraint events_position_check")
        conn.execute(INSERT, (0, 34))
    found = ledger.audit()
    assert (Code.INSERTED, 0, 0) in told(found)
    assert "events_position_check" in sentences(found, Code.GUARD_DOWN)


def test_a_second_event_beside_the_first_of_its_position_is_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("alter table ledger.events drop constraint events_position_key")
        conn.execute(INSERT, (33, 34))
    found = ledger.audit()
    assert told(found)[0] == (Code.INSERTED, 33, 33)
    assert "events_position_key" in sentences(found, Code.GUARD_DOWN)


@pytest.mark.parametrize(
    ("one", "other", "spans"), [(33, 34, [(33, 34)]), (7, 38, [(7, 7), (38, 38)])], ids=["near", "far"]
)
def test_events_that_changed_places_are_told(
    ledger: Signed, one: int, other: int, spans: list[tuple[int, int]]
) -> None:
    with owner(ledger.conninfo) as conn:
        renumber(conn, f"{one + other} - position", f"position in ({one}, {other})")
    found = ledger.audit()
    assert told(found) == [(Code.REORDERED, *span) for span in spans]
    assert f"{one}←{other}" in sentences(found, Code.REORDERED)
    assert f"{other}←{one}" in sentences(found, Code.REORDERED)


# Cut off, and put back to an older state


def test_newest_rows_cut_off_are_told_by_the_log(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.events where position > 35")
    found = ledger.audit()
    assert told(found) == [(Code.CUT_OFF, 36, 40)]
    assert "日志曾有 40 个事件,现只到 35;缺位置 36–40" in sentences(found, Code.CUT_OFF)
    assert "the log had 40, and they end at 35; missing: 36–40" in sentences(found, Code.CUT_OFF)


def test_newest_rows_cut_off_with_their_log_are_told_by_the_checkpoint(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.events where position > 35")
        rewrite_tree(conn)
    found = ledger.audit()
    assert told(found) == [(Code.CUT_OFF, 36, 40)]


def test_newest_rows_cut_off_with_all_their_traces_are_told_by_a_checkpoint_elsewhere(ledger: Signed) -> None:
    kept, memory = ledger.kept(40), ledger.memory()
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.events where position > 30")
        conn.execute("delete from ledger.signature where size > 30")
        conn.execute("delete from ledger.checkpoint where size > 30")
        rewrite_tree(conn)
    assert ledger.audit().clean, "nothing here remembers"
    found = ledger.audit(kept, memory)
    assert told(found) == [(Code.OLDER_STATE, 31, 40), (Code.OLDER_STATE, 31, 40)]
    assert "数据库是较早的状态:kept.txt记载的日志有 40 个事件,此处只有 30 个" in sentences(
        found, Code.OLDER_STATE
    )
    assert "An older backup may have been restored" in sentences(found, Code.OLDER_STATE)


def test_an_older_backup_is_told_by_what_was_signed_since(ledger: Signed, server: str) -> None:
    with ledger.backup(server) as restored:
        ledger.record(10)
        assert restored.audit().clean, "it is consistent in itself"
        found = restored.audit(ledger.memory())
        assert told(found) == [(Code.OLDER_STATE, 41, 50)]
        assert "signer is of a log of 50 events, and here are 40" in sentences(found, Code.OLDER_STATE)


def test_an_older_backup_that_was_written_to_is_told_by_what_was_signed_since(
    ledger: Signed, server: str
) -> None:
    with ledger.backup(server) as restored:
        ledger.record(10)
        restored.side.enter(*(duty_recorded(on=MAY_3) for _ in range(15)))
        restored.side.project()
        assert restored.audit().clean, "it is consistent in itself"
        found = restored.audit(ledger.memory())
        assert told(found) == [(Code.CONTRADICTED, 41, 50)]
        assert "signer与本日志不符" in sentences(found, Code.CONTRADICTED)


# A rewritten tree


def test_a_rewritten_tree_is_told_by_the_first_checkpoint_that_contradicts_it(ledger: Signed) -> None:
    kept = ledger.kept(40)
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position = 33")
        rewrite_tree(conn)
    found = ledger.audit(kept)
    assert told(found) == [(Code.TREE_REWRITTEN, 31, 40), (Code.CONTRADICTED, 31, 40)]
    assert "事件与树彼此相符" in sentences(found, Code.TREE_REWRITTEN)
    assert "The change lies in positions 31–40" in sentences(found, Code.TREE_REWRITTEN)
    assert found.agreed == 30


def test_an_event_removed_with_the_tree_rewritten_is_told_by_the_checkpoints(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.events where position = 25")
        renumber(conn, "position - 1", "position > 25")
        rewrite_tree(conn)
    codes = {it.code for it in ledger.audit().findings}
    assert codes == {Code.TREE_REWRITTEN, Code.CUT_OFF, Code.VERSIONS}


@pytest.mark.parametrize(
    ("level", "number", "span"), [(0, 18, (19, 19)), (4, 1, (17, 32))], ids=["a leaf", "a node"]
)
@pytest.mark.parametrize(
    "change",
    ["update ledger.tree_node set hash = sha256('') where {}", "delete from ledger.tree_node where {}"],
    ids=["changed", "missing"],
)
def test_a_node_that_is_not_what_the_events_make_is_told(
    ledger: Signed, level: int, number: int, span: tuple[int, int], change: str
) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute(change.format(f"level = {level} and index = {number}").encode())
    found = ledger.audit()
    assert told(found) == [(Code.TREE_NODE, *span)]
    assert f"默克尔树第 {level} 层第 {number} 个节点" in sentences(found, Code.TREE_NODE)


# What was signed


def test_a_checkpoint_that_was_written_over_is_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position = 33")
        rewrite_tree(conn)
        conn.execute("update ledger.checkpoint set root = sha256('') where size = 40")
    found = ledger.audit()
    assert {it.code for it in found.findings} == {Code.TREE_REWRITTEN, Code.CHECKPOINT_ALTERED}


def test_a_checkpoint_with_another_text_has_no_valid_signature(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position = 33")
        rewrite_tree(conn)
        forged = checkpoint_of(conn, ORIGIN, 40)
        conn.execute(
            "update ledger.checkpoint set root = %s, body = %s where size = 40", (forged.root, forged.text)
        )
    found = ledger.audit()
    assert [it.code for it in found.findings] == [Code.BAD_SIGNATURE]
    assert "长度为 40 的检查点:zhucun.example/430624/simulated 的签名无效" in sentences(
        found, Code.BAD_SIGNATURE
    )


def test_a_checkpoint_without_its_signature_is_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.signature where size = 30")
    assert [it.code for it in ledger.audit().findings] == [Code.UNSIGNED]


def test_a_text_that_is_no_checkpoint_is_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.checkpoint set body = 'nothing' where size = 30")
    codes = [it.code for it in ledger.audit().findings]
    assert codes == [Code.BAD_SIGNATURE, Code.UNREADABLE_CHECKPOINT]


def test_a_checkpoint_of_another_log_is_told(ledger: Signed) -> None:
    other = Checkpoint("elsewhere.example/1", 30, bytes(32), 1, bytes(32))
    key = SigningKey.generate()
    note = Note(other.text, (key.sign(other.origin, other.text),))
    found = ledger.audit(Outside("usb.txt", note))
    assert {it.code for it in found.findings} == {Code.UNREADABLE_CHECKPOINT, Code.UNSIGNED}
    assert "it is of elsewhere.example/1" in sentences(found, Code.UNREADABLE_CHECKPOINT)


def test_of_two_checkpoints_of_a_size_the_false_one_is_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        false = replace(checkpoint_of(conn, ORIGIN, 30), root=bytes(32))
    key = SigningKey.from_pem((ledger.signer.folder / "signing-key.pem").read_bytes())
    found = ledger.audit(Outside("usb.txt", Note(false.text, (key.sign(ORIGIN, false.text),))))
    assert [it.code for it in found.findings] == [Code.CONTRADICTED]
    assert sentences(found, Code.CONTRADICTED).endswith("one of the two is false.")


def test_counts_of_events_that_were_signed_wrongly_are_told(ledger: Signed) -> None:
    """By whoever holds the key: nobody else can."""
    key = SigningKey.from_pem((ledger.signer.folder / "signing-key.pem").read_bytes())
    with owner(ledger.conninfo) as conn:
        true = checkpoint_of(conn, ORIGIN, 30)
        wrong = replace(true, streams_root=bytes(32))
        conn.execute("update ledger.checkpoint set body = %s where size = 30", (wrong.text,))
        signature = key.sign(ORIGIN, wrong.text)
        conn.execute("update ledger.signature set signature = %s where size = 30", (signature.value,))
    assert [it.code for it in ledger.audit().findings] == [Code.STREAMS_DIFFER]


# Keys


def test_a_key_that_was_replaced_with_all_signatures_is_told_by_whoever_kept_the_old_one(
    ledger: Signed,
) -> None:
    kept, trusted = ledger.kept(30), vkey(ledger)
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set state = state || ' ' where position = 33")
        rewrite_tree(conn)
        sign_all_anew(conn, ledger.sizes)
    assert ledger.audit().clean, "nothing here remembers"
    found = ledger.audit(kept, trusted=[trusted])
    assert [it.code for it in found.findings] == [Code.KEY_REPLACED, Code.KEY_REPLACED]
    first, second = sentences(found, Code.KEY_REPLACED).splitlines()[::2]
    assert first.startswith("密钥被替换:kept.txt")
    assert trusted.text in second


def test_a_key_that_was_put_beside_the_true_one_is_told(ledger: Signed) -> None:
    key = SigningKey.generate()
    with owner(ledger.conninfo) as conn:
        (old,) = [record.vkey for record in key_history(conn)]
        checkpoint = checkpoint_of(conn, ORIGIN, 40)
        takeover = Takeover(ORIGIN, old, key.verifier(ORIGIN).text, 40, checkpoint.root)
        note = Note(takeover.text, (key.sign(ORIGIN, takeover.text),))
        conn.execute("insert into ledger.signing_key values (2, %s, %s)", (takeover.new, str(note)))
    found = ledger.audit()
    assert [it.code for it in found.findings] == [Code.KEY_HISTORY]
    assert "第 2 号密钥的接替说明无效" in sentences(found, Code.KEY_HISTORY)


def test_a_true_rotation_is_no_finding_and_a_lost_key_is_a_remark(ledger: Signed) -> None:
    old = vkey(ledger)
    ledger.signer.rotate()
    ledger.record(5)
    assert ledger.audit(ledger.kept(20), trusted=[old]).findings == ()
    (ledger.signer.folder / "signing-key.pem").unlink()
    ledger.signer.rotate("a fire")
    ledger.record(5)
    found = ledger.audit()
    assert found.clean
    assert [it.code for it in found.findings] == [Code.KEY_LOST]
    assert [it.code for it in ledger.audit(trusted=[old]).findings] == [Code.KEY_LOST, Code.KEY_UNVOUCHED]


# Guards, and what never went through them


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("alter table ledger.events disable trigger only_appended", "trigger only_appended on ledger.events"),
        ("alter table ledger.events enable trigger only_appended", "trigger only_appended on ledger.events"),
        ("drop trigger only_by_append on ledger.events", "trigger only_by_append on ledger.events"),
        ("alter table ledger.tree_node drop constraint tree_node_pkey", "constraint tree_node_pkey"),
        (
            "drop function ledger.position_at",
            "function ledger.position_at(timestamp with time zone)",
        ),
        (
            (
                "create or replace function ledger.refuse_change() returns trigger"
                " language plpgsql as 'begin end'"
            ),
            "function ledger.refuse_change()",
        ),
        (
            "alter function ledger.refuse_change set search_path = public, pg_catalog",
            "function ledger.refuse_change()",
        ),
        (
            "create function ledger.append(integer) returns integer language sql as 'select 1'",
            "unknown function ledger.append(integer)",
        ),
        (
            (
                "create function public.refuse_change() returns trigger language plpgsql"
                " as 'begin return null; end';"
                "drop trigger only_appended on ledger.events;"
                "create trigger only_appended before update or delete or truncate on ledger.events"
                " for each statement execute function public.refuse_change();"
                "alter table ledger.events enable always trigger only_appended"
            ),
            "trigger only_appended on ledger.events",
        ),
        (
            (
                "drop trigger only_by_append on ledger.events;"
                "create trigger only_by_append before insert on ledger.events for each statement"
                " when (false) execute function ledger.refuse_insert()"
            ),
            "trigger only_by_append on ledger.events",
        ),
        (
            (
                "alter table ledger.events drop constraint events_position_key;"
                "alter table ledger.events add constraint events_position_key check (true)"
            ),
            "constraint events_position_key",
        ),
        (
            "create rule mine as on insert to ledger.signature do instead nothing",
            "table ledger.signature",
        ),
        ("alter table ledger.events enable row level security", "table ledger.events"),
        ("alter table ledger.tree_node set unlogged", "table ledger.tree_node"),
        ("create table public.mine () inherits (ledger.events)", "table ledger.events"),
        ("create table ledger.mine ()", "unknown table ledger.mine"),
        (
            (
                "do $$ begin execute format("
                "'alter database %I set zhucun.appending = on', current_database()); end $$"
            ),
            "setting zhucun.appending",
        ),
        (
            "create trigger mine before insert on ledger.events execute function ledger.refuse_insert()",
            "unknown trigger mine on ledger.events",
        ),
        ("alter table ledger.events disable trigger forgotten", "trigger forgotten on ledger.events"),
        ("drop index personal.one_in_use", "index one_in_use"),
        (
            (
                "create trigger mine before update on personal.key"
                " for each row execute function suppress_redundant_updates_trigger()"
            ),
            "unknown trigger mine on personal.key",
        ),
        (
            (
                "create or replace function personal.found_master(new_id text) returns text"
                " language sql as 'select new_id'"
            ),
            "function personal.found_master(text)",
        ),
    ],
)
def test_a_guard_that_is_down_is_told(ledger: Signed, statement: str, guard: str) -> None:
    ledger.side.conn.execute(statement.encode())
    found = ledger.audit()
    assert [(it.code, it.facts["guard"]) for it in found.findings] == [(Code.GUARD_DOWN, guard)]


def test_an_event_that_was_written_past_the_append_function_is_told(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("set zhucun.appending = 'on'")
        conn.execute(INSERT, (41, 40))
        conn.execute(
            "update ledger.events set recorded_at = recorded_at - interval '9 days' where position = 41"
        )
    ledger.sign()
    found = ledger.audit()
    assert [(it.code, it.facts["position"]) for it in found.findings] == [
        (Code.VERSIONS, 41),
        (Code.CLOCK, 41),
    ]
    assert "has version 1036 where 37 was due" in sentences(found, Code.VERSIONS)


# Beyond the log's end, and beside it


def test_what_is_recorded_and_signed_during_an_audit_is_the_next_ones_concern(ledger: Signed) -> None:
    def meanwhile(done: int, _of: int) -> None:
        if done == 40:
            ledger.record(3)

    assert ledger.audit(ledger.memory(), progress=meanwhile).findings == ()
    assert ledger.sizes[-1] == 43


def test_a_gap_among_events_that_wait_for_the_log_is_told(ledger: Signed) -> None:
    ledger.side.enter(*(checked_in(on=MAY_3) for _ in range(4)))
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.events where position in (42, 43)")
    found = ledger.audit()
    assert told(found) == [(Code.GAP, 42, 43), (Code.WAITING, 41, 44)]
    assert "位置 42–43:没有事件,其后却有" in sentences(found, Code.GAP)


@pytest.mark.parametrize(("level", "number"), [(0, 41), (0, 2**62), (4, 2), (4, 100), (64, 0)])
def test_a_node_beyond_the_log_is_told(ledger: Signed, level: int, number: int) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("insert into ledger.tree_node values (%s, %s, %s)", (level, number, bytes(32)))
    (found,) = ledger.audit().findings
    assert (found.code, found.facts) == (
        Code.STRAY_NODE,
        {"level": level, "number": number, "size": 40},
    )


def test_an_event_that_an_index_hides_is_told(ledger: Signed) -> None:
    in_use = "update pg_index set indisready = %s where indexrelid = 'ledger.events_position_key'::regclass"
    with owner(ledger.conninfo) as conn:
        conn.execute("set zhucun.appending = 'on'")
        conn.execute(in_use, (False,))
        conn.execute(INSERT, (35, 40))
        conn.execute(in_use, (True,))
        conn.execute(
            "do $$ begin execute format('alter database %I set enable_seqscan = off', current_database());"
            " end $$"
        )
    found = ledger.audit()
    assert [(it.code, it.facts) for it in found.findings] == [(Code.HIDDEN, {"count": 41, "size": 40})]


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "4000-01-01 BC", "20000-01-01"])
def test_a_time_that_no_clock_shows_is_a_changed_time(ledger: Signed, moment: str) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("update ledger.events set recorded_at = %s where position = 10", (moment,))
    (found,) = ledger.audit().findings
    assert (found.code, found.facts["first"], found.facts["field"]) == (Code.CHANGED, 10, "time")


def test_functions_in_the_place_of_postgresqls_are_not_asked(ledger: Signed) -> None:
    ledger.side.conn.execute("create schema mine")
    ledger.side.conn.execute(
        "create function mine.max(bigint) returns bigint language sql as 'select 0::bigint'"
    )
    ledger.side.conn.execute(
        "do $$ begin execute format("
        "'alter database %I set search_path = mine, ledger, pg_catalog', current_database()); end $$"
    )
    found = ledger.audit()
    assert (found.findings, found.size, found.head) == ((), 40, 40)


# What the signer remembers


def test_a_checkpoint_that_was_removed_is_told_by_the_signer(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.signature where size = 30")
        conn.execute("delete from ledger.checkpoint where size = 30")
    found = ledger.audit(remembered=ledger.signer.memory.all())
    assert [(it.code, it.facts) for it in found.findings] == [(Code.CHECKPOINT_REMOVED, {"size": 30})]
    ledger.signer.sign(30)
    assert ledger.audit(remembered=ledger.signer.memory.all()).findings == ()


def test_another_text_than_the_signer_remembers_is_told(ledger: Signed) -> None:
    """By whoever holds the key, and signed it elsewhere."""
    key = SigningKey.from_pem((ledger.signer.folder / "signing-key.pem").read_bytes())
    with owner(ledger.conninfo) as conn:
        text = replace(checkpoint_of(conn, ORIGIN, 30), streams=1).text
        conn.execute("update ledger.checkpoint set body = %s where size = 30", (text,))
        conn.execute(
            "update ledger.signature set signature = %s where size = 30", (key.sign(ORIGIN, text).value,)
        )
    found = ledger.audit(remembered=ledger.signer.memory.all())
    assert [it.code for it in found.findings] == [Code.STREAMS_DIFFER, Code.TWO_TEXTS]


def test_checkpoints_that_an_export_left_behind_are_a_remark(ledger: Signed) -> None:
    with owner(ledger.conninfo) as conn:
        conn.execute("delete from ledger.signature where size < 40")
        conn.execute("delete from ledger.checkpoint where size < 40")
        conn.execute("insert into ledger.restoration (size, root) values (30, %s)", (bytes(32),))
    found = ledger.audit(remembered=ledger.signer.memory.all())
    assert found.clean
    assert [(it.code, it.facts) for it in found.findings] == [(Code.RESTORED, {"count": 2})]


def test_all_that_was_signed_taken_away_is_told(ledger: Signed) -> None:
    memory = ledger.memory()
    with owner(ledger.conninfo) as conn:
        conn.execute("truncate ledger.signature, ledger.checkpoint, ledger.signing_key")
    found = ledger.audit(memory, remembered=ledger.signer.memory.all())
    assert [(it.code, it.facts["size"]) for it in found.findings] == [
        (Code.KEY_REPLACED, 40),
        (Code.CHECKPOINT_REMOVED, 20),
        (Code.CHECKPOINT_REMOVED, 30),
        (Code.CHECKPOINT_REMOVED, 40),
    ]


def test_a_key_that_is_said_to_be_lost_and_is_at_hand_is_told(ledger: Signed) -> None:
    false = SigningKey.generate()
    with owner(ledger.conninfo) as conn:
        root = checkpoint_of(conn, ORIGIN, 40).root
        says = Takeover(ORIGIN, vkey(ledger).text, false.verifier(ORIGIN).text, 40, root, "flood")
        conn.execute(
            "insert into ledger.signing_key (number, vkey, note) values (2, %s, %s)",
            (says.new, str(Note(says.text, (false.sign(ORIGIN, says.text),)))),
        )
    assert ledger.audit().clean
    found = ledger.audit(own=ledger.signer.public(ORIGIN))
    assert [it.code for it in found.findings] == [Code.KEY_LOST, Code.KEY_UNVOUCHED]


# Not wrong, but worth knowing


def test_events_that_wait_for_the_log_are_a_remark(ledger: Signed) -> None:
    ledger.side.enter(checked_in(on=MAY_3), duty_recorded(on=MAY_3))
    found = ledger.audit()
    assert found.clean
    assert told(found) == [(Code.WAITING, 41, 42)]


def test_a_log_that_was_never_signed_is_a_remark(simulated_ledger: str) -> None:
    side = ReadSide(simulated_ledger)
    assert audit(simulated_ledger).findings == ()
    side.enter(*POSTED)
    side.project()
    side.close()
    found = audit(simulated_ledger)
    assert found.clean
    assert [it.code for it in found.findings] == [Code.NEVER_SIGNED]


def renumber(conn: Connection[Any], position: str, which: str) -> None:
    """Give events other positions."""
    conn.execute("alter table ledger.events drop constraint events_position_key")
    conn.execute(f"update ledger.events set position = {position} where {which}".encode())  # noqa: S608 - written here
    conn.execute("alter table ledger.events add constraint events_position_key unique (position)")


def vkey(ledger: Signed) -> VerifierKey:
    """The key that signs, as an auditor wrote it down."""
    return VerifierKey.parse(key_history(ledger.side.conn)[-1].vkey)


def sign_all_anew(conn: Connection[Any], sizes: list[int]) -> None:
    """What an owner does who has no key of the log's, and makes one."""
    key = SigningKey.generate()
    takeover = Takeover(ORIGIN, NONE, key.verifier(ORIGIN).text, 0, EMPTY_ROOT)
    note = Note(takeover.text, (key.sign(ORIGIN, takeover.text),))
    conn.execute("delete from ledger.signing_key")
    conn.execute("insert into ledger.signing_key values (1, %s, %s)", (takeover.new, str(note)))
    conn.execute("delete from ledger.signature")
    conn.execute("delete from ledger.checkpoint")
    for size in sizes:
        forged = checkpoint_of(conn, ORIGIN, size)
        keep(conn, Note(forged.text, (key.sign(ORIGIN, forged.text),)))
