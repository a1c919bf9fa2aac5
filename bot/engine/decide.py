"""The one door of the engine: playbook, case, event and moment in; the new case, its effects and the reason out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.engine import (
    approval,
    barring,
    correcting,
    cover,
    drafts,
    entering,
    form_talk,
    inbound,
    outside,
    overseen,
    republish,
    retiming,
    returning,
    talk,
    undo,
    zones,
)
from bot.engine.case import Case
from bot.engine.effects import Decision
from bot.engine.events import (
    Advised,
    Answered,
    Approved,
    Arrived,
    Asked,
    CallStarted,
    CameBack,
    Cancelled,
    ClientBarred,
    ClientCalled,
    Confirmed,
    Corrected,
    Covered,
    DeadlineMoved,
    DraftDropped,
    DraftTaken,
    Entered,
    Event,
    FileArrived,
    Filed,
    FileRefused,
    Finished,
    Gone,
    HandedOver,
    HelpAsked,
    HoursChanged,
    LeftAsItWas,
    NumberCalled,
    OldTaskOpened,
    Picked,
    PushSpread,
    PutOff,
    Republished,
    Rescheduled,
    Returned,
    SentBack,
    Silenced,
    StageMoved,
    SteppedBack,
    SteppedIn,
    TaskClosed,
    TaskCopied,
    TaskGiven,
    TaskReopened,
    UndoExpired,
    Undone,
    ZoneSet,
)
from bot.engine.rules import Rules
from bot.engine.staff import COMPANY, Staff
from bot.playbooks.model import Playbook

_HANDLERS: Mapping[type, Callable[[Rules, Case, Any], Decision]] = {
    Arrived: outside.arrived,
    Entered: entering.entered,
    Answered: talk.answered,
    SteppedBack: talk.stepped_back,
    Cancelled: talk.cancelled,
    Confirmed: talk.confirmed,
    Picked: form_talk.picked,
    Filed: form_talk.filed,
    FileArrived: form_talk.arrived,
    FileRefused: form_talk.refused,
    Finished: form_talk.finished,
    Undone: undo.undone,
    Corrected: correcting.corrected,
    Returned: returning.returned,
    Republished: republish.republished,
    UndoExpired: undo.undo_expired,
    CallStarted: outside.call_started,
    ClientCalled: inbound.client_called,
    LeftAsItWas: inbound.left_as_it_was,
    HandedOver: outside.handed_over,
    Asked: overseen.asked,
    SteppedIn: overseen.stepped_in,
    HelpAsked: overseen.help_asked,
    Advised: overseen.advised,
    Silenced: overseen.silenced,
    DraftTaken: drafts.draft_taken,
    DraftDropped: drafts.draft_dropped,
    StageMoved: outside.stage_moved,
    Approved: approval.approved,
    SentBack: approval.sent_back,
    TaskClosed: outside.task_closed,
    TaskReopened: outside.task_reopened,
    OldTaskOpened: outside.old_task_opened,
    TaskCopied: outside.task_copied,
    TaskGiven: outside.task_given,
    Covered: cover.covered,
    CameBack: cover.came_back,
    HoursChanged: cover.hours_changed,
    DeadlineMoved: outside.deadline_moved,
    Rescheduled: outside.rescheduled,
    Gone: outside.gone,
    ClientBarred: barring.client_barred,
    ZoneSet: zones.zone_set,
    NumberCalled: retiming.number_called,
    PushSpread: retiming.push_spread,
    PutOff: retiming.put_off,
}


def decide(
    playbook: Playbook,
    case: Case,
    event: Event,
    now: datetime,
    *,
    role: str = "manager",
    staff: Staff = COMPANY,
    elsewhere: Sequence[datetime] = (),
) -> Decision:
    """What becomes of the case, and what must happen because of it. The same inputs give the same decision.

    Args:
        playbook: the version that the case runs on.
        case: as it is stored.
        event: what happened.
        now: the present moment, aware.
        role: of the person who acts.
        staff: who works when.
        elsewhere: moments at which the client's phone number was not reached in other cases; they count toward its cap.

    Raises:
        ActionNotAllowed: a person asked for what cannot be done now (a stale button, an option not offered, a foreign
            questionnaire); `str()` of it is for him. News from the CRM that no longer fit change nothing instead.
    """
    rules = Rules(playbook, now, role, staff, cover.covering(case), tuple(elsewhere))
    return _HANDLERS[type(event)](rules, case, event)
