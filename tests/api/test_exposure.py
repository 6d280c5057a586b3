"""How far the server opens itself: to browsers, under which names, and in production."""

from __future__ import annotations

import hashlib
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import Response

from api.exposure import Exposure
from api.guard.protocol import config_of
from api.guard.shield import policy_of
from api.http import RESPONSE_JSON
from api.limits import Limits
from api.setting import SettingUnusable
from tests.api.server import Served, serving

PRODUCTION = Exposure.from_env({"ZHUCUN_PRODUCTION": "1", "ZHUCUN_HOSTS": "127.0.0.1, zhucun.example"})
PAGES = ("/graphql", "/papers", "/reports", "/corrections", "/remarks")
WEB = Path(__file__).parents[2] / "api/web"


@pytest.fixture(scope="module")
def production(idle: Served) -> Iterator[Served]:
    """A county as it is served in production."""
    with serving(idle.county.conninfo, exposure=PRODUCTION) as it:
        yield it


# -- what graphql-cop looks for


def _cop(served: Served, query: str, **more: Any) -> dict[str, Any]:
    body = {"query": query, "operationName": "cop"} | more
    content: dict[str, Any] = served.http.post("/graphql", json=body).json()
    return content


def test_aliases_cannot_be_overloaded(production: Served) -> None:
    answer = _cop(production, "query cop { " + " ".join(f"alias{it}: __typename" for it in range(101)) + " }")

    assert "data" not in answer


def test_queries_cannot_be_sent_in_batches(production: Served) -> None:
    response = production.http.post("/graphql", json=[{"query": "query cop { __typename }"}] * 10)

    assert response.status_code == 400
    assert isinstance(response.json(), dict)


def test_directives_cannot_be_overloaded(production: Served) -> None:
    answer = _cop(production, "query cop { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }")

    assert len(answer["errors"]) == 1


def test_fields_cannot_be_repeated_without_end(production: Served) -> None:
    assert "data" not in _cop(production, "query cop { " + "__typename \n" * 500 + "}")


@pytest.mark.parametrize(
    "query",
    [
        "query cop { __schema { types { name fields { name } } } }",
        'query cop { __type(name: "Query") { name } }',
        "query cop { __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        "query cop { ... { ...a } } fragment a on Query { s: __schema { directives { name } } }",
    ],
    ids=["schema", "type", "circle", "hidden"],
)
def test_the_schema_cannot_be_asked_for(production: Served, query: str) -> None:
    assert "data" not in _cop(production, query)


@pytest.mark.parametrize(
    "query",
    [
        "query cop { __schema { directive } }",
        "query cop { programe { asOf } }",
        "query cop { programme { village(cod: 1) { name } } }",
        "query cop($a: Programm) { __typename }",
        "query cop { ...on Programm { asOf } }",
        'query cop { programme { backdating(by: "ACTO") { days } } }',
        "query cop { programme { backdating(by: ACTO) { days } } }",
    ],
)
def test_errors_suggest_no_names(production: Served, idle: Served, query: str) -> None:
    answer = _cop(production, query)

    assert answer["errors"]
    assert "Did you mean" not in str(answer)
    assert _cop(idle, query)["errors"]


def test_names_are_suggested_where_the_schema_may_be_asked_for(idle: Served) -> None:
    assert "Did you mean 'programme'?" in str(_cop(idle, "query cop { programe { asOf } }"))


def test_a_variable_of_no_such_word_is_told_no_other(production: Served, idle: Served) -> None:
    query = "query cop ($by: BackdatingGroup!) { programme { backdating(by: $by) { __typename } } }"

    told = [str(_cop(it, query, variables={"by": "ACTO"})["errors"]) for it in (production, idle)]

    assert "Did you mean" not in told[0]
    assert "ACTO" in told[0]
    assert "ACTO" in told[1]


