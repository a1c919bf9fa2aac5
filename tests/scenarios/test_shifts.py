"""Shifts and duties on a whole floor: set by the administrator's buttons, felt by cards and deadlines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.playbooks import load
from bot.playbooks.load import builtin
from bot.playbooks.model import Shift
from bot.services.library import Library
from tests.scenarios.floor import Floor
from tests.scenarios.shop import Restarts, sent
from tests.scenarios.test_admin_playbook import asked
from tests.scenarios.test_away import holders, last_about

SHIFTS = """shifts:
  evening: {title: Вечерняя, hours: {mon-fri: 12:00-21:00}}
"""


def playbook_with_shifts(folder: Path) -> str:
    """The built-in one, and a shift."""
    (folder / "data").mkdir()
    text = (Path(load.__file__).parent / "catalog" / "bankruptcy.yaml").read_text(encoding="utf-8")
    path = folder / "bankruptcy.yaml"
    path.write_text(text.replace("client_hours:", f"{SHIFTS}client_hours:", 1), encoding="utf-8")
    return str(path)


@pytest.mark.slow
async def test_an_evening_shift_and_a_duty_saturday(tmp_path: Path) -> None:
    """Friday evening: Анна is on the evening shift, Иван has the duty on Saturday; on Saturday what is left is his."""
    async with Floor(tmp_path / "data", "2026-11-06T18:20", playbook_with_shifts(tmp_path)) as floor:
        admin = next(name for name, person in floor.people.items() if person["role"] == "admin")
        await floor.say(admin, "/people")
        assert "Анна Ковалёва – менеджер" in await floor.shows(admin)
        for label in ("Анна Ковалёва", "Вечерняя"):
            await floor.press(admin, label)
        assert "Вечерняя, пн–пт 12:00–21:00" in await floor.shows("Анна")
        for label in ("← Назад", "Иван Соколов", "➕ Дежурство", "7", "10:00–16:00"):
            await floor.press(admin, label)
        assert "сб 7 ноября, 10:00–16:00" in await floor.shows("Иван")
        missed = await floor.new_lead("Молчит Клиент", "+74951110002")
        await floor.at("2026-11-06T18:45")
        await floor.press("Иван", "Не дозвонился", "Молчит")
        assert await holders(floor, [missed]) == ["Иван сб 7 11:15"]
        await floor.at("2026-11-06T19:30")
        late = await floor.new_lead("Вечерний Клиент", "+74951110003")
        assert await holders(floor, [late]) == ["Анна пт 6 19:45"]
        assert "до 19:45" in (await floor.card("Анна", "Вечерний"))["text"]
        assert not [one for one in await floor.messages("Иван") if "Вечерний" in one["text"]]
        await floor.at("2026-11-07T10:00")
        assert await holders(floor, [late]) == ["Иван пт 6 19:45"]
        assert "Вечерний" in (await last_about(floor, "Иван", "Вечерний"))["text"]
        fresh = await floor.new_lead("Субботний Клиент", "+74951110004", owner="Анна")
        assert await holders(floor, [fresh]) == ["Иван сб 7 10:15"]


@pytest.mark.slow
async def test_a_shift_is_made_and_given_up_from_the_phone(tmp_path: Path) -> None:
    """By words, previewed and published as all changes; who works on it is named before it goes."""
    async with Floor(tmp_path, "2026-11-06T10:00") as floor:
        assert "Смена «Вечер»: добавлено" in await asked(floor, "/hours смена вечер 13:00-22:00")
        await floor.press("Алла", "Применить ко всем")
        assert "Вечер, пн–пт 13:00–22:00" in await asked(floor, "/hours смены")
        await floor.say("Алла", "/people")
        for label in ("Анна Ковалёва", "Вечер"):
            await floor.press("Алла", label)
        lost = await asked(floor, "/hours смена вечер убрать")
        assert "Смены «Вечер» больше не будет. По часам компании станут работать: Анна К." in lost
        await floor.press("Алла", "Отмена")
        assert "в день не больше: 3 → 2" in await asked(floor, "/cadence на номер 2 в день")
        await floor.press("Алла", "Отмена")
        assert "Совет сменить номер – после 12 недозвонов подряд за 3 ч" in await asked(floor, "/cadence")


async def test_only_the_administrator_says_who_works_when(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-06T10:00") as floor:
        await floor.say("Ольга", "/people")
        assert "только администратор" in await floor.shows("Ольга")


async def test_a_manager_in_a_meeting_gets_no_new_lead(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-06T10:00") as floor:
        await floor.new_lead("Встречный Клиент", "+74951110001")
        for label in ("Дозвонился", "250–500 тыс.", "Встреча в офисе"):
            await floor.press("Иван", label, "Встречный")
        await floor.say("Иван", "сегодня в 11:00")
        await floor.press("Иван", "Верно", "Встречный")
        await floor.at("2026-11-06T11:05")
        lead = await floor.new_lead("Новый Клиент", "+74951110002")
        (given,) = await holders(floor, [lead])
        assert given.endswith("пт 6 11:20")
        taker = given.split()[0]
        assert taker != "Иван"
        assert "Вы вместо: Иван" in (await floor.card(taker, "Новый"))["text"]
        await floor.press(taker, "Не дозвонился", "Новый")
        assert await holders(floor, [lead]) == ["Иван пт 6 11:45"]


async def test_the_shifts_of_the_version_in_force_count_for_older_cases() -> None:
    """A case goes on by the rules that it began with; its manager works when he works now."""
    old = builtin("bankruptcy")
    shifts = {"evening": Shift(title="Вечерняя", hours={"mon-fri": "12:00-21:00"})}
    library = Library(old)
    library.add(replace(old, hash="new", playbook=old.playbook.model_copy(update={"shifts": shifts, "title": "Новый"})))
    assert library[old.hash] is old.playbook
    library.active_hash = "new"
    assert (library[old.hash].shifts, library[old.hash].title) == (shifts, old.playbook.title)
    assert library["new"] is library.active


@pytest.mark.slow
async def test_the_night_before_a_duty_saturday(tmp_path: Path) -> None:
    """Who is on duty gets one summary at his opening, and the clients of the night one after another, his or not."""
    async with Floor(tmp_path, "2026-11-06T18:00") as floor:
        admin = next(name for name, person in floor.people.items() if person["role"] == "admin")
        await floor.say(admin, "/people")
        for label in ("Иван Соколов", "➕ Дежурство", "7", "10:00–16:00"):
            await floor.press(admin, label)
        leads = []
        for number, owner in enumerate(("Иван", "Анна", "Иван")):
            await floor.at(f"2026-11-06T2{number}:00")
            leads.append(await floor.new_lead(f"Ночной{number} Клиент", f"+7495111000{number}", owner=owner))
        await floor.at("2026-11-07T10:01")
        assert await holders(floor, leads[::-1]) == ["Иван сб 7 10:15", "Иван сб 7 10:22", "Иван сб 7 10:29"]
        heard = await sent(floor, "Иван", "2026-11-06T19:00")
        assert [one["text"].split("\n")[0] for one in heard] == [
            "Доброе утро! За ночь 3 лида. Свежие первыми, карточки пойдут по одной.",
            "🔴 Обработать лид · до 10:15, осталось 15 мин",
        ]
        await floor.press("Иван", "Не дозвонился", "Ночной2")
        await floor.at("2026-11-09T09:01")
        assert not [one for one in await sent(floor, "Иван", "2026-11-09T09:00") if "За ночь" in one["text"]]
        assert await holders(floor, leads[1:2]) == ["Анна сб 7 10:22"]


async def test_killed_before_new_hours_have_their_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shift is his, nothing of his was placed anew: the next start makes up for it."""
    async with Floor(tmp_path / "data", "2026-11-06T18:20", playbook_with_shifts(tmp_path)) as floor:
        admin = next(name for name, person in floor.people.items() if person["role"] == "admin")
        missed = await floor.new_lead("Молчит Клиент", "+74951110002")
        await floor.press("Иван", "Не дозвонился", "Молчит")
        before = await holders(floor, [missed])
        async with Restarts(floor) as bot:
            monkeypatch.setattr("bot.services.staff_desk.retime", _killed)
            monkeypatch.setattr("bot.services.shift_change.catch_up", _killed)
            await floor.say(admin, "/people")
            for label in ("Иван Соколов", "Вечерняя"):
                await floor.press(admin, label)
            assert await holders(floor, [missed]) == before
            await bot.stop()
            monkeypatch.undo()
            await bot.start()
            assert (before, await holders(floor, [missed])) == (["Иван пн 9 09:30"], ["Иван пн 9 12:00"])


async def _killed(*_args: object) -> None:
    """Nothing of it happens any more."""
