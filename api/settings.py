"""Settings, all from the environment: where the ledger lives, whose it is, and where it is served."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.data import COUNTY
from api.exposure import Exposure
from api.limits import Limits
from api.setting import SettingUnusable as SettingUnusable  # noqa: PLC0414 - whoever reads settings meets it
from ledger.notes import is_key_name


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


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """The OpenID Connect issuer whose tokens are taken.

    Attributes:
        issuer: its address, to the letter as its tokens have it.
        audience: whom its tokens have to be for: this installation.
        claims: what it calls the claims that are not called as docs/access.md says.
    """

    issuer: str
    audience: str
    claims: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Oidc | None:
        """Read ZHUCUN_OIDC_ISSUER, _AUDIENCE and _CLAIMS; None where there is no issuer.

        Raises:
            SettingUnusable: one of them makes no sense, or one that it needs is missing.
        """
        issuer, audience, claims = (
            env.get(f"ZHUCUN_OIDC_{name}", "").strip() for name in ("ISSUER", "AUDIENCE", "CLAIMS")
        )
        if not (issuer or audience or claims):
            return None
        if not is_safe_url(issuer):
            raise SettingUnusable(
                "ZHUCUN_OIDC_ISSUER",
                issuer,
                "应以 https:// 开头",
                "write an address that begins with https://",
            )
        if not audience:
            raise SettingUnusable(
                "ZHUCUN_OIDC_AUDIENCE",
                audience,
                "应为令牌中本服务的名称(aud)",
                "write what tokens for this server have as `aud`",
            )
        return cls(issuer=issuer, audience=audience, claims=_claims(claims))


def _claims(text: str) -> dict[str, str]:
    """Read `role=groups,organisation=dept`."""
    found: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        name, _, claim = (it.strip() for it in part.partition("="))
        if name not in CLAIMS or name in found or not claim:
            raise SettingUnusable(
                "ZHUCUN_OIDC_CLAIMS",
                text,
                f"应如 role=groups,organisation=dept,可用{'、'.join(CLAIMS)},各一次",
                f"write it like role=groups,organisation=dept, with each of {', '.join(CLAIMS)} once at most",
            )
        found[name] = claim
    return found


def is_safe_url(url: str) -> bool:
    """Tell whether what is sent to an address, and answered from there, is between the two alone."""
    return bool(_SAFE_URL.fullmatch(url))


CLAIMS: Final = ("id", "role", "organisation", "township", "sending_unit", "staff_number")
"""What a token says of somebody; each may have another claim's name."""

_SAFE_URL: Final = re.compile(
    r"https://[^\s/?#@]+(/[^\s?#]*)?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/[^\s?#]*)?"
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
        oidc: the issuer whose tokens are taken, if there is one.
        limits: of what may be asked.
        exposure: how far the server opens itself.
    """

    database_url: str | None = None
    data: Path = Path(".data")
    keys_at: Path | None = None
    county: str = COUNTY
    origin: str = f"zhucun.example/{COUNTY}"
    host: str = "127.0.0.1"
    port: int = 8000
    dingtalk: DingTalk = field(default_factory=DingTalk)
    oidc: Oidc | None = None
    limits: Limits = field(default_factory=Limits)
    exposure: Exposure = field(default_factory=Exposure)

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
        """Read DATABASE_URL, ZHUCUN_DATA, _KEYS, _COUNTY, _ORIGIN, _HOST, _PORT, and what its parts read.

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
            oidc=Oidc.from_env(env),
            limits=Limits.from_env(env),
            exposure=Exposure.from_env(env),
        )
