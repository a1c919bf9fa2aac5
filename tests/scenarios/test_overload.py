"""The morning that holds more than fits: told in the digest, dealt with by two keys, by those who may."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels, walk
from tests.scenarios.teams import FIRST, read_departments, two_teams

BUILT_IN = Path(__file__).parents[2] / "bot/playbooks/catalog/bankruptcy.yaml"
MONDAY, TUESDAY = "2026-11-09", "2026-11-10"
CLIENTS = ("Аркадий", "Богдан", "Вадим", "Герман", "Демид")


def _narrow(folder: Path) -> str:
    """The built-in playbook, by which an hour of a day goes into tasks and an attempt takes forty minutes."""
    text = BUILT_IN.read_text()
    text = text.replace("workload: 85", "workload: 10")
    text = text.replace("    title: Попытка дозвониться\n", "    title: Попытка дозвониться\n    takes: 40m\n")
    path = folder / "narrow.yaml"
    path.write_text(text)
    return str(path)


async def _evening_of_misses(floor: Floor) -> dict[str, int]:
    """Иван has five attempts on Tuesday morning, and a promise at noon."""
    leads = {}
    for place, name in enumerate(CLIENTS):
        leads[name] = await floor.new_lead(f"{name} Тестов", f"+7495111000{place}")
        await floor.press("Иван", "Не дозвонился", name)
    leads["Вера"] = await floor.new_lead("Вера Тестова", "+74951110009")
    await walk(floor, "Иван", "Вера", "Просит перезвонить → завтра 10:00")
    return leads


async def _opening(floor: Floor) -> dict[str, Any]:
    return next(one for one in reversed(await floor.messages("группа")) if "открываемся" in one["text"])


async def _press(floor: Floor, label: str, by: str = "Ольга") -> str | None:
    return await floor.press_message("группа", (await _opening(floor))["message_id"], label, by=by)


async def _owners(floor: Floor, leads: dict[str, int]) -> dict[str, str]:
    ids = {str(person["crm_user_id"]): name for name, person in floor.people.items()}
    return {name: ids[str((await floor.lead(lead))["assignedById"])] for name, lead in leads.items()}


async def test_what_does_not_fit_is_given_to_colleagues_and_put_off(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    async with Floor(tmp_path / "data", f"{MONDAY}T18:30", playbook=_narrow(tmp_path)) as floor:
        leads = await _evening_of_misses(floor)
        before = {name: await floor.deadlines(f"L_{lead}") for name, lead in leads.items()}
        await floor.at(f"{TUESDAY}T09:00")
        digest = await _opening(floor)
        assert "не поместятся 5" in digest["text"]
        assert labels(digest) == ["Раздать", "Сдвинуть"]

        assert await _press(floor, "Раздать", by="Анна") == "Это может только руководитель."
        assert not await _press(floor, "Раздать")
        asked = await _opening(floor)
        assert "Раздать 1:\nИван С. → Анна К.: 1" in asked["text"]
        assert "Ещё 4 не поместятся и останутся как есть." in asked["text"]
        assert set((await _owners(floor, leads)).values()) == {"Иван"}  # a preview changes nothing
        await _press(floor, "Отмена")
        assert labels(await _opening(floor)) == ["Раздать", "Сдвинуть"]

        await _press(floor, "Раздать")
        assert await _press(floor, "✅ Раздать 1") == "Роздано 1 – Ольга Р., 09:00"
        owners = await _owners(floor, leads)
        (given,) = [name for name, owner in owners.items() if owner == "Анна"]
        assert given != "Вера"
        assert "Анна" in (await floor.comments("lead", leads[given]))[-1]
        assert "Роздано 1 – Ольга Р., 09:00" in (await _opening(floor))["text"]

        await _press(floor, "Сдвинуть")
        assert "Сдвинуть 2:\nИван С. → ср 11.11: 1\nИван С. → чт 12.11: 1" in (await _opening(floor))["text"]
        assert await _press(floor, "✅ Сдвинуть 2") == "Сдвинуто 2 – Ольга Р., 09:00"
        after = {name: await floor.deadlines(f"L_{lead}") for name, lead in leads.items()}
        moved = [name for name in leads if after[name] != before[name]]
        assert len(moved) == 2
        assert not {given, "Вера"} & set(moved)
        # A day holds one of them, and the cadence ends on Thursday.
        assert {after[name][0][:2] for name in moved} == {"ср", "чт"}
        assert "сдвинул попытку" in (await floor.comments("lead", leads[moved[0]]))[-1]
        digest = await _opening(floor)
        assert labels(digest) == []
        assert "Сдвинуто 2" in digest["text"]
        pictures = [one for one in await floor.messages("группа") if one["photo"]]
        assert len(pictures) == 2  # Monday's evening, and this morning the same message all along


@pytest.mark.slow
async def test_nobody_deals_out_what_another_team_has(tmp_path: Path) -> None:
    """In the group of the whole floor Ольга, who leads another team by now, is told who may; he does it."""
    (tmp_path / "data").mkdir()
    async with Floor(tmp_path / "data", f"{MONDAY}T18:00", playbook=_narrow(tmp_path)) as floor:
        number, _ = await two_teams(floor, group_too=False)
        await floor.portal("user.update", {"ID": floor.people["Ольга"]["crm_user_id"], "UF_DEPARTMENT": [number]})
        await floor.portal("department.update", {"ID": FIRST, "UF_HEAD": floor.people["Дмитрий"]["crm_user_id"]})
        await read_departments(floor)
        await _evening_of_misses(floor)
        await floor.at(f"{TUESDAY}T09:00")
        told = "Это клиент отдела «Отдел продаж». С ним может действовать: Дмитрий О."
        assert await _press(floor, "Сдвинуть") == told
        assert labels(await _opening(floor)) == ["Сдвинуть"]
        assert not await _press(floor, "Сдвинуть", by="Дмитрий")
        assert await _press(floor, "✅ Сдвинуть 2", by="Дмитрий") == "Сдвинуто 2 – Дмитрий О., 09:00"


@pytest.mark.slow
async def test_the_day_that_has_passed_and_presses_that_come_twice(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    async with Floor(tmp_path / "data", f"{MONDAY}T18:30", playbook=_narrow(tmp_path)) as floor:
        await _evening_of_misses(floor)
        await floor.at(f"{TUESDAY}T09:00")
        message = (await _opening(floor))["message_id"]
        group, olga = await floor.chat("группа"), floor.people["Ольга"]["id"]

        async def forged(data: str) -> str:
            body = {"user_id": olga, "data": data}
            answer = await floor.post(f"/sandbox/chats/{group}/messages/{message}/press", body)
            await floor.advance("PT3S")
            return str(answer["answer"]["text"])

        await _press(floor, "Сдвинуть")
        await _press(floor, "✅ Сдвинуть 2")
        assert await forged("d|later_ok") == "Уже сдвинуто: Сдвинуто 2 – Ольга Р., 09:00"
        assert await forged("d|burn_ok") == "Эта кнопка больше не действует."
        await floor.at("2026-11-11T09:00")
        assert await forged("d|spread") == "Этот день уже прошёл."


@pytest.mark.slow
async def test_a_day_into_which_all_fits_says_nothing(tmp_path: Path) -> None:
    async with Floor(tmp_path, f"{MONDAY}T18:30") as floor:
        await _evening_of_misses(floor)
        await floor.at(f"{TUESDAY}T09:00")
        digest = await _opening(floor)
        assert "не поместятся" not in digest["text"]
        assert labels(digest) == []


@pytest.mark.slow
async def test_new_clients_of_the_night_beyond_the_day_are_told_of_and_given_out(tmp_path: Path) -> None:
    """One at a time, seven minutes each, twelve do not fit into an hour: a colleague has room for them today."""
    (tmp_path / "data").mkdir()
    short = BUILT_IN.read_text().replace("hours: {mon-fri: 09:00-19:00}", "hours: {mon-fri: 09:00-10:00}")
    short = re.sub(r"slots: \[[^]]*\]", 'slots: ["09:30"]', short)
    (tmp_path / "short.yaml").write_text(short)
    async with Floor(tmp_path / "data", f"{MONDAY}T19:30", playbook=str(tmp_path / "short.yaml")) as floor:
        leads = {}
        for number in range(12):
            leads[f"{number}"] = await floor.new_lead(f"Клиент{number} Ночной", f"+749511100{number:02d}")
            await floor.advance("PT5S")
        await floor.at(f"{TUESDAY}T09:01")
        digest = await _opening(floor)
        assert "новых за ночь 12" in digest["text"]
        over = int(digest["text"].partition("не поместятся ")[2].split()[0].rstrip(",.·"))
        assert over >= 4
        await _press(floor, "Раздать")
        given = next(line for line in (await _opening(floor))["text"].splitlines() if "→ Анна К.:" in line)
        count = int(given.rpartition(" ")[2])
        await _press(floor, f"✅ Раздать {count}")
        owners = await _owners(floor, leads)
        mine = [name for name, owner in owners.items() if owner == "Анна"]
        assert len(mine) == count
        due = [await floor.deadlines(f"L_{leads[name]}") for name in mine]
        assert all(one[0].startswith("вт 10 ") for one in due), due
