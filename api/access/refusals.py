"""Why somebody is not let in, or not let do something."""

from __future__ import annotations

from api.problems import Problem
from domain.refusals import Refused


class TokenRefused(Problem):
    """A token that cannot be taken. It is never shown, nor any part of it that others did not vouch for."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__("TOKEN_REFUSED", f"令牌不予受理:{zh}。", f"This token is not taken: {en}.")


class IssuerAway(Problem):
    """The issuer's keys were never had, so no token of its can be verified now."""

    def __init__(self) -> None:
        super().__init__(
            "ISSUER_UNAVAILABLE",
            "身份提供方暂不可用,无法核验令牌。请稍后再试,或请管理员查看日志。",
            "The issuer of tokens does not answer, so yours cannot be verified. Try again later, or ask "
            "whoever runs this server to look into its log.",
        )


class NotSignedIn(Refused):
    """Nobody knows who asks."""

    zh = "办理须出示令牌(Authorization: Bearer …)。请向管理员申领,或由身份提供方登录取得。"
    en = (
        "Whoever enters anything has to send a token (Authorization: Bearer ...): from whoever runs this "
        "server, or by signing in with the issuer."
    )


class NoTokensYet(Refused):
    """Nobody can be known yet."""

    zh = "本服务尚无令牌,只能查看。请在本机运行 zhucun token issue 签发令牌,再凭令牌办理。"
    en = (
        "This server has no tokens yet, so it can be looked at alone. Issue one on its machine with "
        "`zhucun token issue`, and send it."
    )


class OutOfReach(Refused):
    """It is about another office's village or person."""

    zh = "“{command}”所涉的村或人员不在{whose}的职权范围内。请核对编号与日期,或由有权的机关办理。"
    en = (
        "{command_en}: the village or person is not within your office's reach on that day. Check the id and "
        "the date, or have it entered by the office whose it is."
    )
