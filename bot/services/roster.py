"""The portal's users, for whom invites are made."""

from __future__ import annotations

from bot.crm.client import CrmClient
from bot.crm.encode import as_dict, as_int, unescape
from bot.screens.admin import CrmUser


class Roster:
    """Reads the portal each time: people come and go."""

    def __init__(self, client: CrmClient) -> None:
        self._client = client

    async def users(self) -> list[CrmUser]:
        """Active users by name.

        Raises:
            CrmError: the portal does not answer.
        """
        found = []
        async for row in self._client.pages("user.get", {"FILTER": {"ACTIVE": True}}, urgent=True):
            user = as_dict(row)
            number = as_int(user.get("ID"))
            name = " ".join(str(user.get(key) or "") for key in ("NAME", "LAST_NAME")).strip()
            if number is not None and user.get("ACTIVE") in (True, "Y", "true", None):
                found.append(CrmUser(number, unescape(name) or f"№ {number}"))
        return sorted(found, key=lambda one: one.name)
