"""Two departments: what each supervisor is told adds up to what the director is told, whoever got whose client."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.scenarios.crowd_funnel import read_attempts, read_funnel
from tests.scenarios.floor import Floor
from tests.scenarios.paths import walk
from tests.scenarios.teams import two_teams

_COUNTS = {
    "записаны": r"Записаны (\d+)",
    "в срок": r"≤ 15 мин: .*\((\d+) из",
    "новых": r"≤ 15 мин: .* из (\d+)\)",
    "закрыто": r"закрыто (\d+)",
    "с опозданием": r"опозданием (\d+)",
    "осталось": r"осталось (\d+)",
    "звонков": r"Звонков (\d+)",
    "на связи": r"на связи .*\((\d+) из",
    "некачественные": r"некачественные (\d+)",
}


async def _asks(floor: Floor, who: str, command: str) -> str:
    await floor.say(who, command)
    return await floor.shows(who)


async def _numbers(floor: Floor, who: str) -> Counter[str]:
    """What the day's text counts; what it does not name is none."""
    text = await _asks(floor, who, "/digest")
    found = {name: re.search(pattern, text) for name, pattern in _COUNTS.items()}
    return Counter({name: int(one[1]) for name, one in found.items() if one is not None})


async def _analysis(floor: Floor, who: str) -> Counter[tuple[str, str, int]]:
    found: Counter[tuple[str, str, int]] = Counter()
    lost, speeds = read_funnel(await _asks(floor, who, "/funnel"))
    shares = {
        "speed": speeds,
        "lost": {name: (one.lost, 0) for name, one in lost.items()},
    }  # a stage without any is not told
    for head, rows in {**shares, **read_attempts(await _asks(floor, who, "/attempts"))}.items():
        for name, (part, whole) in rows.items():
            found[head, name, 0] += part
            found[head, name, 1] += whole
    return found


async def test_teams_add_up(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await two_teams(floor)
        await floor.new_lead("Пётр Первый", "+74951110001")
        await walk(floor, "Иван", "Пётр", "Дозвонился → Больше 1 млн → Встреча в офисе → завтра 10:00")
        late = await floor.new_lead("Олег Поздний", "+74951110002")
        await floor.advance("PT20M")
        anna = floor.people["Анна"]["crm_user_id"]
        await floor.portal("crm.lead.update", {"id": late, "fields": {"ASSIGNED_BY_ID": anna}})
        await floor.advance("PT35S")  # the lead of one team is called by the other
        await walk(floor, "Анна", "Олег", "Дозвонился → Долгов нет → ✅ Записать")
        await floor.new_lead("Вера Новая", "+74951110003", owner="Анна")
        await walk(floor, "Анна", "Вера", "Не дозвонился")
        first, second, whole = [await _numbers(floor, who) for who in ("Ольга", "Пётр", "Дмитрий")]
        assert +(first + second) == +whole
        assert whole["звонков"] == 3
        assert (first["звонков"], second["звонков"]) == (1, 2)
        first_part, second_part, all_of_it = [await _analysis(floor, who) for who in ("Ольга", "Пётр", "Дмитрий")]
        assert +(first_part + second_part) == +all_of_it
        assert all_of_it["speed", "позже срока", 1] == second_part["speed", "позже срока", 1] == 1
        assert all_of_it["lost", "Новый лид", 0] == second_part["lost", "Новый лид", 0] == 1
