"""Files in user fields: they come as a name with base64 content and are served again by an address of their own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import bad_value
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import Field


def keep_files(records: Records, fields: Mapping[str, Field], old: Mapping[str, object], doc: Doc) -> None:
    """Replace new uploads in `doc` by kept files `{"id", "name"}`; `{"id"}` of an existing file keeps it."""
    for name, field in fields.items():
        value = doc.get(name)
        if field.kind != "file" or value == old.get(name) or value in (None, []):
            continue
        before = old.get(name)
        entries = before if isinstance(before, list) else [before]
        known = {entry["id"]: entry for entry in entries if isinstance(entry, dict)}
        if field.multiple:
            doc[name] = [_keep(records, field, item, known) for item in value] if isinstance(value, list) else []
        else:
            doc[name] = _keep(records, field, value, known)


def token_of(file_id: int) -> str:
    """The word that opens a file's address without a session."""
    return hashlib.sha256(f"file {file_id}".encode()).hexdigest()[:16]


def content_of(records: Records, file_id: int, token: str) -> tuple[str, bytes] | None:
    """Name and bytes of a file, or None when there is none or the token is wrong."""
    doc = records.files.get(file_id)
    if doc is None or token != token_of(file_id):
        return None
    return str(doc["name"]), base64.b64decode(str(doc["content"]))


def _keep(records: Records, field: Field, value: object, known: Mapping[int, object]) -> object:
    if isinstance(value, Mapping):
        if value.get("id") is not None:
            kept = known.get(int(str(value["id"])))
            if kept is None:
                raise bad_value(field.camel)
            return kept
        value = value.get("fileData")
    if not isinstance(value, list) or len(value) != 2:
        raise bad_value(field.camel)
    try:
        base64.b64decode(str(value[1]), validate=True)
    except ValueError:
        raise bad_value(field.camel) from None
    key = records.files.next_id()
    records.files.put(key, {"name": str(value[0]), "content": str(value[1])})
    return {"id": key, "name": str(value[0])}