@pytest.mark.parametrize("query", ["query cop { __typename }", "mutation cop { __typename }"])
def test_a_link_can_neither_ask_nor_tell(production: Served, query: str) -> None:
    response = production.http.get("/graphql", params={"query": query})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "type_", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_what_a_form_elsewhere_can_send_is_not_taken(production: Served, type_: str) -> None:
    response = production.http.post(
        "/graphql", content=b"query=query+cop+%7B+__typename+%7D", headers={"content-type": type_}
    )

    assert response.status_code == 400
    assert "data" not in response.json()


def test_nothing_is_traced_and_no_exception_is_shown(production: Served) -> None:
    for query in ("query cop { __typename }", "qwerty cop { abc }"):
        answer = str(_cop(production, query)).lower()

        assert "tracing" not in answer
        assert "exception" not in answer


def test_no_ready_made_explorer_is_served(production: Served) -> None:
    page = production.http.get("/graphql", headers={"accept": "text/html"}).text

    assert not any(
        it in page for it in ("graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground")
    )


# -- browsers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_stays_in_production_and_runs_only_what_stands_in_it(production: Served, path: str) -> None:
    response = production.http.get(path, headers={"accept": "text/html"})
    policy = dict(
        it.strip().partition(" ")[::2] for it in response.headers["content-security-policy"].split(";")
    )

    assert response.status_code == 200
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in response.headers["content-security-policy"]
    for kind in ("script", "style"):
        texts = [
            text
            for attributes, text in re.findall(rf"<{kind}([^>]*)>(.*?)</{kind}>", response.text, re.DOTALL)
            if "type=" not in attributes
        ]
        assert texts
        for text in texts:
            digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy[f"{kind}-src"]


@pytest.mark.parametrize("page", sorted(it.name for it in WEB.glob("*.html")))
def test_no_page_has_what_its_policy_forbids(page: str) -> None:
    text = (WEB / page).read_text(encoding="utf-8")
    markup = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", text, flags=re.DOTALL)

    assert not re.search(r"\s(style|on[a-z]+)=", markup)
    assert not re.search(r"""style=["'\\]|setAttribute\(["']style|\beval\(|new Function""", text)
    assert "javascript:" not in text


def test_a_script_of_another_text_has_another_policy() -> None:
    assert policy_of("<script>1</script>") != policy_of("<script>2</script>")


@pytest.mark.parametrize("path", ["/health", "/graphql", "/papers", "/nowhere", "/checkpoint", "/dossier/1"])
def test_every_response_tells_browsers_to_keep_to_it(production: Served, path: str) -> None:
    headers = production.http.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers


@pytest.mark.parametrize("path", ["/graphql", "/health", "/reports"])
def test_a_page_elsewhere_is_let_neither_ask_nor_read(production: Served, path: str) -> None:
    origin = {"origin": "https://elsewhere.example"}
    asked = origin | {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }

    preflight = production.http.options(path, headers=asked)
    read = production.http.get(path, headers=origin)

    assert preflight.status_code == 405
    assert not any(it.startswith("access-control") for it in (*preflight.headers, *read.headers))


# -- names


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("zhucun.example", 200),
        ("ZHUCUN.example:8443", 200),
        ("zhucun.example.elsewhere.example", 421),
        ("elsewhere.example", 421),
        ("", 421),
    ],
)
def test_a_server_answers_under_its_own_names_alone(production: Served, host: str, status: int) -> None:
    response = production.http.get("/health", headers={"host": host})

    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"


def test_who_asks_for_others_is_not_believed_unless_they_are_named(idle: Served) -> None:
    closed = config_of(idle.app, Limits(), Exposure())
    named = config_of(idle.app, Limits(), Exposure.from_env({"ZHUCUN_PROXIES": "10.0.0.5, 10.1.0.0/16"}))

    assert closed.proxy_headers is False
    assert (named.proxy_headers, named.forwarded_allow_ips) == (True, ["10.0.0.5", "10.1.0.0/16"])


