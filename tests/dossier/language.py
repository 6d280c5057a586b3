"""The language of the verifier's tests: a dossier is opened, something in it is changed, and it is judged."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from api.dossier import verify_dossier
from api.dossier.verify_dossier import Kept
from ledger.database import connect
from ledger.export import export
from ledger.keys import key_history
from ledger.notes import Note, SigningKey
from ledger.signed import signed_checkpoint
from tests.api.server import Served
from tests.projections.readside import ReadSide
from tests.scenario import PERSON

HOLDS, FAILS, WRONG_USAGE, OPEN = range(4)
DAY = (1980, 1, 1, 0, 0, 0)
READABLE = 0o100644 << 16
MANIFEST = "manifest.txt"


@dataclass(frozen=True)
class Verdict:
    """What the verifier came to, and what it said."""

    code: int
    said: str


def judged(content: bytes, *, key: str | None = None, **kept: Any) -> Verdict:
    """Judge a dossier as somebody does who kept these things."""
    mine = {"checkpoints": [], "witnesses": [], "log": None, **kept}
    said = StringIO()
    with redirect_stdout(said):
        code = verify_dossier.verdict_of(content, Kept(key, **mine))
    return Verdict(code, said.getvalue())


@dataclass(frozen=True)
class Log:
    """A served county and its log."""

    served: Served
    side: ReadSide

    def dossier(self, who: object = PERSON, **clocks: object) -> bytes:
        """Return a person's dossier; as all was known, but for who looked, if no clock says otherwise."""
        known = {} if "knownAt" in clocks else {"knownAtPosition": self.size}
        params = {name: str(it) for name, it in {**known, **clocks}.items()}
        response = self.served.http.get(f"/dossier/{who}", params=params)
        assert response.status_code == 200, response.text
        return response.content

    def opened(self, who: object = PERSON, **clocks: object) -> Opened:
        """Return a person's dossier to be changed, by somebody who has the log's key."""
        return Opened(files_of(self.dossier(who, **clocks)), self.key, self.name)

    @property
    def size(self) -> int:
        """The position of the last event that is not a look: each dossier is followed by one."""
        query = "select coalesce(max(position), 0) from ledger.events where topic <> 'Disclosure.Read'"
        return int(self.side.value(query))

    @property
    def name(self) -> str:
        """The log's origin."""
        return f"{self.served.county.identity.origin}/simulated"

    @property
    def key(self) -> SigningKey:
        """The log's present key."""
        return SigningKey.from_pem((self.served.county.signer.folder / "signing-key.pem").read_bytes())

    @property
    def vkeys(self) -> list[str]:
        """All keys the log had."""
        with connect(self.side.conninfo) as conn:
            return [it.vkey for it in key_history(conn)]

    @property
    def vkey(self) -> str:
        """The key that an auditor was told of."""
        return self.vkeys[-1]

    def checkpoint(self, size: int) -> bytes:
        """Return the signed checkpoint of a size, as an auditor keeps it."""
        self.served.county.signer.sign(size)
        with connect(self.side.conninfo) as conn:
            signed = signed_checkpoint(conn, size)
        assert signed is not None
        return signed.note.encode()

    def exported(self, path: Path, upto: int | None = None) -> Path:
        """Write an export of the log."""
        with connect(self.side.conninfo) as conn, path.open("wb") as file:
            export(conn, file.write, upto)
        return path


@dataclass
class Opened:
    """A dossier whose files can be changed.

    Attributes:
        files: by name, in their order.
        key: signs as the log.
        name: of the log.
    """

    files: dict[str, bytes]
    key: SigningKey = field(repr=False)
    name: str

    def copy(self) -> Opened:
        """Return one to be changed by itself."""
        return Opened(dict(self.files), self.key, self.name)

    def json(self, name: str) -> Any:
        """Return what a file says."""
        return json.loads(self.files[name])

    def put(self, name: str, content: object) -> None:
        """Let a file say something else."""
        self.files[name] = json.dumps(content, ensure_ascii=False).encode()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The event lines."""
        return [json.loads(line) for line in self.files["events.jsonl"].splitlines()]

    @events.setter
    def events(self, lines: Iterable[dict[str, Any]]) -> None:
        written = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        self.files["events.jsonl"] = "".join(written).encode()

    def text(self, name: str) -> str:
        """Return the text of a signed note, without its signatures."""
        return Note.parse(self.files[name].decode()).text

    def sign(self, name: str, text: str) -> None:
        """Let a signed note say something else, signed with the log's own key."""
        self.files[name] = str(Note(text, (self.key.sign(self.name, text),))).encode()

    def sign_again(self) -> None:
        """Sign the files as they are now in the manifest, as somebody with the log's own key can."""
        text = re.sub(
            r"^file [0-9a-f]{64} (.*)$",
            lambda it: f"file {sha256(self.files[it[1]]).hexdigest()} {it[1]}",
            self.text(MANIFEST),
            flags=re.MULTILINE,
        )
        self.sign(MANIFEST, text)

    def packed(self) -> bytes:
        """Return the file."""
        return packed(self.files.items())


def files_of(content: bytes) -> dict[str, bytes]:
    """Return the files of a dossier by name, in their order."""
    with zipfile.ZipFile(BytesIO(content)) as file:
        return {it.filename: file.read(it) for it in file.infolist()}


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a ZIP as a dossier is one."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in files:
            info = zipfile.ZipInfo(name, DAY)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, READABLE
            file.writestr(info, content)
    return packed.getvalue()
