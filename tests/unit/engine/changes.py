"""Other versions of a playbook: what an admin changes from his phone – slots, hours, terms, numbers of attempts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from random import Random
from typing import Any

from bot.playbooks.model import Due, Playbook

FIRST = "hash"
"""The version of `tests.builders.lead`."""
_SLOTS = (
    (time(10, 0), time(16, 0)),
    (time(9, 15), time(12, 40), time(18, 30)),
    (time(11, 0), time(13, 0), time(14, 0), time(15, 0), time(17, 45)),
)
_HOURS = ({"mon-fri": "10:00-18:00"}, {"mon-sat": "09:00-20:00"}, {"mon-thu": "09:00-19:00", "sat": "11:00-15:00"})


def changed(playbook: Playbook, dice: Random) -> Playbook:
    """A version with other figures; nothing that a case may stand on is taken away."""
    cadences = {
        key: cadence.model_copy(
            update={
                "slots": dice.choice((cadence.slots, *_SLOTS)),
                "attempts": dice.choice((cadence.attempts, 2, 7)),
                "within": dice.choice((cadence.within, timedelta(days=4))),
                "second": dice.choice((cadence.second, timedelta(minutes=20), timedelta(hours=3))),
            }
        )
        for key, cadence in playbook.cadences.items()
    }
    dues = (Due(within=timedelta(minutes=30)), Due(within=timedelta(hours=5)), Due(by_end_of_day=1))
    tasks = {
        key: kind.model_copy(
            update={
                "due": dice.choice((kind.due, *dues)),
                "push": dice.choice((kind.push, "at_due")),
                "ladder": dice.choice((kind.ladder, None)),
            }
        )
        for key, kind in playbook.tasks.items()
    }
    update: dict[str, Any] = {"cadences": cadences, "tasks": tasks, "hours": dice.choice((playbook.hours, *_HOURS))}
    return playbook.model_copy(update=update)


def versions_of(playbook: Playbook, dice: Random) -> Mapping[str, Playbook]:
    """The playbook and two changed ones, by hash."""
    return {FIRST: playbook, "second": changed(playbook, dice), "third": changed(playbook, dice)}
