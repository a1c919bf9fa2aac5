"""Files that bots and people have sent."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.sandbox.messenger.params import Upload
from bot.sandbox.messenger.refusals import bad_request
from bot.sandbox.store import Store

MOST_PHOTO_BYTES = 10 * 1024 * 1024
MOST_UPLOAD_BYTES = 50 * 1024 * 1024
MOST_DOWNLOAD_BYTES = 20 * 1024 * 1024
LINK_LIVES = timedelta(hours=1)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tg_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    width INTEGER,
    height INTEGER,
    data BLOB NOT NULL,
    link_until REAL
);
"""
_FILE_ID = re.compile(r"SBX(?:PH|DC)(\d{8})")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the messenger, without its bytes."""

    id: int
    kind: str
    name: str
    mime: str
    size: int
    width: int | None
    height: int | None

    @property
    def file_id(self) -> str:
        return f"SBX{'PH' if self.kind == 'photo' else 'DC'}{self.id:08d}"

    @property
    def unique_id(self) -> str:
        return f"U{self.id:08d}"

    @property
    def path(self) -> str:
        extension = self.name.rpartition(".")[2] if "." in self.name else "bin"
        return f"{self.kind}s/file_{self.id}.{extension}"

    def content(self) -> dict[str, object]:
        """The part of a `Message` that holds this file."""
        common: dict[str, object] = {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }
        if self.kind == "photo":
            return {"photo": [{**common, "width": self.width, "height": self.height}]}
        return {"document": {**common, "file_name": self.name, "mime_type": self.mime}}


class Files:
    """The files, kept in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        store.executescript(_SCHEMA)

    def keep(self, kind: str, upload: Upload) -> StoredFile:
        """Keep an upload as a `photo` or a `document`.

        Raises:
            Refused: it is empty, too big, or a photo that is no picture.
        """
        if not upload.data:
            raise bad_request("file must be non-empty")
        width, height = None, None
        if kind == "photo":
            if len(upload.data) > MOST_PHOTO_BYTES:
                raise bad_request("file is too big")
            width, height = _picture_size(upload.data)
        elif len(upload.data) > MOST_UPLOAD_BYTES:
            raise bad_request("file is too big")
        cursor = self._store.execute(
            "INSERT INTO tg_files (kind, name, mime, width, height, data) VALUES (?, ?, ?, ?, ?, ?)",
            (kind, upload.name, upload.mime, width, height, upload.data),
        )
        number = int(cursor.lastrowid or 0)
        return StoredFile(number, kind, upload.name, upload.mime, len(upload.data), width, height)

    def find(self, file_id: str) -> StoredFile | None:
        """The file of this file id."""
        match = _FILE_ID.fullmatch(file_id)
        if match is None:
            return None
        row = self._store.execute(
            "SELECT id, kind, name, mime, LENGTH(data), width, height FROM tg_files WHERE id = ?", (int(match[1]),)
        ).fetchone()
        return None if row is None else StoredFile(row[0], row[1], row[2], row[3], row[4], row[5], row[6])

    def data(self, file: StoredFile) -> bytes:
        """The bytes of a file."""
        row = self._store.execute("SELECT data FROM tg_files WHERE id = ?", (file.id,)).fetchone()
        return bytes(row[0])

    def open_link(self, file: StoredFile) -> str:
        """The path under which the file can be fetched for the next hour.

        Raises:
            Refused: the file is too big for bots to fetch.
        """
        if file.size > MOST_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        until = (self._clock.now() + LINK_LIVES).timestamp()
        self._store.execute("UPDATE tg_files SET link_until = ? WHERE id = ?", (until, file.id))
        return file.path

    def by_link(self, path: str) -> StoredFile | None:
        """The file behind a path that `open_link` gave less than an hour ago."""
        match = re.fullmatch(r"(?:photo|document)s/file_(\d+)\.\w+", path)
        if match is None:
            return None
        row = self._store.execute(
            "SELECT id, kind, name, mime, LENGTH(data), width, height FROM tg_files WHERE id = ? AND link_until >= ?",
            (int(match[1]), self._clock.now().timestamp()),
        ).fetchone()
        if row is None:
            return None
        file = StoredFile(row[0], row[1], row[2], row[3], row[4], row[5], row[6])
        return file if file.path == path else None


def _picture_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG in pixels."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if data[:2] == b"\xff\xd8":
        at = 2
        while at + 9 <= len(data) and data[at] == 0xFF:
            marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
            at += 2 + length
    raise bad_request("IMAGE_PROCESS_FAILED")
