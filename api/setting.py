"""How one setting is read from the environment, and what is said of one that makes no sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_YES: Final = {"1", "true", "yes", "on"}
_NO: Final = {"", "0", "false", "no", "off"}


class SettingUnusable(Exception):  # noqa: N818 - named as what is wrong, like the domain's refusals
    """A setting in the environment makes no sense."""

    def __init__(self, name: str, value: str, wanted_zh: str, wanted_en: str) -> None:
        self.message_zh = f"环境变量 {name} 的值“{value}”不可用:{wanted_zh}。"
        self.message_en = f"{name}={value!r} is not usable: {wanted_en}."
        super().__init__(f"{self.message_zh} {self.message_en}")


def whole_number(env: Mapping[str, str], name: str, otherwise: int, least: int, most: int) -> int:
    """Return a setting that is a whole number from `least` to `most`.

    Raises:
        SettingUnusable: it is none.
    """
    given = env.get(name, "").strip()
    if not given:
        return otherwise
    # Longer than any number here, it is none; and int() takes its time over thousands of digits.
    digits = given.replace("_", "")
    if len(digits) > 18 or not (digits.isascii() and digits.isdecimal() and least <= int(digits) <= most):
        raise SettingUnusable(
            name, given, f"应为{least}至{most}的整数", f"write a whole number from {least} to {most}"
        )
    return int(digits)


def switch(env: Mapping[str, str], name: str, *, otherwise: bool) -> bool:
    """Return a setting that is yes or no.

    Raises:
        SettingUnusable: it is neither.
    """
    given = env.get(name)
    word = (given or "").strip().lower()
    if given is None or not word:
        return otherwise
    if word not in _YES | _NO:
        raise SettingUnusable(name, word, "应为1或0", "write 1 or 0")
    return word in _YES


def words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return a setting that is several words, with commas between them."""
    return tuple(it.strip() for it in env.get(name, "").split(",") if it.strip())
