"""How far the server opens itself: what may be asked in which way, under which names, and with what TLS."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.setting import SettingUnusable, switch, words


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What the server lets be seen of itself.

    Attributes:
        introspection: whether the schema can be asked for; if not, errors suggest no names either.
        get: whether a link can ask.
        documents: folder of the only documents that are answered; None answers any.
        hosts: names that requests may be for, without the port; none given, any may.
        proxies: addresses of the proxies that are believed whom they ask for.
        certificate: file of the certificate of the server's own TLS.
        key: file of its private key.
    """

    introspection: bool = True
    get: bool = True
    documents: Path | None = None
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Exposure:
        """Read ZHUCUN_PRODUCTION, _INTROSPECTION, _GET, _DOCUMENTS, _HOSTS, _PROXIES, _TLS_CERT and _TLS_KEY.

        Raises:
            SettingUnusable: one of them makes no sense, or there is no such file.
        """
        production = switch(env, "ZHUCUN_PRODUCTION", otherwise=False)
        certificate, key = _file(env, "ZHUCUN_TLS_CERT"), _file(env, "ZHUCUN_TLS_KEY")
        if (certificate is None) != (key is None):
            missing = "ZHUCUN_TLS_CERT" if certificate is None else "ZHUCUN_TLS_KEY"
            raise SettingUnusable(
                missing, "", "证书与私钥须同时设置", "the certificate and its key are set together"
            )
        documents = Path(env["ZHUCUN_DOCUMENTS"]) if env.get("ZHUCUN_DOCUMENTS") else None
        if documents is not None and not documents.is_dir():
            raise SettingUnusable("ZHUCUN_DOCUMENTS", str(documents), "没有此目录", "there is no such folder")
        return cls(
            introspection=switch(env, "ZHUCUN_INTROSPECTION", otherwise=not production),
            get=switch(env, "ZHUCUN_GET", otherwise=not production),
            documents=documents,
            hosts=tuple(it.lower() for it in words(env, "ZHUCUN_HOSTS")),
            proxies=_addresses(env, "ZHUCUN_PROXIES"),
            certificate=certificate,
            key=key,
        )


def _file(env: Mapping[str, str], name: str) -> Path | None:
    given = env.get(name, "").strip()
    if not given:
        return None
    if not Path(given).is_file():
        raise SettingUnusable(name, given, "没有此文件", "there is no such file")
    return Path(given)


def _addresses(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    given = words(env, name)
    for it in given:
        try:
            ipaddress.ip_network(it)
        except ValueError as error:
            raise SettingUnusable(
                name, it, "应为IP地址或网段,例如 10.0.0.5", "write IP addresses or networks, as 10.0.0.5"
            ) from error
    return given
