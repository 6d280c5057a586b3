"""An OpenID Connect issuer of the tests' own: it signs, changes its keys, and stops answering."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "zhucun"
CLAIMS = {
    "sub": "u-7",
    "zhucun_role": "township",
    "zhucun_organisation": "石塘镇党委",
    "zhucun_township": "430624105",
}
_RSA = rsa.generate_private_key(65537, 2048)  # slow to make, and any will do


class Issuer:
    """Serves discovery and keys.

    Attributes:
        asked: the paths that were asked for, in order.
        discovery: what discovery says besides, or instead.
        down: whether it answers everything with 503.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/realm"
        self.asked: list[str] = []
        self.discovery: dict[str, Any] = {}
        self.down = False
        self.extra: list[Any] = []
        self._keys: dict[str, tuple[str, Any]] = {}

    def add(self, key_id: str, algorithm: str) -> None:
        """Have another key."""
        key: Any
        match algorithm[:2]:
            case "RS" | "PS":
                key = _RSA
            case "ES":
                key = ec.generate_private_key(_CURVES[algorithm]())
            case _:
                key = ed25519.Ed25519PrivateKey.generate()
        self._keys[key_id] = algorithm, key

    def remove(self, key_id: str) -> None:
        """Have a key no longer."""
        del self._keys[key_id]

    def private(self, key_id: str) -> Any:
        """Return a private key."""
        return self._keys[key_id][1]

    def sign(self, key_id: str, /, *, lasts: float = 300, **claims: Any) -> str:
        """Return a token; a claim that is None is left out."""
        algorithm, key = self._keys[key_id]
        now = int(time.time())
        said = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + lasts, **CLAIMS, **claims}
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, key, algorithm, headers={"kid": key_id})

    def answer(self, path: str) -> tuple[int, Any]:
        """Return the status and the content of an answer."""
        self.asked.append(path)
        if self.down:
            return 503, {}
        if path == "/realm/.well-known/openid-configuration":
            return 200, {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.discovery}
        if path == "/realm/keys":
            return 200, {"keys": [*map(self._jwk, self._keys), *self.extra]}
        return 404, {}

    def _jwk(self, key_id: str) -> dict[str, Any]:
        algorithm, key = self._keys[key_id]
        public = key.public_key()
        match algorithm[:2]:
            case "RS" | "PS":
                jwk = RSAAlgorithm.to_jwk(public, as_dict=True)
            case "ES":
                jwk = ECAlgorithm.to_jwk(public, as_dict=True)
            case _:
                jwk = OKPAlgorithm.to_jwk(public, as_dict=True)
        return {**jwk, "kid": key_id, "use": "sig"}


_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "ES256": ec.SECP256R1,
    "ES384": ec.SECP384R1,
    "ES512": ec.SECP521R1,
}


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Lend an issuer without keys."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = issuer.answer(self.path)
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
