"""A portal that has nothing yet becomes one that the playbook can live on."""

from __future__ import annotations

import asyncio

from bot.crm.client import CrmClient
from bot.crm.provision import apply, plan, read
from bot.crm.wishes import wishes_of
from bot.playbooks.load import builtin
from tests.integration.portal_server import HeardClock, running_portal


async def test_bare_portal_is_made_ready() -> None:
    """What is planned for a bare portal is made under its pace, and nothing is left to plan."""
    wishes = wishes_of(builtin("bankruptcy").playbook)
    async with running_portal(seed="bare") as portal, asyncio.TaskGroup() as group:
        mover = group.create_task(_move_on(portal.clock))
        client = CrmClient(portal.webhook(1), portal.clock)
        try:
            changes = plan(await read(client, wishes), wishes)
            assert len(changes) > 30
            assert await apply(client, changes) == []
            await apply(client, plan(await read(client, wishes), wishes))
            assert plan(await read(client, wishes), wishes) == []
        finally:
            await client.aclose()
            mover.cancel()


async def _move_on(clock: HeardClock) -> None:
    """Whoever waits on the clock finds that the moment has come."""
    while True:
        await clock.asked.wait()
        clock.asked.clear()
        if (moment := clock.next_wake()) is not None:
            clock.move_to(moment)
