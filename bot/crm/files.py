"""A file on its way into a record's field: appended to what is there, and there once.

A field of several files is written as a whole: files that are not named in the write are deleted. So it is read
first, and what it held is remembered; a repeated try finds the earlier one among the files that are new since then.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from bot.crm.client import CrmClient
from bot.crm.errors import CrmAmbiguous
from bot.crm.fields import file_ids
from bot.crm.inbox import item, one_row
from bot.crm.mapping import TYPE_IDS
from bot.crm.wanted import Entity


class FileField:
    """One field for files of one record.

    Args:
        client: the portal.
        entity: lead or deal.
        crm_id: the record.
        name: the field, `UF_CRM_…`.
    """

    def __init__(self, client: CrmClient, entity: Entity, crm_id: int, name: str) -> None:
        self._client = client
        self._entity = entity
        self._crm_id = crm_id
        self._name = name

    async def held(self) -> list[Mapping[str, Any]]:
        """What the field holds now: entries with `id` and the addresses to read them by.

        Raises:
            CrmError: it could not be read.
        """
        answer = await self._client.call("crm.item.get", item(self._entity, self._crm_id).params)
        value = one_row(answer, "item").get(self._name)
        entries = value if isinstance(value, list) else [value]
        return [entry for entry in entries if isinstance(entry, Mapping)]

    async def has(self, entries: Sequence[Mapping[str, Any]], data: bytes) -> bool:
        """Whether one of these entries is a file of exactly these bytes; what does not open is another one.

        Raises:
            CrmError: a file could not be read.
        """
        wanted = hashlib.sha256(data).digest()
        for entry in entries:
            found = await self._client.download(str(entry.get("urlMachine") or ""))
            if found is not None and hashlib.sha256(found).digest() == wanted:
                return True
        return False

    async def add(self, entries: Sequence[Mapping[str, Any]], name: str, data: bytes) -> list[int]:
        """Append a file to the entries that the field holds; returns the numbers that it holds then.

        Raises:
            CrmError: it was refused, or it is not known whether it was taken (`CrmAmbiguous`).
        """
        kept: list[object] = [{"id": number} for number in file_ids(list(entries))]
        new = [name, base64.b64encode(data).decode("ascii")]
        params = {
            "entityTypeId": TYPE_IDS[self._entity],
            "id": self._crm_id,
            "fields": {self._name: [*kept, new]},
            "useOriginalUfNames": "Y",
        }
        answer = await self._client.call("crm.item.update", params, write=True)
        held = file_ids(one_row(answer, "item").get(self._name))
        if len(held) <= len(kept):
            raise CrmAmbiguous("NO_FILE", "the answer does not show the file", method="crm.item.update")
        return held
