"""A stage that is kept for some roles was set by hand: who is asked about it, and what their phones show."""

from __future__ import annotations

from bot.db.messages import Message
from bot.db.people import People, Person
from bot.engine import events as ev
from bot.engine.approval import waiting_approval
from bot.engine.case import Approval, Case
from bot.engine.events import Event
from bot.engine.titles import shown_name
from bot.engine.words import say_time
from bot.locales.ru import screens as ru
from bot.playbooks.model import Playbook
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, lines
from bot.services.group import Group
from bot.services.oversight import sight_of

_KIND = "screen"
_KEY = "approve"


def judges(people: People, playbook: Playbook, case: Case) -> list[Person]:
    """Who is asked: whoever the stage is kept for by his role, of its team; without any, whoever leads it."""
    roles = playbook.pipelines[case.pipeline].stages[case.stage].roles or ()
    reached = [person for person in people.all if person.telegram_id is not None and person.crm_user_id is not None]
    sights = ((person, sight_of(people, person)) for person in reached)
    seeing = [person for person, sight in sights if sight.shows(case)]
    return [person for person in seeing if person.role in roles] or [person for person in seeing if person.leads]


def ask(group: Group, case: Case) -> None:
    """A message with [Согласен] [Вернуть] to each of them."""
    approval = waiting_approval(case)
    if approval is None:
        return
    screen = _question(group, case, approval)
    number = group.cases[case.id].written
    for person in judges(group.people, group.playbook(case), case):
        key = f"{_KEY}:{case.id}:{number}:{person.id}"
        group.messages[key] = Message(
            key=key,
            chat_id=person.telegram_id or 0,
            kind=_KIND,
            screen=screen,
            case_id=case.id,
            person_id=person.id,
            next_try=group.now,
        )


def close(group: Group, before: Case, event: Event) -> None:
    """Once it is decided, or the case has gone on, the buttons go from every phone."""
    after = group.cases[before.id].case
    if waiting_approval(before) is None or waiting_approval(after) == waiting_approval(before):
        return
    stages = group.playbook(after).pipelines[after.pipeline].stages
    time = say_time(group.now, group.view(after, None).zone)
    match event:
        case ev.Approved(by=by):
            words = ru.APPROVED.format(who=group.people.short_name(by), time=time)
        case ev.SentBack(by=by):
            words = ru.SENT_BACK.format(who=group.people.short_name(by), time=time, stage=stages[after.stage].title)
        case _:
            words = ru.APPROVAL_OVER.format(time=time)
    screen = Screen(lines([f"<b>{esc(shown_name(group.playbook(after), after))}</b>", esc(words)]))
    for message in group.messages.values():
        if message.case_id == after.id and message.live and message.key.startswith(f"{_KEY}:"):
            message.show(screen, group.now, urgent=group.urgent)
            message.live = False


def _question(group: Group, case: Case, approval: Approval) -> Screen:
    pipelines = group.playbook(case).pipelines
    now_at = pipelines[case.pipeline].stages[case.stage].title
    was_at = pipelines[approval.back_pipeline].stages[approval.back].title
    mover = group.people.by_crm.get(approval.moved_by) if approval.moved_by is not None else None
    who = group.people.short_name(approval.moved_by) if mover is not None else ru.SOMEBODY
    text = lines(
        [
            f"✋ <b>{esc(shown_name(group.playbook(case), case))}</b>",
            esc(ru.SET_BY_HAND.format(who=who, stage=now_at)),
            esc(ru.STOOD_AT.format(stage=was_at)),
        ]
    )
    answers = (
        Button(ru.AGREE, pack("x", "agree", case.id), style="primary"),
        Button(ru.SEND_BACK, pack("x", "return", case.id)),
    )
    url = group.view(case, None).crm_url
    return Screen(text, (answers, (Button(ru.CRM, url=url),)) if url else (answers,))
