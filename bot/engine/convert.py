"""A qualified lead becomes a deal, and the conversation goes on about the deal."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Case, Run
from bot.engine.cover import given_to
from bot.engine.effects import AddTask, CompleteTask, Decision, Effect, OpenDeal, Redraw, Update
from bot.engine.fields import carried_facts, settled_fields
from bot.engine.follow import enter_stage
from bot.engine.misses import end_cadence
from bot.engine.questionnaire import Ask, next_step
from bot.engine.rules import Rules
from bot.engine.settled import Settled
from bot.engine.tasks import add_task
from bot.engine.told import told
from bot.engine.wording import comment, receipt
from bot.locales.ru import engine as ru
from bot.playbooks.model import Convert

_UNNUMBERED = 0


def convert(rules: Rules, settled: Settled, to: Convert) -> Decision:
    """Close the lead in its success stage and open the deal with its first task; no way back by [Исправить].

    The lead is moved last, by the effect that makes the deal: a lead in its success stage always has one.
    """
    fields = settled_fields(rules, settled)
    lead = replace(
        end_cadence(rules, settled.after),
        stage=settled.outcome.stage or settled.after.stage,
        entered_at=rules.now,
        closed=True,
        recorded=None,
        facts={**settled.after.facts, **fields},
        deals_made=settled.after.deals_made + 1,
    )
    deal = _deal(rules, lead, to, settled.run)
    settled = replace(settled, after=lead)
    lead_title, deal_title = rules.stage(lead).title, rules.stage(deal).title
    effects: list[Effect] = [Update(None, fields)] if fields else []
    said = comment(rules, settled, ru.COMMENT_DEAL.format(stage=deal_title))
    effects += (said, CompleteTask(settled.task.id))
    deal_effects: tuple[Effect, ...] = (*add_task(rules, deal), Redraw())
    effects.append(OpenDeal(deal, lead.stage, settled.task.id, deal_effects))
    if deal.run is None:
        effects.append(receipt(rules, settled))
    why = ru.RECEIPT_DEAL.format(lead=lead_title, deal=deal_title)
    return Decision(lead, tuple(effects), why, settled.keys, told(rules, settled))


def numbered(opening: OpenDeal, case_id: int) -> OpenDeal:
    """The opening with the id that the database gave the deal, in every task id as well."""
    deal = opening.deal
    if deal.task is None:
        return replace(opening, deal=replace(deal, id=case_id))
    task = replace(deal.task, id=f"{case_id}-{deal.tasks_set}")
    run = replace(deal.run, task=task.id) if deal.run is not None else None
    effects = tuple(
        replace(effect, task=task) if isinstance(effect, AddTask) else effect for effect in opening.deal_effects
    )
    return replace(opening, deal=replace(deal, id=case_id, task=task, run=run), deal_effects=effects)


def _deal(rules: Rules, lead: Case, to: Convert, run: Run) -> Case:
    pipeline, stage = to.to.split(".")
    entity = rules.playbook.pipelines[pipeline].entity
    deal = Case(
        id=_UNNUMBERED,
        entity=entity,
        crm_id=None,
        playbook=lead.playbook,
        follows=lead.follows,
        pipeline=pipeline,
        stage=stage,
        owner=lead.owner,
        title=lead.title,
        client=lead.client,
        arrived_at=rules.now,
        entered_at=rules.now,
        source=lead.source,
        facts=carried_facts(rules.playbook, lead.facts, entity),
        tried=lead.tried,
        parent=lead.id,
        no_calls=lead.no_calls,
        repeat=lead.repeat,
        first_touch_at=lead.first_touch_at,
        said=lead.said,
    )
    deal = enter_stage(rules, deal)
    if rules.cover is not None and deal.task is not None and deal.task.holder is None:
        # Who stands in for the owner has talked the client into it: the talk goes on with him.
        deal = given_to(rules, deal, deal.task, rules.cover)
    if to.resume is None or deal.task is None:
        return deal
    resumed = Run(
        to.resume,
        deal.task.id,
        run.by,
        rules.now,
        answers=run.answers,
        labels=run.labels,
        given=tuple(run.answers),
        goes_on=True,
    )
    if not isinstance(next_step(rules.playbook, deal, resumed, rules.now, rules.role), Ask):
        return deal
    note = ru.RECEIPT_DEAL.format(lead=rules.stage(lead).title, deal=rules.stage(deal).title)
    # The conversation goes on in the same message: the card is wanted only if it is broken off.
    return replace(deal, run=resumed, task=replace(deal.task, push_at=deal.task.due_at, note=note, by_rule=None))
