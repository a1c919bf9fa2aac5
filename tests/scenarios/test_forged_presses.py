"""Presses that no button of ours makes: each gets one honest line, and no traceback."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.db import tables as t
from tests.scenarios.floor import Floor

_HUGE = "9" * 40
_ODD = ("", "²", "ж", "-1", "0", "x", _HUGE[:19], "9999-12-31", "0001-01-01")


def _forged(task: str) -> list[str]:
    case = task.partition("-")[0]
    found = [
        "",
        "z|1",
        "q",
        "m|",
        "t||",
        "c|||",
        "s|",
        "x|",
        "|",
        "n|",
        "n|1",
        "n|1|1|ok",
        "n|²|1|ok",
        "n|1|1|open|7",
        f"n|{_HUGE}|1|back",
        "q|²-1|0|reached|answered",
        f"q|{_HUGE[:20]}-1|0|a|b",
    ]
    for odd in _ODD:
        found += [f"{kind}|{task}|{odd}|reached|answered" for kind in "qmt"]
        found += [
            f"q|{task}|0|{odd}|answered",
            f"q|{task}|0|reached|{odd}",
            f"c|{task}|0|{odd}",
            f"c|{task}|{odd}|call",
        ]
        found += [f"c|{task}|0|give|{odd}", f"s|{odd}", f"s|next|{odd}", f"x|{odd}|{odd}"]
        found += [f"x|{verb}|{odd}" for verb in ("users", "user", "role", "retry", "skip", "take", "hand")]
        found += [
            f"p|{verb}|{odd}|{odd}" for verb in ("s", "cad", "fig", "ver", "v", "back", "file", "ok", "new", "ask")
        ]
        found += [f"x|role|{odd}|manager", f"x|role|2|{odd}", f"x|advise|{odd}|{odd}", f"x|give|{case}|{odd}"]
    return [*found, "x|role|manager", "x|role|manager|2", "x|user|manager", "x|role|2|2", "x|give", "x|advise"]


_TIMES = (
    *(
        "",
        "at",
        "at.",
        "at.²",
        "at.zzzzzzzzzz.p",
        "at.zik0zj.?",
        "cal",
        "cal.",
        "cal.9999-12",
        "cal.0001-01",
        "cal.1-1-1",
    ),
    *("cal.2026-13", "day.", "day.9999-12-31", "day.0001-01-01", "zone.", "zone.²", "zone.99", "noop"),
)


async def _press(floor: Floor, number: int, who: str, data: str, message: dict[str, Any]) -> None:
    person = floor.people[who]
    user = {"id": person["id"], "is_bot": False, "first_name": person["name"]}
    chat = {"id": person["private_chat_id"], "type": "private"}
    at = int(datetime(2026, 11, 3, tzinfo=UTC).timestamp())
    query = {"id": str(number), "from": user, "chat_instance": "1", "data": data}
    query["message"] = {"message_id": message["message_id"], "date": at, "chat": chat, "text": "…"}
    await floor.demo.app.inbox.take([{"update_id": number, "callback_query": query}])
    await floor.demo.app.inbox.drain()


async def _failures(floor: Floor) -> list[str]:
    async with floor.demo.app.database.read() as connection:
        query = select(t.tg_inbox.c.body, t.tg_inbox.c.error).where(t.tg_inbox.c.error.is_not(None))
        return [f"{row.body['callback_query'].get('data')}: {row.error}" for row in await connection.execute(query)]


@pytest.mark.parametrize("role", ["manager", pytest.param("supervisor", marks=pytest.mark.slow), "admin"])
async def test_forged_presses_change_nothing_and_are_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, role: str
) -> None:
    async with Floor(tmp_path, "2026-11-03T10:00") as floor:
        who = next(name for name, person in floor.people.items() if person["role"] == role)
        owner = next(name for name, person in floor.people.items() if person["role"] == "manager")
        await floor.new_lead(owner=owner)
        card = await floor.card(owner, "Проверкин")
        data = next(button["data"] for row in card["buttons"] for button in row if (button.get("data") or "")[0] == "q")
        task = data.split("|")[1]
        before = await _state(floor)
        after = int((await floor.get("/sandbox/journal?target=telegram"))[-1]["id"])
        forged = _forged(task)
        with caplog.at_level(logging.ERROR):
            for number, one in enumerate(forged):
                await _press(floor, 10_000_000 + number, who, one, card)
        assert await _failures(floor) == []
        assert [record.getMessage() for record in caplog.records] == []
        journal = await floor.get(f"/sandbox/journal?target=telegram&after={after}")
        assert sum(row["method"] == "answerCallbackQuery" for row in journal) == len(forged)
        assert await _state(floor) == before


async def test_forged_times_change_nothing_and_are_answered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Floor(tmp_path, "2026-11-03T10:00") as floor:
        await floor.new_lead()
        await floor.press("Иван", "Просит перезвонить", "Проверкин")
        card = await floor.card("Иван", "Проверкин")
        data = next(one["data"] for row in card["buttons"] for one in row if (one.get("data") or "").startswith("t|"))
        shown, before = await floor.shows("Иван"), await _state(floor)
        with caplog.at_level(logging.ERROR):
            for number, word in enumerate(_TIMES):
                await _press(floor, 10_000_000 + number, "Иван", f"{data.rpartition('|')[0]}|{word}", card)
        assert await _failures(floor) == []
        assert [record.getMessage() for record in caplog.records] == []
        await floor.idle()
        assert await floor.shows("Иван") == shown
        assert await _state(floor) == before


async def _state(floor: Floor) -> tuple[Any, ...]:
    async with floor.demo.app.database.read() as connection:
        cases = (await connection.execute(select(t.cases.c.id, t.cases.c.stage, t.cases.c.owner))).all()
        invites = (await connection.execute(select(func.count()).select_from(t.invites))).scalar_one()
        return ([tuple(row) for row in cases], invites)
