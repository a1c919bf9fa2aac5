"""A portal that takes its time holds up nothing that people see."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.scenarios.floor import Floor


async def test_a_card_comes_while_the_portal_is_still_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Floor(tmp_path, "2026-11-03T10:00") as floor:
        await floor.new_lead()
        await floor.press("Иван", "Просит перезвонить", "Проверкин")
        await floor.press("Иван", "через 1 ч", "Проверкин")
        app, go_on = floor.demo.app, asyncio.Event()

        async def hanging() -> int:
            await go_on.wait()
            return 0

        monkeypatch.setattr(app.intake, "poll", hanging)
        monkeypatch.setattr(app.intake, "poll_needed", lambda: True)
        floor.demo.clock.move_to(floor.demo.clock.now().replace(hour=8, minute=30))
        async with asyncio.timeout(20):
            for _ in range(2):
                await app.pulse.beat()
        assert "Обещали" in (await floor.card("Иван", "Проверкин"))["text"]
        go_on.set()
