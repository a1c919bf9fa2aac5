"""What tasks and people are called."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine.case import Case, Task
from bot.engine.phones import mask_phones
from bot.engine.words import WEEKDAYS
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook

_NAME_PARTS = (2, 3)
"""A person is given name and surname, with or without a patronymic between them."""


def client_name(case: Case) -> str:
    """The client in full, the case's title where no name is known."""
    return case.client.name.strip() or case.title.strip() or ru.NO_NAME


def short_name(name: str) -> str:
    """«Пётр Проверкин» as «Пётр П.»; a company or a single word stays as it is, a number in a title is masked."""
    parts = name.split()
    if len(parts) not in _NAME_PARTS or not all(_is_name_part(part) for part in parts):
        return mask_phones(name.strip())
    return f"{parts[0]} {parts[-1][0]}."


def name_in_groups(playbook: Playbook, case: Case) -> str:
    """The client where a whole group reads it: never with a number."""
    name = client_name(case)
    return mask_phones(name) if playbook.names_in_groups == "full" else short_name(name)


def shown_name(playbook: Playbook, case: Case) -> str:
    """The client on a colleague's own phone: in full, or as groups see him where phones are hidden too."""
    return short_name(client_name(case)) if playbook.phones_in_cards == "masked" else client_name(case)


def task_title(playbook: Playbook, case: Case, task: Task) -> str:
    """The task's title in the CRM: «Обработать лид: Пётр Проверкин»."""
    return ru.TASK_TITLE.format(title=playbook.tasks[task.kind].title, name=client_name(case))


def task_description(task: Task) -> str:
    """What stands in the task beside its title: which attempt it is, and why at this time."""
    attempt = attempt_words(task)
    return task.note or (ru.DESCRIPTION_ATTEMPT.format(attempt=attempt) if attempt else "")


def attempt_words(task: Task) -> str:
    """«3 из 6»; empty for a task that is no attempt."""
    if task.attempt is None or task.attempts is None:
        return ""
    return ru.ATTEMPT_OF.format(number=task.attempt, of=task.attempts)


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """A moment that stays true when it is read later: «вт 17.11 09:34»."""
    local = at.astimezone(zone)
    return f"{WEEKDAYS[local.weekday()]} {local:%d.%m %H:%M}"


def _is_name_part(part: str) -> bool:
    return part.replace("-", "").isalpha() and part[0].isupper() and not part.isupper()
