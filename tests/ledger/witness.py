"""A witness of the tests' own, after C2SP's tlog-witness: notes and signatures it reads by itself."""

from __future__ import annotations

import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.merkle import ProofInvalid, verify_consistency
from ledger.notes import Kind, Signature, VerifierKey

TIME = 1_800_000_000


class Cosigner:
    """A key that cosigns."""

    def __init__(self, name: str) -> None:
        self._private = Ed25519PrivateKey.generate()
        self.key = VerifierKey(name, Kind.COSIGNATURE, self._private.public_key().public_bytes_raw())

    def cosign(self, text: str, time: int = TIME) -> Signature:
        """Cosign a checkpoint's text."""
        value = self._private.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
        public = self._private.public_key().public_bytes_raw()
        key_id = sha256(self.key.name.encode() + b"\n\x04" + public).digest()[:4]
        return Signature(self.key.name, key_id, time.to_bytes(8, "big") + value)

    def line(self, text: str, time: int = TIME) -> str:
        """Return the line of a cosignature."""
        given = self.cosign(text, time)
        return f"— {given.name} {b64encode(given.key_id + given.value).decode()}\n"


class Witness(Cosigner):
    """A witness that can be asked: it knows one log, and the last checkpoint that it saw of it."""

    def __init__(self, name: str, log_vkey: str) -> None:
        super().__init__(name)
        self.log, _, material = log_vkey.split("+", 2)
        self._log_key = b64decode(material)[1:]
        self._log_key_id = sha256(self.log.encode() + b"\n" + b64decode(material)).digest()[:4]
        self.size, self.root = 0, b""
        self.asked = 0
        self.answers: list[tuple[int, bytes]] = []
        """What it answers instead of what it should, in order."""
        self.elsewhere: str | None = None
        """Where it sends those who ask, if it does."""

    def add_checkpoint(self, body: str) -> tuple[int, str]:
        """Answer a request as the specification has it."""
        head, _, full = body.partition("\n\n")
        first, *lines = head.split("\n")
        text, _, signatures = full.rpartition("\n\n")
        text += "\n"
        origin, size_line, root_line = text.split("\n")[:3]
        old, size, root = int(first.removeprefix("old ")), int(size_line), b64decode(root_line)
        if origin != self.log:
            return 404, "unknown log"
        if not self._is_signed(text, signatures):
            return 403, "not signed"
        if old > size:
            return 400, "not in order"
        if old != self.size:
            return 409, f"{self.size}\n"
        try:
            verify_consistency(
                old, size, self.root if old else sha256().digest(), root, [*map(b64decode, lines)]
            )
        except ProofInvalid as error:
            return 422, str(error)
        self.size, self.root = size, root
        return 200, self.line(text)

    def _is_signed(self, text: str, signatures: str) -> bool:
        for line in signatures.splitlines():
            _, name, value = line.split(" ")
            data = b64decode(value)
            if (name, data[:4]) == (self.log, self._log_key_id):
                try:
                    Ed25519PublicKey.from_public_bytes(self._log_key).verify(data[4:], text.encode())
                except InvalidSignature:
                    return False
                return True
        return False


@contextmanager
def asked_at(witness: Witness) -> Iterator[str]:
    """Lend the address at which a witness can be asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            witness.asked += 1
            self.send_error(404)

        def do_POST(self) -> None:
            witness.asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if witness.elsewhere is not None:
                status, answer = 302, b""
            elif witness.answers:
                status, answer = witness.answers.pop(0)
            elif self.path != "/submit/add-checkpoint":
                status, answer = 404, b"no such call"
            else:
                status, said = witness.add_checkpoint(body)
                answer = said.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            if witness.elsewhere is not None:
                self.send_header("Location", witness.elsewhere)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/submit/"
        finally:
            server.shutdown()
            thread.join()