def test_a_server_speaks_tls_with_a_certificate_of_its_own_and_browsers_keep_to_it(
    idle: Served, tmp_path: Path
) -> None:
    exposure = Exposure.from_env(_certificate(tmp_path))
    with serving(idle.county.conninfo, exposure=exposure) as it:
        context = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
        response = httpx.get(f"https://127.0.0.1:{it.port}/health", verify=context)

    assert response.json() == {"alive": True}
    assert response.headers["strict-transport-security"] == "max-age=31536000"


def _certificate(folder: Path) -> dict[str, str]:
    """Write a certificate for this machine and its key; return the settings that name them."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "zhucun")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {
        "ZHUCUN_TLS_CERT": str(folder / "certificate.pem"),
        "ZHUCUN_TLS_KEY": str(folder / "key.pem"),
    }


# -- errors of ours


def test_an_error_of_ours_outside_graphql_says_nothing_of_what_it_was(served: Served) -> None:
    async def broken(_request: Request) -> Response:
        raise ValueError("/secret/path select * from ledger.event")

    served.app.add_route("/broken", broken)
    response = httpx.get(f"http://127.0.0.1:{served.port}/broken")

    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


# -- stored documents


def test_where_documents_are_stored_no_others_are_answered(idle: Served, tmp_path: Path) -> None:
    text = "query Name { __typename }"
    (tmp_path / "name.graphql").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    taken: tuple[dict[str, Any], ...] = (
        {"query": text},
        {"extensions": {"documentId": "name"}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}},
    )
    refused: tuple[dict[str, Any], ...] = (
        {"query": text + " "},
        {"query": "{ __typename }", "extensions": {"documentId": "name"}},
        {"extensions": {"documentId": "../name"}},
        {"extensions": {"documentId": ["name"]}},
        {"extensions": {"persistedQuery": {"sha256Hash": digest[:-1]}}},
        {"extensions": {"persistedQuery": None}},
        {},
    )
    with serving(idle.county.conninfo, exposure=Exposure(documents=tmp_path)) as it:
        answers = [it.http.post("/graphql", json=body) for body in taken]
        refusals = [it.http.post("/graphql", json=body) for body in refused]
        with it.subscribed("{ __typename }") as messages:
            error = next(messages)

    assert [answer.json() for answer in answers] == [{"data": {"__typename": "Query"}}] * 3
    for refusal in refusals:
        assert refusal.status_code == 400
        assert refusal.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_STORED"
    assert error["type"] == "error"


# -- settings


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({"ZHUCUN_PRODUCTION": "maybe"}, "ZHUCUN_PRODUCTION"),
        ({"ZHUCUN_DOCUMENTS": "/nowhere"}, "ZHUCUN_DOCUMENTS"),
        ({"ZHUCUN_PROXIES": "everybody"}, "ZHUCUN_PROXIES"),
        ({"ZHUCUN_TLS_CERT": "/nowhere"}, "ZHUCUN_TLS_CERT"),
        ({"ZHUCUN_TLS_CERT": __file__}, "ZHUCUN_TLS_KEY"),
        ({"ZHUCUN_TLS_KEY": __file__}, "ZHUCUN_TLS_CERT"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(env: dict[str, str], name: str) -> None:
    with pytest.raises(SettingUnusable, match=name):
        Exposure.from_env(env)


def test_production_closes_what_no_setting_opens() -> None:
    closed = Exposure.from_env({"ZHUCUN_PRODUCTION": "1"})
    opened = Exposure.from_env({"ZHUCUN_PRODUCTION": "1", "ZHUCUN_INTROSPECTION": "yes", "ZHUCUN_GET": "1"})

    assert (closed.introspection, closed.get) == (False, False)
    assert (opened.introspection, opened.get) == (True, True)
    assert Exposure.from_env({}) == Exposure()


def test_a_specification_s_media_type_is_still_answered_in_it(production: Served) -> None:
    response = production.http.post(
        "/graphql", json={"query": "{ nothing }"}, headers={"accept": RESPONSE_JSON}
    )

    assert response.status_code == 400
    assert response.headers["content-type"].startswith(RESPONSE_JSON)
