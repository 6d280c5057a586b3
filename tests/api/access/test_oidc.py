"""Tokens of an issuer: what is taken, what is not, and how its keys are had."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.access.compact import LONGEST, read
from api.access.jwks import KEPT, PAUSE
from api.access.oidc import Issuer as Verifier
from api.access.principal import Office, Principal
from api.access.refusals import IssuerAway, TokenRefused
from api.settings import Oidc, Settings, SettingUnusable
from tests.api.access.issuer import AUDIENCE, CLAIMS, Issuer, issuing

TOWNSHIP = Principal(id="u-7", office=Office.TOWNSHIP, organisation="石塘镇党委", township="430624105")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as it:
        it.add("k1", "ES256")
        yield it


class Door:
    """Verifies tokens, at a time that the test says."""

    def __init__(self, issuer: Issuer, **claims: str) -> None:
        self.now = 1000.0
        settings = Oidc(issuer=issuer.url, audience=AUDIENCE, claims=claims)
        self._verifier = Verifier(settings, lambda: self.now)

    def open(self, *tokens: str) -> list[Principal]:
        """Return whose tokens are that are shown all at once."""

        async def ask() -> list[Principal]:
            asked = [self._verifier.verified(read(token)) for token in tokens]
            return [it.principal for it in await asyncio.gather(*asked)]

        return asyncio.run(ask())

    def refused(self, token: str) -> str:
        """Return why a token is not taken."""
        with pytest.raises(TokenRefused) as refused:
            self.open(token)
        assert refused.value.message_zh
        return refused.value.message_en


@pytest.fixture
def door(issuer: Issuer) -> Door:
    return Door(issuer)


@pytest.mark.parametrize(
    "algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
)
def test_a_token_by_each_algorithm_that_is_pinned_says_whose_it_is(issuer: Issuer, algorithm: str) -> None:
    issuer.add("other", algorithm)

    assert Door(issuer).open(issuer.sign("other")) == [TOWNSHIP]


def test_keys_are_read_once_for_many_tokens(issuer: Issuer, door: Door) -> None:
    door.open(*[issuer.sign("k1")] * 20)
    door.open(issuer.sign("k1"))

    assert issuer.asked == ["/realm/.well-known/openid-configuration", "/realm/keys"]


def test_a_new_key_is_found_when_a_token_names_it(issuer: Issuer, door: Door) -> None:
    door.open(issuer.sign("k1"))
    issuer.add("k2", "EdDSA")
    door.now += PAUSE

    assert door.open(issuer.sign("k2")) == [TOWNSHIP]


def test_a_flood_of_unknown_keys_does_not_reach_the_issuer(issuer: Issuer, door: Door) -> None:
    token = issuer.sign("k1")
    door.open(token)
    issuer.add("k2", "ES256")
    unknown = issuer.sign("k2")
    issuer.remove("k2")
    before = len(issuer.asked)

    for _ in range(50):
        assert "key" in door.refused(unknown)
    assert len(issuer.asked) == before
    door.now += PAUSE
    for _ in range(50):
        door.refused(unknown)

    assert len(issuer.asked) == before + 2
    assert door.open(token) == [TOWNSHIP]


def test_a_key_that_the_issuer_withdrew_is_forgotten_in_time(issuer: Issuer, door: Door) -> None:
    token = issuer.sign("k1")
    door.open(token)
    issuer.remove("k1")
    issuer.add("k2", "ES256")

    assert door.open(token) == [TOWNSHIP]
    door.now += KEPT

    assert "key" in door.refused(token)


def test_old_keys_answer_on_while_the_issuer_does_not(issuer: Issuer, door: Door) -> None:
    token = issuer.sign("k1")
    door.open(token)
    issuer.down = True
    for _ in range(3):
        door.now += KEPT
        assert door.open(token, token) == [TOWNSHIP, TOWNSHIP]

    assert issuer.asked.count("/realm/.well-known/openid-configuration") == 4


def test_without_any_key_it_is_not_known_whether_a_token_is_good(issuer: Issuer, door: Door) -> None:
    issuer.down = True
    token = issuer.sign("k1")
    for _ in range(3):
        with pytest.raises(IssuerAway):
            door.open(token)
    assert len(issuer.asked) == 1
    issuer.down = False
    door.now += PAUSE

    assert door.open(token) == [TOWNSHIP]


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "http://elsewhere.example/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
)
def test_discovery_that_leads_elsewhere_is_not_followed(
    issuer: Issuer, door: Door, said: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    issuer.discovery = said

    with pytest.raises(IssuerAway):
        door.open(issuer.sign("k1"))

    assert issuer.url in caplog.text
    assert issuer.asked == ["/realm/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://elsewhere.example"}, "for this server"),
        ({"aud": "another"}, "for this server"),
        ({"aud": None}, "aud"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"sub": None}, "sub"),
        ({"exp": int(time.time()) - 61, "iat": int(time.time()) - 300}, "expired"),
        ({"nbf": int(time.time()) + 900}, "not good yet"),
        ({"iat": int(time.time()) + 900, "exp": int(time.time()) + 1000}, "not good yet"),
        ({"lasts": 24 * 3600 + 1}, "24 hours"),
        ({"exp": "soon"}, "written"),
        ({"exp": 1e30}, "written"),
        ({"exp": True}, "written"),
        ({"zhucun_role": None}, "zhucun_role"),
        ({"zhucun_role": "emperor"}, "zhucun_role"),
        ({"zhucun_role": "system"}, "zhucun_role"),
        ({"zhucun_role": "public"}, "zhucun_role"),
        ({"zhucun_role": ["township", "auditor"]}, "zhucun_role"),
        ({"zhucun_role": {"township": 1}}, "zhucun_role"),
        ({"zhucun_organisation": ""}, "zhucun_organisation"),
        ({"zhucun_organisation": "党\n委"}, "zhucun_organisation"),
        ({"zhucun_organisation": "党\u2028委"}, "zhucun_organisation"),
        ({"zhucun_organisation": "党\u202e委"}, "zhucun_organisation"),
        ({"zhucun_organisation": 7}, "zhucun_organisation"),
        ({"zhucun_township": None}, "zhucun_township"),
        ({"zhucun_township": "石塘镇"}, "nine digits"),
        ({"zhucun_township": "٤٣٠٦٢٤١٠٥"}, "nine digits"),
        ({"zhucun_role": "sending_unit"}, "zhucun_sending_unit"),
        ({"zhucun_role": "instructor"}, "zhucun_staff_number"),
        ({"sub": "x" * 201}, "sub"),
    ],
)
def test_a_token_that_does_not_say_what_it_has_to_is_refused(
    issuer: Issuer, door: Door, claims: dict[str, Any], why: str
) -> None:
    assert why in door.refused(issuer.sign("k1", **claims))


def test_clocks_may_differ_by_a_minute(issuer: Issuer, door: Door) -> None:
    now = int(time.time())
    late = issuer.sign("k1", exp=now - 50, iat=now - 300)
    early = issuer.sign("k1", iat=now + 50, nbf=now + 50, exp=now + 300)

    assert door.open(late, early) == [TOWNSHIP, TOWNSHIP]


def test_a_role_may_stand_among_groups_under_another_name(issuer: Issuer) -> None:
    door = Door(issuer, role="groups", organisation="dept", id="upn")
    token = issuer.sign(
        "k1", zhucun_role=None, groups=["staff", "auditor"], dept="县审计局", upn="wang@xiangyin"
    )

    assert door.open(token) == [Principal(id="wang@xiangyin", office=Office.AUDITOR, organisation="县审计局")]


def _part(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _claims(issuer: Issuer) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": issuer.url, "aud": AUDIENCE, "iat": now, "exp": now + 300, **CLAIMS}


def _unsigned(issuer: Issuer) -> str:
    return f"{_part({'alg': 'none', 'kid': 'k1'})}.{_part(_claims(issuer))}.AA"


def _with_public_key_as_secret(issuer: Issuer) -> str:
    pem = issuer.private("k1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = f"{_part({'alg': 'HS256', 'kid': 'k1'})}.{_part(_claims(issuer))}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(head.encode(), pem)
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _by_another_algorithm(issuer: Issuer) -> str:
    issuer.add("r1", "RS256")
    return jwt.encode(_claims(issuer), issuer.private("r1"), "RS256", headers={"kid": "k1"})


def _with_its_own_key(issuer: Issuer) -> str:
    with issuing() as other:
        other.add("k1", "ES256")
        key = other.private("k1")
        jwk = other._jwk("k1")
    return jwt.encode(
        _claims(issuer), key, "ES256", headers={"kid": "k1", "jwk": jwk, "jku": "https://evil.example/keys"}
    )


def _altered(issuer: Issuer) -> str:
    head, _, signature = issuer.sign("k1").split(".")
    return f"{head}.{_part({**_claims(issuer), 'zhucun_role': 'auditor'})}.{signature}"


def _said_twice(issuer: Issuer) -> str:
    twice = json.dumps(_claims(issuer))[:-1] + ', "zhucun_role": "auditor"}'
    return jwt.PyJWS().encode(twice.encode(), issuer.private("k1"), "ES256", headers={"kid": "k1"})


def _critical(issuer: Issuer) -> str:
    return jwt.encode(
        _claims(issuer), issuer.private("k1"), "ES256", headers={"kid": "k1", "crit": ["b64"], "b64": True}
    )


def _huge(issuer: Issuer) -> str:
    return issuer.sign("k1", more="x" * LONGEST)


def _deep(_issuer: Issuer) -> str:
    return f"{_part({'alg': 'ES256', 'kid': 'k1'})}.{_part('[' * 4000)}.AA"


def _key_id_of_another_kind(issuer: Issuer) -> str:
    return f"{_part({'alg': 'ES256', 'kid': ['k1']})}.{_part(_claims(issuer))}.AA"


def _path_as_key_id(issuer: Issuer) -> str:
    return jwt.encode(_claims(issuer), issuer.private("k1"), "ES256", headers={"kid": "../../../dev/null"})


@pytest.mark.parametrize(
    "made",
    [
        _unsigned,
        _with_public_key_as_secret,
        _by_another_algorithm,
        _with_its_own_key,
        _altered,
        _said_twice,
        _critical,
        _huge,
        _deep,
        _key_id_of_another_kind,
        _path_as_key_id,
        lambda _: "",
        lambda _: "a.b.c",
        lambda _: "no token",
        lambda _: f"{_part({'alg': 'ES256'})}.{_part([])}.AA",
        lambda _: f"{_part({'alg': 'ES256'})}.{_part('{NaN}')}.AA",
    ],
)
def test_a_token_that_is_forged_is_refused(issuer: Issuer, door: Door, made: Callable[[Issuer], str]) -> None:
    token = made(issuer)

    reason = door.refused(token)

    assert reason
    assert len(token) < 20 or token not in reason


def test_a_token_without_a_key_id_is_taken_where_there_is_no_choice(issuer: Issuer, door: Door) -> None:
    token = jwt.encode(_claims(issuer), issuer.private("k1"), "ES256")
    assert door.open(token) == [TOWNSHIP]
    issuer.add("k2", "ES256")
    door.now += KEPT

    assert "key" in door.refused(token)


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "oct", "kid": "k2", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "k2", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "kid": "k2", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "EC", "kid": "k2", "alg": ["ES256"]},
        {"kty": "EC", "kid": "k2", "key_ops": 7},
        {"kty": "EC", "kid": "k2", "key_ops": None},
        {"kid": "k2"},
        {"kty": 7},
        "no key",
        None,
    ],
)
def test_keys_of_no_use_do_no_harm(issuer: Issuer, door: Door, jwk: Any) -> None:
    issuer.extra = [jwk]

    assert door.open(issuer.sign("k1")) == [TOWNSHIP]


def test_a_key_that_is_meant_for_secrecy_verifies_nothing(issuer: Issuer, door: Door) -> None:
    issuer.extra = [{**issuer._jwk("k1"), "kid": "k2", "use": "enc"}]
    token = jwt.encode(_claims(issuer), issuer.private("k1"), "ES256", headers={"kid": "k2"})

    assert "key" in door.refused(token)


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"ISSUER": "http://id.example", "AUDIENCE": "x"}, "ISSUER"),
        ({"AUDIENCE": "x"}, "ISSUER"),
        ({"ISSUER": "https://id.example"}, "AUDIENCE"),
        ({"ISSUER": "https://id.example", "AUDIENCE": "x", "CLAIMS": "role"}, "CLAIMS"),
        ({"ISSUER": "https://id.example", "AUDIENCE": "x", "CLAIMS": "rank=groups"}, "CLAIMS"),
        ({"ISSUER": "https://id.example", "AUDIENCE": "x", "CLAIMS": "role=a,role=b"}, "CLAIMS"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(env: dict[str, str], name: str) -> None:
    with pytest.raises(SettingUnusable, match=f"ZHUCUN_OIDC_{name}"):
        Settings.from_env({f"ZHUCUN_OIDC_{key}": value for key, value in env.items()})


def test_the_settings_name_the_issuer_and_its_claims() -> None:
    env = {
        "ZHUCUN_OIDC_ISSUER": "https://id.example/realm",
        "ZHUCUN_OIDC_AUDIENCE": "zhucun",
        "ZHUCUN_OIDC_CLAIMS": "role=groups, organisation=dept",
    }

    assert Settings.from_env(env).oidc == Oidc(
        issuer="https://id.example/realm",
        audience="zhucun",
        claims={"role": "groups", "organisation": "dept"},
    )
    assert Settings.from_env({}).oidc is None
