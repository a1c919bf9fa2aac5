"""Names of the portal's users who are not linked to the bot: former colleagues above all."""

from __future__ import annotations

import logging
from collections.abc import Collection

from bot.crm import past as crm_past
from bot.crm.client import CrmClient
from bot.crm.errors import CrmError

log = logging.getLogger(__name__)
_AT_ONCE = 50


class Names:
    """Asks for each user once in the life of the process: people change their names rarely."""

    def __init__(self, client: CrmClient) -> None:
        self._client = client
        self._known: dict[int, str] = {}

    async def of(self, users: Collection[int]) -> dict[int, str]:
        """The names of these users. Whom the portal does not name now keeps his number on the screen."""
        wanted = sorted(set(users) - set(self._known))[:_AT_ONCE]
        if wanted:
            try:
                outcomes = await self._client.batch({"users": crm_past.people(wanted)}, urgent=False)
                self._known |= crm_past.names(outcomes["users"])
            except CrmError as error:
                log.warning("the names of users could not be read (%s %s)", error.method, error.code)
        return {user: self._known[user] for user in users if user in self._known}
