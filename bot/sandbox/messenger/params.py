"""The parameters of one call, however they were sent: query, form, multipart or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.messenger.refusals import bad_request

NOT_UTF8 = "strings must be encoded in UTF-8"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a multipart body."""

    name: str
    mime: str
    data: bytes


class Params:
    """Parameters by name. A form sends everything as text, JSON sends real types; both read the same here."""

    def __init__(self, values: Mapping[str, object], uploads: Mapping[str, Upload] | None = None) -> None:
        self._values = values
        self._uploads = uploads or {}

    def raw(self, name: str) -> object:
        """The value as it came, None when it is missing or empty."""
        value = self._values.get(name)
        return None if value == "" else value

    def all(self) -> Mapping[str, object]:
        """Everything as it came."""
        return self._values

    def text(self, name: str) -> str | None:
        """The value as text."""
        value = self.raw(name)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value)

    def integer(self, name: str) -> int | None:
        """The value as a whole number; what is not one reads as missing, as the real service does it."""
        value = self.raw(name)
        if isinstance(value, bool) or value is None:
            return None
        try:
            number = int(str(value))
        except ValueError:
            return None
        return number if -(2**63) <= number < 2**63 else None

    def flag(self, name: str) -> bool:
        """The value as yes or no; missing means no."""
        return str(self.raw(name)).lower() in ("true", "1", "yes")

    def structure(self, name: str) -> object:
        """The value of an object or array, which a form sends as JSON text.

        Raises:
            Refused: the text is not JSON.
        """
        value = self.raw(name)
        if not isinstance(value, str):
            return value
        try:
            found: object = json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None
        if not is_utf8(found):
            raise bad_request(NOT_UTF8)
        return found

    def upload(self, name: str) -> Upload | str | None:
        """The file of a field: an upload, or the text (a file id or an address) that stands for one."""
        if name in self._uploads:
            return self._uploads[name]
        value = self.text(name)
        if value is not None and value.startswith("attach://"):
            found = self._uploads.get(value.removeprefix("attach://"))
            if found is None:
                raise bad_request("wrong file identifier/HTTP URL specified")
            return found
        return value

    def for_journal(self) -> dict[str, object]:
        """What came, with files as a line each."""
        view: dict[str, object] = {}
        for name, value in self._values.items():
            view[name] = _unpacked(value)
        for name, upload in self._uploads.items():
            view[name] = f"<file {upload.name}, {len(upload.data)} bytes>"
        return view


def is_utf8(value: object) -> bool:
    """Whether every text in this value can be written down; JSON escapes can make halves of characters."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True


def _unpacked(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
