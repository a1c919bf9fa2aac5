"""`crm.duplicate.findbycomm`: who has this phone number or e-mail."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

from bot.sandbox.portal.calls import Answer, Call, Method, as_list
from bot.sandbox.portal.errors import RestError
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import COMPANY, CONTACT, ENTITY_WORDS, LEAD

_MOST_VALUES = 20
_REGION = "RU"


class Duplicates:
    """The method `crm.duplicate.findbycomm` over leads, contacts and companies."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        return {"crm.duplicate.findbycomm": self.find}

    def find(self, call: Call) -> Answer:
        kind = str(call.any_case("type") or "").upper()
        if kind not in ("PHONE", "EMAIL"):
            text = "Communication type is not defined"
            raise RestError(400, text, text)
        wanted = {_normal(kind, str(value)) for value in as_list(call.any_case("values"))[:_MOST_VALUES]} - {""}
        only = str(call.any_case("entity_type") or "").upper()
        found: dict[str, list[int]] = {}
        for entity_type in (LEAD, CONTACT, COMPANY):
            word = ENTITY_WORDS[entity_type].upper()
            if only in ("", word):
                ids = [int(str(doc["ID"])) for doc in self._records.items[entity_type] if _has(doc, kind, wanted)]
                if ids:
                    found[word] = sorted(ids)[:_MOST_VALUES]
                if len(ids) >= _MOST_VALUES:
                    break
        return Answer(found or [])


def _has(doc: dict[str, object], kind: str, wanted: set[str]) -> bool:
    return any(
        entry["typeId"] == kind and _normal(kind, str(entry["value"])) in wanted
        for entry in as_list(doc.get("FM"))
        if isinstance(entry, dict)
    )


@lru_cache(maxsize=65_536)
def _normal(kind: str, value: str) -> str:
    """E.164 without an extension, or the bare digits of what is no phone number; e-mails in lower case."""
    if kind == "EMAIL":
        return value.strip().lower()
    try:
        number = phonenumbers.parse(value, _REGION)
    except phonenumbers.NumberParseException:
        return "".join(filter(str.isdigit, value))
    number.extension = None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
