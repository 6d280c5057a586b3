"""Our own tokens over real HTTP: who somebody is, what that lets them do, and when it ends."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as open_socket
from websockets.typing import Subprotocol

from api.access.own import OwnTokens, digest_of
from api.access.principal import OPERATOR, PUBLIC, Principal
from api.access.register import FRESH, issue, revoke
from api.access.tokens import is_loopback
from api.mutations import EVEN
from api.settings import DingTalk, Oidc
from ledger.database import connect
from tests.api.access.issuer import AUDIENCE, Issuer, issuing
from tests.api.bearers import AUDITOR, CHIEF, DEPARTMENT, FINANCE, TOWNSHIP, bearer, own_tokens
from tests.api.server import Served, serving
from tests.api.test_commands import NOMINATION, WHERE, tell

GRAPHQL = Subprotocol("graphql-transport-ws")
HEAD = "{ ledger { head } }"
WATCH = "subscription { events { position } }"


def status_of(served: Served, authorization: str | None, path: str = "/graphql") -> httpx.Response:
    """Send a query with what stands in `Authorization`, if anything does."""
    headers = {} if authorization is None else {"authorization": authorization}
    return httpx.post(f"http://127.0.0.1:{served.port}{path}", json={"query": HEAD}, headers=headers)


def entered_by(served: Served, who: Principal) -> dict[str, Any]:
    """Nominate a village as somebody, and return what came of it."""
    answer: dict[str, Any] = tell(served.as_(who), "nominateVillage", "2020-03-17", **NOMINATION)
    return answer


def test_the_actor_of_what_is_entered_is_the_tokens(served: Served) -> None:
    (event,) = entered_by(served, TOWNSHIP)["events"]

    assert event["actor"] == {"id": "t-1"}


def test_no_command_says_who_it_is_from(idle: Served) -> None:
    actor = {"id": "x", "role": "ORGANISATION_DEPARTMENT", "organisation": "y"}
    entry = {"commandId": str(uuid4()), "occurredOn": "2020-03-17", "actor": actor}

    error = idle.error(
        "mutation ($input: ApproveVillageInput!) { approveVillage(input: $input) { __typename } }",
        input={**WHERE, "year": 2020, "entry": entry},
    )

    assert "actor" in error["message"]


@pytest.mark.parametrize(
    ("who", "code"), [(PUBLIC, "NOT_SIGNED_IN"), (AUDITOR, "NOT_YOUR_OFFICE"), (FINANCE, "NOT_YOUR_OFFICE")]
)
def test_whoever_may_not_enter_is_refused_as_by_any_rule(idle: Served, who: Principal, code: str) -> None:
    assert entered_by(idle, who)["code"] == code


def test_a_command_about_what_is_anothers_is_refused(idle: Served) -> None:
    began = time.monotonic()
    refusal = entered_by(idle, replace(TOWNSHIP, township="430624001"))

    assert time.monotonic() >= began + EVEN  # nothing of how long it took to look
    assert (refusal["code"], TOWNSHIP.organisation in refusal["messageZh"]) == ("OUT_OF_REACH", True)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer x", "Basic dTpw", "Bearer a b", "Bearer null", f"Bearer {'x' * 9000}"],
)
def test_a_token_that_is_none_is_not_taken_for_nobody(idle: Served, authorization: str) -> None:
    response = status_of(idle, authorization)

    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "TOKEN_REFUSED"
    assert "令牌" in error["message"]


def _by_another_key(own: OwnTokens) -> str:
    key = own.made_key()
    said = jwt.decode(_good(own), key.public_key(), ["EdDSA"], options={"verify_aud": False})
    return jwt.encode(
        said, Ed25519PrivateKey.generate(), "EdDSA", headers=jwt.get_unverified_header(_good(own))
    )


def _not_registered(own: OwnTokens) -> str:
    return _good(own)


def _expired(own: OwnTokens) -> str:
    now = datetime.now(UTC)
    return own.issue(DEPARTMENT, now - timedelta(hours=1), now - timedelta(minutes=2)).text


def _of_another_ledger(own: OwnTokens) -> str:
    other = OwnTokens(own._folder.path, "elsewhere.example/430624")
    return _good(other)


def _good(own: OwnTokens) -> str:
    now = datetime.now(UTC)
    return own.issue(DEPARTMENT, now, now + timedelta(hours=1)).text


@pytest.mark.parametrize("made", [_by_another_key, _not_registered, _expired, _of_another_ledger])
def test_a_token_that_is_not_this_ledgers_is_refused(idle: Served, made: Any) -> None:
    own = own_tokens(idle.county.conninfo)

    assert status_of(idle, f"Bearer {made(own)}").status_code == 401


def test_the_scheme_may_be_written_in_any_case(idle: Served) -> None:
    token = bearer(idle.county.conninfo, DEPARTMENT)

    assert status_of(idle, f"bearer  {token}").status_code == 200


def test_two_authorizations_are_none(idle: Served) -> None:
    sent = [("authorization", f"Bearer {bearer(idle.county.conninfo, who)}") for who in (DEPARTMENT, AUDITOR)]

    response = httpx.post(idle.url, json={"query": HEAD}, headers=sent)

    assert response.status_code == 401


def test_a_revoked_token_is_refused_at_once_and_its_socket_closed(idle: Served) -> None:
    conninfo = idle.county.conninfo
    with connect(conninfo) as conn:
        issued = issue(conn, own_tokens(conninfo), CHIEF, timedelta(hours=1))
    authorization = f"Bearer {issued.text}"
    assert status_of(idle, authorization).status_code == 200
    with opened(idle, authorization) as socket:
        with connect(conninfo) as conn:
            assert revoke(conn, digest_of(issued.id)) is True
            assert revoke(conn, digest_of(issued.id)) is False
        began = time.monotonic()
        while status_of(idle, authorization).status_code == 200:
            assert time.monotonic() < began + 10

        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert "撤销" in closed.value.rcvd.reason


def test_a_socket_that_is_open_begins_nothing_for_a_token_that_has_ended(idle: Served) -> None:
    conninfo = idle.county.conninfo
    with connect(conninfo) as conn:
        issued = issue(conn, own_tokens(conninfo), CHIEF, timedelta(hours=1))
    with opened(idle, f"Bearer {issued.text}") as socket:
        with connect(conninfo) as conn:
            revoke(conn, digest_of(issued.id))
        time.sleep(FRESH)
        socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": {"query": HEAD}}))

        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


def test_a_socket_with_two_authorizations_is_closed(idle: Served) -> None:
    tokens = [f"Bearer {bearer(idle.county.conninfo, who)}" for who in (DEPARTMENT, AUDITOR)]
    url = idle.url.replace("http", "ws", 1)
    headers = [("authorization", it) for it in tokens]
    with open_socket(url, subprotocols=[GRAPHQL], additional_headers=headers) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


class opened:  # noqa: N801 - read as a function
    """Lends a socket that is watching events as whoever an authorization says."""

    def __init__(self, served: Served, authorization: Any) -> None:
        self._lent = served.socket()
        self._authorization = authorization

    def __enter__(self) -> Any:
        socket = self._lent.__enter__()
        init = {"type": "connection_init", "payload": {"authorization": self._authorization}}
        socket.send(json.dumps(init))
        assert json.loads(socket.recv(timeout=10)) == {"type": "connection_ack"}
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": WATCH}}))
        return socket

    def __exit__(self, *raised: object) -> None:
        self._lent.__exit__(None, None, None)


@pytest.mark.parametrize("authorization", ["Bearer x", "", 7, ["Bearer x"]])
def test_a_socket_with_a_token_that_is_none_is_closed(idle: Served, authorization: Any) -> None:
    with idle.socket() as socket:
        init = {"type": "connection_init", "payload": {"authorization": authorization}}
        socket.send(json.dumps(init))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


def test_a_command_over_a_socket_is_from_whom_its_token_says(idle: Served) -> None:
    mutation = (
        "mutation ($input: NominateVillageInput!)"
        " { nominateVillage(input: $input) { ... on Refusal { code } } }"
    )
    entry = {"commandId": str(uuid4()), "occurredOn": "2020-03-17"}

    with idle.as_(AUDITOR).subscribed(mutation, input={**NOMINATION, "entry": entry}) as messages:
        assert next(messages)["data"]["nominateVillage"]["code"] == "NOT_YOUR_OFFICE"
    with idle.as_(PUBLIC).subscribed(mutation, input={**NOMINATION, "entry": entry}) as messages:
        assert next(messages)["data"]["nominateVillage"]["code"] == "NOT_SIGNED_IN"


@pytest.mark.parametrize(
    ("path", "for_whom"),
    [
        ("/reports/attendance.xlsx", {DEPARTMENT, AUDITOR}),
        ("/papers", {DEPARTMENT, AUDITOR, TOWNSHIP, FINANCE, PUBLIC}),
        ("/papers/inspections/template.xlsx", {DEPARTMENT, AUDITOR, TOWNSHIP, FINANCE, PUBLIC}),
        ("/reports", {DEPARTMENT, AUDITOR, TOWNSHIP, FINANCE, PUBLIC}),
        ("/health", {DEPARTMENT, AUDITOR, TOWNSHIP, FINANCE, PUBLIC}),
    ],
)
def test_pages_and_files_are_for_whom_the_table_says(
    idle: Served, path: str, for_whom: set[Principal]
) -> None:
    for who in (DEPARTMENT, AUDITOR, TOWNSHIP, FINANCE, PUBLIC):
        response = idle.as_(who).http.get(path)
        if who in for_whom:
            assert response.status_code == 200, who
        else:
            assert response.status_code == (401 if who == PUBLIC else 403), who
            (error,) = response.json()["errors"]
            assert error["extensions"]["code"] == ("NOT_SIGNED_IN" if who == PUBLIC else "NOT_YOUR_OFFICE")


def test_signing_is_for_those_who_see_the_county(idle: Served) -> None:
    code, _ = idle.as_(TOWNSHIP).refused("mutation { signCheckpoint { size } }")

    assert code == "NOT_YOUR_OFFICE"


@pytest.fixture
def open_to_here(real_ledger: str) -> Iterator[Served]:
    """A served county without tokens."""
    with serving(real_ledger, who=OPERATOR) as it:
        yield it


def test_without_any_token_this_machine_looks_and_enters_nothing(open_to_here: Served) -> None:
    served = open_to_here

    assert served.ask("{ events { totalCount } }") == {"events": {"totalCount": 0}}
    assert tell(served, "nominateVillage", "2020-03-17", **NOMINATION)["code"] == "NO_TOKENS_YET"
    for headers in ({"x-forwarded-for": "10.0.0.7"}, {"forwarded": "for=10.0.0.7"}):
        response = served.http.post("/graphql", json={"query": "{ events { totalCount } }"}, headers=headers)
        assert response.json()["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN", headers


def test_the_first_token_ends_the_looking_without_one(open_to_here: Served) -> None:
    assert entered_by(open_to_here, TOWNSHIP)["__typename"] == "Recorded"

    assert open_to_here.refused("{ events { totalCount } }")[0] == "NOT_SIGNED_IN"


def test_who_looks_without_a_token_over_a_socket_is_let_go_when_there_is_one(open_to_here: Served) -> None:
    with opened(open_to_here, None) as socket:
        bearer(open_to_here.county.conninfo, AUDITOR)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


def test_a_key_that_is_lost_opens_nothing(open_to_here: Served) -> None:
    own = own_tokens(open_to_here.county.conninfo)
    token = bearer(open_to_here.county.conninfo, AUDITOR)
    own._file.unlink()

    assert open_to_here.refused("{ events { totalCount } }")[0] == "NOT_SIGNED_IN"
    assert status_of(open_to_here, f"Bearer {token}").status_code == 401


def test_a_key_that_cannot_be_read_opens_nothing(open_to_here: Served) -> None:
    own = own_tokens(open_to_here.county.conninfo)
    token = bearer(open_to_here.county.conninfo, AUDITOR)
    own._file.write_text("no key", encoding="ascii")

    assert open_to_here.refused("{ events { totalCount } }")[0] == "NOT_SIGNED_IN"
    response = status_of(open_to_here, f"Bearer {token}")
    assert response.status_code == 401
    assert str(own._file) not in response.text


def test_the_key_is_for_its_owners_eyes_alone(tmp_path: Path) -> None:
    own = OwnTokens(tmp_path / "keys", "zhucun.example/430624")

    key = own.made_key()

    assert own.made_key() is key
    assert (own._file.stat().st_mode & 0o777, own._file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as it:
        it.add("k1", "RS256")
        yield it


def test_an_issuers_token_is_taken_beside_our_own_and_a_socket_ends_with_it(
    real_ledger: str, issuer: Issuer
) -> None:
    oidc = Oidc(issuer=issuer.url, audience=AUDIENCE)
    with serving(real_ledger, oidc=oidc, who=PUBLIC) as served:
        assert served.refused("{ events { totalCount } }")[0] == "NOT_SIGNED_IN"
        token = issuer.sign("k1", zhucun_role="organisation_department")
        assert status_of(served, f"Bearer {token}").status_code == 200
        assert status_of(served, f"Bearer {issuer.sign('k1', aud='x')}").status_code == 401
        assert served.as_(DEPARTMENT).ask("{ events { totalCount } }") == {"events": {"totalCount": 0}}
        passing = issuer.sign("k1", zhucun_role="organisation_department", exp=int(time.time()) - 57)
        with opened(served, f"Bearer {passing}") as socket, pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
        issuer.down = True
    with serving(real_ledger, oidc=oidc, who=PUBLIC) as served:
        response = status_of(served, f"Bearer {token}")
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (
            503,
            "ISSUER_UNAVAILABLE",
        )


def test_no_secret_reaches_logs_or_answers(
    real_ledger: str, issuer: Issuer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    users = tmp_path / "users.csv"
    users.write_text("UserId,干部编号\nuser1,XY-0001\n", encoding="utf-8")
    secrets = {"app_secret": "s3cret-of-the-app", "token": "t0ken-of-pushes", "aes_key": "k" * 43}
    dingtalk = DingTalk(app_key="app", users=users, **secrets)
    oidc = Oidc(issuer=issuer.url, audience=AUDIENCE)
    caplog.set_level(logging.DEBUG)
    with serving(real_ledger, dingtalk, oidc=oidc) as served:
        own, theirs = bearer(real_ledger, DEPARTMENT), issuer.sign("k1", aud="another")
        own_file = own_tokens(real_ledger)._file
        said = [
            status_of(served, f"Bearer {own}x").text,
            status_of(served, f"Bearer {theirs}").text,
            served.http.post("/graphql", json={"query": "{ nothing }"}).text,
            served.http.post(
                "/dingtalk/callback?signature=x&timestamp=1&nonce=2", json={"encrypt": "eA=="}
            ).text,
            served.http.get("/reports/nothing.xlsx").text,
        ]
        pem = own_file.read_bytes()
        own_file.write_bytes(b"-----BEGIN PRIVATE KEY-----")
        said.append(status_of(served, f"Bearer {own}").text)
        issuer.down = True

    everything = caplog.text + "".join(said)
    for secret in (
        own,
        theirs,
        own.split(".")[2],
        theirs.split(".")[2],
        *secrets.values(),
        pem.decode()[30:60],
    ):
        assert secret not in everything
    assert "token-key.pem" in caplog.text


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - it is told from this machine's own
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_this_machine_alone_is_known_by_its_addresses(host: str, own: bool) -> None:
    assert is_loopback(host) is own
