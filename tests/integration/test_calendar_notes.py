"""Admins hear once of a year whose holidays the bot does not know."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from bot.db import tables as t
from bot.db.session import Database
from bot.services.calendar_notes import CalendarNotes
from tests.integration.shell_kit import open_shell


async def test_every_admin_hears_of_an_unknown_year_once(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    shell = await open_shell(database)
    async with database.write() as connection:
        await connection.execute(update(t.people).where(t.people.c.role == "admin").values(telegram_id=900))
    notes = CalendarNotes(shell.clock, shell.library, shell.people, shell.showing)
    await notes.tell()
    assert notes.findings() == []
    shell.clock.move_to(datetime(2027, 12, 1, 7, tzinfo=UTC))
    with caplog.at_level(logging.WARNING):
        notes.log()
    assert [record.message for record in caplog.records] == notes.findings()
    assert "production calendar of 2028" in notes.findings()[0]
    for _ in range(2):
        await notes.tell()
    async with database.read() as connection:
        query = select(t.messages.c.chat_id, t.messages.c.screen).where(t.messages.c.key.like("calendar:%"))
        ((chat, screen),) = (await connection.execute(query)).all()
    assert chat == 900
    assert "Производственный календарь на 2028 год мне не известен" in screen["text"]
