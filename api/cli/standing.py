"""How a county's ledger and read side stand, for people and for programs."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row
from rich.markup import escape
from rich.table import Table

from api.county import SHANGHAI, County
from api.settings import Settings
from api.signed import signing_of
from ledger.database import connect
from ledger.holding import holding
from projections.status import read_status

_LAST = """
select topic, position, recorded_at, originator_id::text as aggregate_id from ledger.events
order by position desc limit 1
"""


def standing_of(county: County) -> dict[str, Any]:
    """Return how the county stands, as plain values."""
    status, identity = read_status(county.conninfo), county.identity
    with connect(county.conninfo) as conn, conn.cursor(row_factory=dict_row) as cursor:
        last = cursor.execute(_LAST).fetchone()
        personal = holding(conn, Settings.from_env().keys).plain
    if last is not None:
        last["recorded_at"] = last["recorded_at"].astimezone(SHANGHAI).isoformat()
    return {
        "origin": identity.origin,
        "county": identity.county,
        "simulated": identity.simulated,
        "founded_at": identity.created_at.astimezone(SHANGHAI).isoformat(),
        "head": status.head,
        "position": status.position,
        "lag": status.lag,
        "state": status.state,
        "projecting": status.projecting,
        "error": status.error,
        "stopped_position": status.stopped_position,
        "updated_at": status.updated_at.astimezone(SHANGHAI).isoformat(),
        "schema_digest": status.schema_digest,
        "schema_current": status.current,
        "last_event": last,
        "personal": personal,
        **signing_of(county),
    }


def table_of_standing(standing: dict[str, Any]) -> Table:
    """Return it as a table."""
    last = standing["last_event"]
    checkpoint, alarm = standing["checkpoint"], standing["alarm"]
    stopped = standing["state"] == "stopped"
    table = Table.grid(padding=(0, 2))
    for name, value in (
        (
            "账本 Ledger",
            f"{standing['origin']}" + ("  [yellow]模拟 simulated[/]" if standing["simulated"] else ""),
        ),
        ("县 County", standing["county"]),
        ("建立 Founded", standing["founded_at"]),
        ("账本位置 Ledger position", f"{standing['head']:,}"),
        ("读表位置 Read side position", f"{standing['position']:,}"),
        ("滞后 Lag", f"{standing['lag']:,}"),
        ("状态 State", "[red]已停 stopped[/]" if stopped else "正常 running"),
        (
            "停于 Stopped at",
            f"{standing['stopped_position']}: {escape(standing['error'])}" if stopped else None,
        ),
        ("正在投影 Projecting now", "是 yes" if standing["projecting"] else "否 no"),
        (
            "读表版本 Read schema",
            standing["schema_digest"][:12]
            + ("" if standing["schema_current"] else "  [yellow]需重建 rebuild due: zhucun rebuild[/]"),
        ),
        (
            "最后事件 Last event",
            f"{last['topic']}, {last['recorded_at']}" if last else "(空 none)",
        ),
        (
            "最后检查点 Last checkpoint",
            f"{checkpoint['size']:,}, {checkpoint['signed_at']}" if checkpoint else "(无 none)",
        ),
        ("个人信息密钥 Personal keys", _keys(standing["personal"])),
        ("警报 Alarm", f"[red]{escape(alarm)}[/]" if alarm else None),
    ):
        if value is not None:
            table.add_row(f"[bold]{name}[/]", value)
    return table


def _keys(personal: dict[str, Any]) -> str:
    if personal["trouble"]:
        return f"[red]{escape(personal['trouble'])}[/]"
    return f"{personal['keys']:,} 在用 in use, {personal['destroyed']:,} 已销毁 destroyed"
