"""Cases that take another version of the playbook: at its publication, or later on when they can."""

from __future__ import annotations

from bot.db import versions as db_versions
from bot.engine import events as ev
from bot.engine.republish import fate_of
from bot.services.intents import Follow, Reply
from bot.services.work import Work


async def follow(work: Work, intent: Follow) -> Reply:
    """One case of a publication. One that has been overtaken by another publication meanwhile concerns nobody."""
    stored = work.cases.get(intent.case_id)
    await work.library.learn(work.connection, [intent.version])
    if work.rolled_out is None:
        work.rolled_out = await db_versions.for_all(work.connection)
    if intent.version not in work.library or intent.version != work.rolled_out:
        return Reply(case_id=intent.case_id, done=False)
    case = stored.case if stored is not None else None
    if case is None or case.closed or (case.follows or case.playbook) == intent.version:
        return Reply(case_id=intent.case_id)  # it has ended, or another replica was there first
    await work.happen(intent.case_id, ev.Republished(intent.version, work.library[intent.version], intent.entry))
    return Reply(case_id=intent.case_id)


async def follow_on(work: Work) -> None:
    """Cases of this group that were waiting for it take the version that they are to take.

    The last thing of a transaction: what people have just done was meant for the version that they saw.
    """
    work.urgent = False
    for case_id in sorted(work.changed):
        case = work.cases[case_id].case
        version = case.follows
        if version is None or case.closed or version not in work.library:
            continue
        playbook = work.library[version]
        fate, _ = fate_of(work.rules(case), playbook, case, version)
        if not fate.waits:
            await work.happen(case_id, ev.Republished(version, playbook))
