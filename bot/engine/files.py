"""Files that people send: what is taken, what can be read, and how a case remembers them. Pure.

A file is a plain map. Sent and not yet in the CRM: `{"id", "file", "name"}`, Telegram's unchanging id, the id to fetch
it by, and its name. In the CRM: `{"crm": number}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.locales.ru import engine as ru
from bot.playbooks.model import Files, Question

MEGABYTE = 1024 * 1024
USUAL = Files()
_SAME = {"jpeg": "jpg", "heif": "heic", "tif": "tiff"}
_BY_MIME = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
    "image/heif": "heic",
    "image/webp": "webp",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_PICTURE = ((0, b"\xff\xd8\xff"), (0, b"\x89PNG\r\n\x1a\n"), (4, b"ftyp"), (8, b"WEBP"))
_ZIPPED = ((0, b"PK\x03\x04"),)
_SIGNS: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    "pdf": ((0, b"%PDF"),),
    # Phones and messengers rename pictures without changing them: any viewer opens one by what is in it.
    **dict.fromkeys(("jpg", "png", "heic", "webp"), _PICTURE),
    "docx": _ZIPPED,
    "xlsx": _ZIPPED,
    "doc": ((0, b"\xd0\xcf\x11\xe0"), (0, b"{\\rtf")),
}
_UNFIT = re.compile(r"[\x00-\x1f/\\:*?\"<>|]+")
_EXTENSION = re.compile(r"\.\s*((?=[a-z0-9]*[a-z])[a-z0-9]{1,8})\s*$")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as a person sent it.

    Args:
        id: Telegram's id of the file itself, the same whenever it is sent.
        file: the id by which it is fetched.
        name: with its extension.
        size: in bytes; None: not told.
        mime: as the sender's phone says; empty: not told.
    """

    id: str
    file: str
    name: str
    size: int | None = None
    mime: str = ""

    def stored(self) -> dict[str, Any]:
        """As a case remembers it until the CRM has it."""
        return {"id": self.id, "file": self.file, "name": self.name}


def rule_of(question: Question) -> Files:
    """What a `files` question takes."""
    return question.files or USUAL


def type_of(name: str, mime: str = "") -> str:
    """The type as playbooks name it (`jpg`, `pdf`), by the name, otherwise by what the phone says; may be empty."""
    extension = _extension(name)
    return _SAME.get(extension, extension) or _BY_MIME.get(mime, "")


def fit_name(name: str, mime: str = "") -> str:
    """A name that any disk takes, with an extension where one is known."""
    name = _UNFIT.sub(" ", name).strip(" .") or ru.FILE_NAME
    kind = type_of(name, mime)
    stem = " ".join((name.rpartition(".")[0] if _extension(name) else name).split())[:_LONGEST_NAME]
    return f"{stem}.{kind}" if kind else stem


def _extension(name: str) -> str:
    """What follows the last dot, where that is one: a date or initials there are part of the name."""
    match = _EXTENSION.search(name.lower())
    return match[1] if match is not None else ""


def refusal(rule: Files, sent: SentFile) -> str | None:
    """Why a file is not taken, as one sentence with what is; None: it is taken."""
    if sent.size == 0:
        return ru.FILE_EMPTY.format(name=sent.name)
    if sent.size is not None and sent.size > rule.largest * MEGABYTE:
        return ru.FILE_TOO_BIG.format(name=sent.name, limit=rule.largest)
    if type_of(sent.name, sent.mime) not in rule.types:
        return ru.FILE_WRONG_TYPE.format(name=sent.name, types=types_in_words(rule))
    return None


def unreadable(name: str, data: bytes) -> str | None:
    """Why the bytes are no such file, as one sentence; None: they look like one, or the type has no mark of its own."""
    if not data:
        return ru.FILE_EMPTY.format(name=name)
    signs = _SIGNS.get(type_of(name))
    if signs is None or any(data[at : at + len(sign)] == sign for at, sign in signs):
        return None
    return ru.FILE_UNREADABLE.format(name=name)


def types_in_words(rule: Files) -> str:
    """«PDF, JPG, PNG»."""
    return ", ".join(kind.upper() for kind in rule.types)


def waiting(files: Sequence[Mapping[str, Any]]) -> int:
    """How many are still on their way to the CRM."""
    return sum("crm" not in one for one in files)


def added(known: Sequence[Mapping[str, Any]], new: Sequence[SentFile]) -> tuple[SentFile, ...]:
    """Those of the new files that are not there yet, each once."""
    there = {one.get("id") for one in known}
    return tuple({one.id: one for one in new if one.id not in there}.values())


def arrived(known: Sequence[Mapping[str, Any]], file_id: str, in_crm: Sequence[int]) -> list[dict[str, Any]]:
    """The files after one of them reached the CRM, whose field now holds `in_crm`."""
    return [{"crm": number} for number in in_crm] + [
        dict(one) for one in known if "crm" not in one and one.get("id") != file_id
    ]


def without(known: Sequence[Mapping[str, Any]], file_id: str) -> list[dict[str, Any]] | None:
    """The files without one that will not reach the CRM; None: none is left."""
    return [dict(one) for one in known if one.get("id") != file_id] or None
