"""Two departments: every second manager is in the second one, which works later and is headed by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.scenarios.crowd import Crowd
from tests.scenarios.crowd_hours import Hours, Roster
from tests.scenarios.teams import ADMIN, FIRST, group, join, write

AHEAD = {"+7495": 0, "+7383": 4, "+7423": 7, "+7401": -1}
"""Beginning of a phone → by how many hours that place is ahead of Moscow."""
HEAD = "Пётр"
_GROUP = "вторая группа"
WORKLOAD = 10
"""Percent."""
_LATE = Hours(10, 20)
_SHIFT = "shifts:\n  late: {title: Поздняя, hours: {mon-fri: 10:00-20:00}}\n"
_BUILT_IN = Path(__file__).parents[2] / "bot/playbooks/catalog/bankruptcy.yaml"


def narrow_playbook(folder: Path) -> str:
    """The built-in one with the shift of the second department, by which few tasks fit into a day."""
    path = folder / "late.yaml"
    text = _BUILT_IN.read_text().replace("workload: 85", f"workload: {WORKLOAD}")
    path.write_text(text.replace("client_hours:", f"{_SHIFT}client_hours:", 1))
    return str(path)


async def part(crowd: Crowd, managers: Sequence[str]) -> Roster:
    """Make the departments, their groups and the late shift; returns who works when, and whom each leader sees."""
    number = int(await crowd.portal("department.add", {"NAME": "Второй отдел", "PARENT": 1}))
    fields = {"NAME": HEAD, "LAST_NAME": "Второв", "UF_DEPARTMENT": [number]}
    head = int(await crowd.portal("user.add", fields))
    await crowd.portal("department.update", {"ID": number, "UF_HEAD": head})
    second = [int(crowd.people[name]["crm_user_id"]) for name in managers[1::2]]
    for user in second:
        await crowd.portal("user.update", {"ID": user, "UF_DEPARTMENT": [number]})
    await join(crowd, f"{HEAD} Второв", "supervisor", head)
    crowd.people[HEAD] |= {"crm_user_id": head, "role": "supervisor"}
    await crowd.say(ADMIN, "/team обновить")
    chat = await group(crowd, "Группа Петра")
    await write(crowd, chat, ADMIN, "/bind второй отдел")
    await write(crowd, await crowd.chat("группа"), ADMIN, "/bind отдел продаж")
    await crowd.say(ADMIN, "/team второй отдел смена поздняя")
    await crowd.press(ADMIN, "Применить")
    crowd.groups[_GROUP] = chat
    rows = await crowd.portal("user.get", {})
    first = [int(row["ID"]) for row in rows if FIRST in row["UF_DEPARTMENT"]]
    hours = dict.fromkeys((*second, head), _LATE)
    sees = {"Ольга": first, HEAD: [*second, head], "Дмитрий": None}
    return Roster(hours, sees, {"Ольга": "группа", HEAD: _GROUP})
