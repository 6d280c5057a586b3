"""Settings, all from the environment: where the ledger lives, whose it is, and where it is served."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.data import COUNTY
from ledger.notes import is_key_name


class SettingUnusable(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """A setting in the environment makes no sense."""

    def __init__(self, name: str, value: str, wanted_zh: str, wanted_en: str) -> None:
        self.message_zh = f"环境变量 {name} 的值“{value}”不可用:{wanted_zh}。"
        self.message_en = f"{name}={value!r} is not usable: {wanted_en}."
        super().__init__(f"{self.message_zh} {self.message_en}")


@dataclass(frozen=True, kw_only=True)
class DingTalk:
    """How to reach the organisation's DingTalk, and how it reaches us; each part may be left out.

    Attributes:
        app_key: of the internal application, to ask its API.
        app_secret: its secret.
        token: of the application's event subscription, to verify what is pushed.
        aes_key: its key, 43 characters of Base64 that stand for 32 bytes.
        corp_id: of the organisation; a push is for it or for the application.
        users: file of DingTalk's users and their staff numbers.
        url: of the API; another one is for a gateway or a test.
    """

    app_key: str = ""
    app_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    corp_id: str = ""
    users: Path | None = None
    url: str = "https://oapi.dingtalk.com"

    @property
    def is_pushed(self) -> bool:
        """Whether events are to be received."""
        return bool(self.token and self.aes_key)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> DingTalk:
        """Read ZHUCUN_DINGTALK_APP_KEY, _APP_SECRET, _TOKEN, _AES_KEY, _CORP_ID, _USERS and _URL.

        Raises:
            SettingUnusable: one of them makes no sense, or one that it needs is missing. No secret is told.
        """
        given = {name: env.get(f"{_DINGTALK}{name}", "").strip() for name in _DINGTALK_SETTINGS}
        for name, needed in _NEEDED:
            if given[name] and not any(given[it] for it in needed):
                names = " / ".join(f"{_DINGTALK}{it}" for it in needed)
                raise SettingUnusable(
                    f"{_DINGTALK}{name}", HIDDEN, f"还须设置 {names}", f"{names} has to be set as well"
                )
        if given["AES_KEY"] and not re.fullmatch(r"[A-Za-z0-9+/]{43}", given["AES_KEY"]):
            raise SettingUnusable(
                f"{_DINGTALK}AES_KEY",
                HIDDEN,
                "应为开发者后台所示的43个字符",
                "write the 43 characters that the developer console shows",
            )
        url = given["URL"].rstrip("/") or cls.url
        if not re.fullmatch(
            r"https://[^\s/?#@]+(/[^\s?#]*)?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", url
        ):
            raise SettingUnusable(
                f"{_DINGTALK}URL", url, "应以 https:// 开头", "write an address that begins with https://"
            )
        return cls(
            app_key=given["APP_KEY"],
            app_secret=given["APP_SECRET"],
            token=given["TOKEN"],
            aes_key=given["AES_KEY"],
            corp_id=given["CORP_ID"],
            users=Path(given["USERS"]) if given["USERS"] else None,
            url=url,
        )


HIDDEN: Final = "***"
"""Stands for a value that is not shown."""

_DINGTALK: Final = "ZHUCUN_DINGTALK_"
_DINGTALK_SETTINGS: Final = ("APP_KEY", "APP_SECRET", "TOKEN", "AES_KEY", "CORP_ID", "USERS", "URL")
_NEEDED: Final = (
    ("APP_SECRET", ("APP_KEY",)),
    ("TOKEN", ("AES_KEY",)),
    ("AES_KEY", ("TOKEN",)),
    ("AES_KEY", ("CORP_ID", "APP_KEY")),
    ("AES_KEY", ("USERS",)),
)
"""What each setting needs: one of these as well."""


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
        dingtalk: the organisation's DingTalk.
    """

    database_url: str | None = None
    data: Path = Path(".data")
    keys_at: Path | None = None
    county: str = COUNTY
    origin: str = f"zhucun.example/{COUNTY}"
    host: str = "127.0.0.1"
    port: int = 8000
    dingtalk: DingTalk = field(default_factory=DingTalk)

    @property
    def postgresql(self) -> Path:
        """The embedded PostgreSQL's own folder."""
        return self.data / "postgresql"

    @property
    def keys(self) -> Path:
        """The folder of the keys that sign logs."""
        return self.keys_at or self.data / "keys"

    @property
    def imports(self) -> Path:
        """The folder of files that are being taken in, one folder each ledger."""
        return self.data / "imports"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read DATABASE_URL and ZHUCUN_DATA, _KEYS, _COUNTY, _ORIGIN, _HOST, _PORT and _DINGTALK_….

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
            dingtalk=DingTalk.from_env(env),
        )
