"""The mapping of every playbook version to the portal, over one reading of the portal's dictionaries."""

from __future__ import annotations

from collections.abc import Iterable

from bot.crm.client import CrmClient
from bot.crm.dictionary import Dictionary, load_dictionary
from bot.crm.mapping import Mapper
from bot.services.library import Library


class Mappers:
    """Made when asked for; the dictionaries are read at the first `ready`, so that a start needs no portal."""

    def __init__(self, client: CrmClient, library: Library) -> None:
        self._client = client
        self._library = library
        self._dictionary: Dictionary | None = None
        self._read_for: str | None = None
        self._made: dict[str, Mapper] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """What the active playbook names and the portal lacks, in words for an admin."""
        return self._dictionary.missing if self._dictionary is not None else ()

    @property
    def active(self) -> Mapper:
        """Of the version that new cases begin with."""
        return self[self._library.active_hash]

    def __getitem__(self, version: str) -> Mapper:
        """Of the version with this hash.

        Raises:
            RuntimeError: the dictionaries were never read.
        """
        if self._dictionary is None:
            raise RuntimeError("the portal's dictionaries are not read yet")
        if version not in self._made:
            self._made[version] = Mapper(self._library[version], self._dictionary)
        return self._made[version]

    async def ready(self, versions: Iterable[str] = ()) -> None:
        """Have the dictionaries, read since the active version became so, and know these versions.

        Raises:
            CrmError: the dictionaries could not be read.
        """
        await self._library.know(versions)
        if self._dictionary is None or self._read_for != self._library.active_hash:
            await self.reload()

    async def reload(self) -> None:
        """Read the dictionaries anew: the portal was changed, or another version became active.

        Raises:
            CrmError: they could not be read; what was known stays.
        """
        version = self._library.active_hash
        self._dictionary = await load_dictionary(self._client, self._library[version])
        self._read_for = version
        self._made.clear()
