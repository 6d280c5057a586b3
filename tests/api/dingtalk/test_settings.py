"""What is set in the environment: what needs what, and that no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import DingTalk, Settings, SettingUnusable

KEY = "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"
ALL = {
    "APP_KEY": "dingkey",
    "APP_SECRET": "hush-hush",
    "TOKEN": "tokentoken",
    "AES_KEY": KEY,
    "CORP_ID": "dingcorp",
    "USERS": "users.csv",
}


def read(**given: str) -> DingTalk:
    return Settings.from_env({f"ZHUCUN_DINGTALK_{name}": value for name, value in given.items()}).dingtalk


def test_nothing_has_to_be_set() -> None:
    assert read() == DingTalk()
    assert not read().is_pushed


def test_everything_can_be_set() -> None:
    assert read(**ALL) == DingTalk(
        app_key="dingkey",
        app_secret="hush-hush",  # noqa: S106 - of nobody
        token="tokentoken",  # noqa: S106 - of nobody
        aes_key=KEY,
        corp_id="dingcorp",
        users=Path("users.csv"),
    )
    assert read(**ALL).is_pushed


@pytest.mark.parametrize(
    ("missing", "of"),
    [("APP_KEY", "APP_SECRET"), ("AES_KEY", "TOKEN"), ("TOKEN", "AES_KEY"), ("USERS", "AES_KEY")],
)
def test_what_a_setting_needs_is_asked_for(missing: str, of: str) -> None:
    with pytest.raises(SettingUnusable, match=f"ZHUCUN_DINGTALK_{of}.*ZHUCUN_DINGTALK_{missing}"):
        read(**{name: value for name, value in ALL.items() if name != missing})


def test_pushes_need_somebody_whom_they_are_for() -> None:
    pushes = {name: ALL[name] for name in ("TOKEN", "AES_KEY", "USERS")}
    assert read(**pushes, APP_KEY="dingkey").is_pushed
    assert read(**pushes, CORP_ID="dingcorp").is_pushed
    with pytest.raises(SettingUnusable, match="CORP_ID"):
        read(**pushes)


@pytest.mark.parametrize("key", ["too-short", KEY + "=", KEY[:-1] + "-"])
def test_a_key_that_is_none_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(SettingUnusable, match="AES_KEY") as refused:
        read(**{**ALL, "AES_KEY": key})
    assert key not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["http://oapi.dingtalk.com", "ftp://x", "oapi.dingtalk.com", "https://u:p@x.cn", "https://x.cn/?a=b"],
)
def test_an_address_over_which_a_secret_must_not_go_is_refused(url: str) -> None:
    with pytest.raises(SettingUnusable, match="https://"):
        read(URL=url)


def test_a_gateway_may_stand_in_between() -> None:
    assert read(URL="https://gateway.example/dingtalk/").url == "https://gateway.example/dingtalk"
    assert read(URL="http://127.0.0.1:8080").url == "http://127.0.0.1:8080"


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings.from_env({f"ZHUCUN_DINGTALK_{name}": value for name, value in ALL.items()}))
    assert "dingkey" in shown
    for secret in ("hush-hush", "tokentoken", KEY):
        assert secret not in shown
