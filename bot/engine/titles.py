"""What tasks and people are called."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine.case import Case, Task
from bot.engine.phones import mask_phones
from bot.locales.ru import engine as ru
from bot.locales.ru.days import WEEKDAYS
from bot.playbooks.model import Playbook

_NAME_PARTS = range(2, 5)
"""A person is given name and surname, with or without a patronymic of one or two words between them."""
_NAME_PART = re.compile(r"[^\W\d_][\w'’.-]*")
"""It begins with a letter; forms number their clients, so a digit may follow."""


def client_name(case: Case) -> str:
    """The client in full, the case's title where no name is known."""
    return case.client.name.strip() or case.title.strip() or ru.NO_NAME


def short_name(name: str) -> str:
    """«Пётр Проверкин» as «Пётр П.»; a company or a single word stays as it is, a number in a title is masked."""
    parts = [part for part in name.split() if part not in ru.OF_PATRONYMICS]
    if not _is_person(parts):
        return mask_phones(name.strip())
    first = parts[0].capitalize() if parts[0] in (parts[0].lower(), parts[0].upper()) else parts[0]
    return f"{first} {parts[-1][0].upper()}."


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


def _is_person(parts: list[str]) -> bool:
    """Whether these words can be a name: each with a capital, or all typed in one case; no short words, no «ООО»."""
    if len(parts) not in _NAME_PARTS or not all(_NAME_PART.fullmatch(part) for part in parts):
        return False
    if any(part.upper() in ru.LEGAL_FORMS for part in parts):
        return False
    if all(part[0].isupper() and (len(part) == 1 or not part.isupper()) for part in parts):
        return True
    return all(len(part) > 1 for part in parts) and (all(map(str.isupper, parts)) or all(map(str.islower, parts)))
