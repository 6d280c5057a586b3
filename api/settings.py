"""Settings, all from the environment: where the ledger lives, whose it is, and where it is served."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.data import COUNTY
from ledger.notes import is_key_name


class SettingUnusable(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """A setting in the environment makes no sense."""

    def __init__(self, name: str, value: str, wanted_zh: str, wanted_en: str) -> None:
        self.message_zh = f"环境变量 {name} 的值“{value}”不可用:{wanted_zh}。"
        self.message_en = f"{name}={value!r} is not usable: {wanted_en}."
        super().__init__(f"{self.message_zh} {self.message_en}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How this installation runs.

    Attributes:
        database_url: any libpq connection string or URI; None starts the embedded PostgreSQL.
        data: folder of the embedded PostgreSQL.
        keys_at: folder of the keys that sign logs, one folder each; `keys` in `data`, if not given.
        county: official code of the county (6 digits).
        origin: the name of the ledger, a schema-less URL; its checkpoints carry it for ever.
        host: address to serve on.
        port: port to serve on.
    """

    database_url: str | None = None
    data: Path = Path(".data")
    keys_at: Path | None = None
    county: str = COUNTY
    origin: str = f"zhucun.example/{COUNTY}"
    host: str = "127.0.0.1"
    port: int = 8000

    @property
    def postgresql(self) -> Path:
        """The embedded PostgreSQL's own folder."""
        return self.data / "postgresql"

    @property
    def keys(self) -> Path:
        """The folder of the keys that sign logs."""
        return self.keys_at or self.data / "keys"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read DATABASE_URL and ZHUCUN_DATA, _KEYS, _COUNTY, _ORIGIN, _HOST and _PORT.

        Raises:
            SettingUnusable: one of them makes no sense.
        """
        county = env.get("ZHUCUN_COUNTY") or cls.county
        if not re.fullmatch(r"\d{6}", county):
            raise SettingUnusable(
                "ZHUCUN_COUNTY", county, "应为六位县级代码", "write the county's six digits"
            )
        port = env.get("ZHUCUN_PORT") or str(cls.port)
        if not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise SettingUnusable("ZHUCUN_PORT", port, "应为0至65535", "write a number from 0 to 65535")
        origin = env.get("ZHUCUN_ORIGIN") or f"zhucun.example/{county}"
        if not is_key_name(origin):
            raise SettingUnusable(
                "ZHUCUN_ORIGIN",
                origin,
                "不能含空格或加号,例如 zhucun.example/430624",
                "it cannot have a space or a plus in it; write it like zhucun.example/430624",
            )
        return cls(
            database_url=env.get("DATABASE_URL") or None,
            data=Path(env.get("ZHUCUN_DATA") or cls.data),
            keys_at=Path(env["ZHUCUN_KEYS"]) if env.get("ZHUCUN_KEYS") else None,
            county=county,
            origin=origin,
            host=env.get("ZHUCUN_HOST") or cls.host,
            port=int(port),
        )
