"""The portal's codes follow the version in force, and versions that another replica has stored."""

from __future__ import annotations

from bot.db import versions as db_versions
from bot.db.session import Database
from bot.playbooks.load import builtin, load
from bot.services.library import Library, open_library
from bot.services.mappers import Mappers
from tests.integration.crm_kit import START, floor

CHANGED = load(builtin("bankruptcy").text.replace("UF_CRM_DZ_DEBT", "UF_CRM_DZ_DEBTS"), checked=True)


async def test_what_the_portal_lacks_is_told_of_the_version_in_force(database: Database) -> None:
    async with floor(database) as crm:
        await crm.mappers.ready()
        assert not any("UF_CRM_DZ_DEBTS" in one for one in crm.mappers.missing)
        crm.library.add(CHANGED)
        crm.library.active_hash = CHANGED.hash
        await crm.mappers.ready()
        assert any("UF_CRM_DZ_DEBTS" in one for one in crm.mappers.missing)


async def test_a_version_of_another_replica_has_its_own_mapping(database: Database) -> None:
    """Never that of the version which happens to be in force here."""
    async with floor(database) as crm:
        library = await open_library(database, builtin("bankruptcy"), START)
        async with database.write() as connection:
            await db_versions.keep(connection, CHANGED, "Админ Админов", "", START)
        mappers = Mappers(crm.client, library)
        await mappers.ready([CHANGED.hash])
        assert mappers[CHANGED.hash].playbook.fields["debt"].crm == "UF_CRM_DZ_DEBTS"
        assert mappers.active.playbook.fields["debt"].crm == "UF_CRM_DZ_DEBT"


async def test_what_nobody_has_is_asked_for_in_vain(database: Database) -> None:
    library: Library = await open_library(database, builtin("bankruptcy"), START)
    await library.know(["0" * 64, library.active_hash])
    assert "0" * 64 not in library
    assert library["0" * 64] is library.active
