"""Cases that come from the portal, and what it tells of the known ones."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update

from bot.db import cases as db_cases
from bot.db import pasts as db_pasts
from bot.db import tables as t
from bot.db.cases import Stored
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.fitting import misfit
from bot.engine.past import Past
from bot.engine.zones import seen_client
from bot.services import barred
from bot.services.history import earlier_end, in_work
from bot.services.intents import ClientSeen, Found, Linked, Remembered, Reply, Seen
from bot.services.work import Work


async def found(work: Work, intent: Found) -> Reply:
    """A lead or deal that we do not know: becomes a case, with its stage's task or the one it has in the CRM."""
    seen = intent.seen
    known = await db_cases.by_crm(work.connection, seen.entity, [seen.crm_id])
    if known:
        return Reply(case_id=known[seen.crm_id], done=False)
    case = _begun(work, _case_of(seen, intent.playbook))
    case = replace(case, repeat=await story(work, case, seen.lead_id))
    asked = await barred.asked(work, case.client.phones)
    case = replace(case, no_calls=asked is not None)
    number = await db_cases.add(work.connection, case, stream=None, counted=True, now=work.now)
    case = replace(case, id=number)
    work.cases[number] = Stored(case, 1, number, 0)
    work.new_contacts.add(number)
    if seen.task is not None and seen.crm_task_id is not None:
        own = replace(seen.task, id=f"{number}-1")
        work.crm_tasks[own.id] = seen.crm_task_id
        event = ev.Arrived(task=own, adopted=True)
    else:
        event = ev.Arrived(adopted=intent.adopted, barred=asked is True, spread_to=intent.spread_to)
    await work.happen(number, event)
    if not intent.adopted and (case.client.phones or case.client.emails):
        await db_pasts.want(work.connection, number, work.now)
    return Reply(case_id=number)


def _begun(work: Work, case: Case) -> Case:
    """The new case on the version that is in force now: another one may have been when the portal was read."""
    active = work.library.active_hash
    if case.playbook == active:
        return case
    if misfit(work.playbook(case), work.library.active, case) is None:
        return replace(case, playbook=active)
    return replace(case, follows=active)


def _case_of(seen: Seen, playbook: str) -> Case:
    return Case(
        id=0,
        entity=seen.entity,  # type: ignore[arg-type]  # the reader of the portal gives nothing but lead and deal
        crm_id=seen.crm_id,
        playbook=playbook,
        pipeline=seen.pipeline,
        stage=seen.stage,
        owner=seen.owner,
        title=seen.title,
        client=seen.client,
        arrived_at=seen.arrived_at,
        entered_at=seen.arrived_at,
        source=seen.source,
        facts=dict(seen.facts),
    )


async def story(work: Work, case: Case, own_lead: int | None, past: Past | None = None) -> str | None:
    """One line about the client's other case in work, otherwise about the latest one that ended."""
    others = await db_cases.sharing_contacts(work.connection, case)
    at_work = in_work(work.library, work.people, others, own_lead)
    if at_work is not None:
        return at_work
    return earlier_end(work.library, work.people, others, past or Past(), work.now, own_lead)


async def remembered(work: Work, intent: Remembered) -> Reply:
    """The client's past is known now: his card tells how it ended last, and a history that is being read is whole."""
    stored = work.cases.get(intent.case_id)
    if stored is None:
        return Reply(case_id=intent.case_id, done=False)
    told = None
    if intent.past is not None:
        await db_pasts.keep(work.connection, {intent.case_id: intent.past}, work.now)
        told = await story(work, stored.case, intent.lead, intent.past)
    is_news = told is not None and told != stored.case.repeat
    if is_news:
        work.keep(replace(stored.case, repeat=told))
    await work.show_past(work.cases[intent.case_id].case, is_news=is_news)
    return Reply(case_id=intent.case_id)


async def refreshed(work: Work, intent: ClientSeen) -> Reply:
    """Names, contacts, source and fields as the portal has them now."""
    stored = work.cases.get(intent.case_id)
    if stored is None or stored.written != intent.written:
        return Reply(case_id=intent.case_id, done=False)
    case, seen = stored.case, intent.seen
    client = seen_client(case.client, seen.client)
    new = replace(case, title=seen.title, client=client, source=seen.source or case.source, facts=dict(seen.facts))
    if new == case:
        return Reply(case_id=case.id, done=False)
    if new.client != case.client:
        work.new_contacts.add(case.id)
    if not set(new.client.phones) <= set(case.client.phones):
        await db_pasts.renew(work.connection, case.id, work.now)
    work.keep(new)
    asked = await barred.asked(work, set(new.client.phones) - set(case.client.phones))
    if asked is not None:
        await work.happen(case.id, ev.ClientBarred(asked))
    if client.zone is not None and client.zone != case.client.zone:
        await work.happen(case.id, ev.ZoneSet(None, client.zone))
    await work.redraw(work.cases[case.id].case)
    return Reply(case_id=case.id)


async def linked(work: Work, intent: Linked) -> Reply:
    """The portal's number of what we had it make."""
    if intent.crm_id is not None and intent.case_id in work.cases:
        stored = work.cases[intent.case_id]
        work.keep(replace(stored.case, crm_id=intent.crm_id))
        await work.redraw(work.cases[intent.case_id].case)
    if intent.task_id is not None:
        taken = select(t.tasks.c.id).where(t.tasks.c.crm_task_id == intent.crm_task_id)
        if (await work.connection.execute(taken)).first() is None:
            await work.connection.execute(
                update(t.tasks).where(t.tasks.c.id == intent.task_id).values(crm_task_id=intent.crm_task_id)
            )
    return Reply(case_id=intent.case_id)
