"""The guards as the migrations made them, each as the database tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ledger.database import MIGRATIONS

_APPENDED: Final = ("checkpoint", "events", "restoration", "signature", "signing_key", "tree_node", "witness")
_TRIGGER: Final = (
    "{mode} CREATE TRIGGER {name} BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.{table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()"
)
TRIGGERS: Final[Mapping[str, str]] = {
    **{
        f"only_appended on ledger.{table}": _TRIGGER.format(mode="A", name="only_appended", table=table)
        for table in _APPENDED
    },
    "written_once on ledger.identity": _TRIGGER.format(mode="A", name="written_once", table="identity"),
    "only_by_append on ledger.events": (
        "O CREATE TRIGGER only_by_append BEFORE INSERT ON ledger.events FOR EACH STATEMENT WHEN "
        "((current_setting('zhucun.appending'::text, true) IS DISTINCT FROM 'on'::text)) "
        "EXECUTE FUNCTION ledger.refuse_insert()"
    ),
    "forgotten on ledger.events": (
        "A CREATE TRIGGER forgotten AFTER INSERT ON ledger.events FOR EACH ROW WHEN "
        "((new.topic = 'Instructor.Forgotten'::text)) EXECUTE FUNCTION ledger.destroy_keys()"
    ),
    "readable on ledger.events": (
        "A CREATE TRIGGER readable AFTER INSERT ON ledger.events FOR EACH ROW WHEN "
        "((new.topic = 'Instructor.Nominated'::text)) EXECUTE FUNCTION ledger.refuse_destroyed_key()"
    ),
}
CONSTRAINTS: Final[Mapping[str, str]] = {
    "checkpoint_pkey": "ledger.checkpoint PRIMARY KEY (size)",
    "checkpoint_root_check": "ledger.checkpoint CHECK ((octet_length(root) = 32))",
    "checkpoint_size_check": "ledger.checkpoint CHECK ((size >= 0))",
    "events_originator_version_check": "ledger.events CHECK ((originator_version >= 0))",
    "events_pkey": "ledger.events PRIMARY KEY (originator_id, originator_version)",
    "events_position_check": 'ledger.events CHECK (("position" > 0))',
    "events_position_key": 'ledger.events UNIQUE ("position")',
    "events_topic_check": "ledger.events CHECK ((topic <> ''::text))",
    "identity_county_check": "ledger.identity CHECK ((county <> ''::text))",
    "identity_only_row_check": "ledger.identity CHECK (only_row)",
    "identity_origin_check": "ledger.identity CHECK ((origin <> ''::text))",
    "identity_pkey": "ledger.identity PRIMARY KEY (only_row)",
    "key_check": "personal.key CHECK (((wrapped IS NULL) = (destroyed_at IS NOT NULL)))",
    "key_master_check": "personal.key CHECK ((master ~ '^[0-9a-f]{16}$'::text))",
    "key_pkey": "personal.key PRIMARY KEY (id)",
    "master_id_check": "personal.master CHECK ((id ~ '^[0-9a-f]{16}$'::text))",
    "master_only_row_check": "personal.master CHECK (only_row)",
    "master_pkey": "personal.master PRIMARY KEY (only_row)",
    "migration_pkey": "ledger.migration PRIMARY KEY (component, name)",
    "restoration_only_row_check": "ledger.restoration CHECK (only_row)",
    "restoration_pkey": "ledger.restoration PRIMARY KEY (only_row)",
    "restoration_root_check": "ledger.restoration CHECK ((octet_length(root) = 32))",
    "serving_only_row_check": "ledger.serving CHECK (only_row)",
    "serving_pkey": "ledger.serving PRIMARY KEY (only_row)",
    "signature_key_id_check": "ledger.signature CHECK ((octet_length(key_id) = 4))",
    "signature_pkey": "ledger.signature PRIMARY KEY (size, name, key_id)",
    "signature_size_fkey": "ledger.signature FOREIGN KEY (size) REFERENCES ledger.checkpoint(size)",
    "signing_key_number_check": "ledger.signing_key CHECK ((number > 0))",
    "signing_key_pkey": "ledger.signing_key PRIMARY KEY (number)",
    "signing_key_vkey_key": "ledger.signing_key UNIQUE (vkey)",
    "tree_node_hash_check": "ledger.tree_node CHECK ((octet_length(hash) = 32))",
    "tree_node_index_check": "ledger.tree_node CHECK ((index >= 0))",
    "tree_node_level_check": "ledger.tree_node CHECK (((level >= 0) AND (((level)::integer % 4) = 0)))",
    "tree_node_pkey": "ledger.tree_node PRIMARY KEY (level, index)",
    "witness_pkey": "ledger.witness PRIMARY KEY (vkey)",
}
INDEXES: Final[Mapping[str, str]] = {
    "one_in_use": (
        "CREATE UNIQUE INDEX one_in_use ON personal.key USING btree (person) WHERE (wrapped IS NOT NULL)"
    )
}
"""Those that refuse twins and are of no constraint."""
TABLES: Final[Mapping[str, str]] = {
    **{f"ledger.{table}": "ordinary" for table in (*_APPENDED, "identity", "migration", "serving")},
    **{f"personal.{table}": "ordinary" for table in ("key", "master")},
}
_ROWS: Final = "uuid[], bigint[], text[], bytea[], uuid[], timestamp with time zone[]"
_CAREFUL: Final = "{search_path=pg_catalog}"
_MORE_CAREFUL: Final = '{"search_path=pg_catalog, pg_temp"}'
_FUNCTIONS: Final[Mapping[str, str]] = {
    f"ledger.append({_ROWS})": f"bigint plpgsql f v definer u {_MORE_CAREFUL}",
    "ledger.destroy_keys()": f"trigger plpgsql f v definer u {_MORE_CAREFUL}",
    "ledger.grant_serving()": f"boolean plpgsql f v u {_MORE_CAREFUL}",
    "ledger.position_at(timestamp with time zone)": "bigint sql f s s",
    "ledger.refuse_destroyed_key()": f"trigger plpgsql f v definer u {_MORE_CAREFUL}",
    "ledger.refuse_change()": f"trigger plpgsql f v u {_CAREFUL}",
    "ledger.refuse_insert()": f"trigger plpgsql f v u {_CAREFUL}",
    f"ledger.restore({_ROWS}, bigint)": f"bigint plpgsql f v u {_MORE_CAREFUL}",
    "personal.found_master(text)": f"text sql f v definer u {_MORE_CAREFUL}",
    "personal.keep(uuid, uuid, text, bytea)": f"record plpgsql f v definer u {_MORE_CAREFUL}",
}
"""What is said of a function before its body, which stands in the migrations."""

_BODY: Final = re.compile(
    r"^create (?:or replace )?function ((?:ledger|personal)\.\w+)\(.*?^\$\$(.*?)^\$\$;",
    re.MULTILINE | re.DOTALL,
)


def functions() -> dict[str, str]:
    """Return what the migrations made the functions, the latest of a name."""
    bodies: dict[str, str] = {}
    for path in sorted(MIGRATIONS.glob("*.sql")):
        bodies.update(_BODY.findall(path.read_text(encoding="utf-8")))
    return {name: says + bodies[name.partition("(")[0]] for name, says in _FUNCTIONS.items()}
