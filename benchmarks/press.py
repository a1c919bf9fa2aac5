"""A whole durable press against a plain aiogram handler without a database, side by side over the same server."""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
from pathlib import Path

from benchmarks.ours import LABEL, TOKEN, count_rows, running_app
from benchmarks.plain import run_plain
from benchmarks.running import Report, Telegram, running_telegram

PEOPLE = 32
PRESSES = 512
ROUNDS = 5
BAR = 0.4


class Lost(Exception):
    """A press was not stored, or its edit did not come."""


async def _run_ours(telegram: Telegram) -> Report:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running_app(telegram, folder, people=PEOPLE, cases=PEOPLE) as app:
            await telegram.begin(TOKEN, people=PEOPLE, presses=PRESSES, label=LABEL)
            report = await telegram.report(TOKEN)
            await app.pulse.settle()
        stored, journal, unshown = count_rows(folder)
    if (stored, journal, unshown) != (PRESSES, PRESSES, 0):
        raise Lost(f"{stored} updates done, {journal} journal lines, {unshown} messages not shown; {PRESSES} pressed")
    return report


def _check(name: str, report: Report) -> Report:
    seen = (report.pressed, report.edited, report.answered, report.unasked, report.unconfirmed)
    if seen != (PRESSES, PRESSES, PRESSES, 0, 0):
        raise Lost(f"{name}: {report}")
    return report


async def _rounds() -> list[tuple[float, float]]:
    pairs = []
    async with running_telegram() as telegram:
        for number in range(ROUNDS + 1):
            gc.collect()
            plain = _check("plain aiogram", await run_plain(telegram, people=PEOPLE, presses=PRESSES)).rate
            gc.collect()
            ours = _check("dozvon", await _run_ours(telegram)).rate
            if number:  # the first round warms both up
                pairs.append((plain, ours))
                print(
                    f"  round {number}: plain {plain:5.0f}/s   dozvon {ours:5.0f}/s   ratio {ours / plain:.2f}",
                    flush=True,
                )
    return pairs


def run() -> bool:
    """Measure, print, and say whether the bar is held."""
    print(f"press: {PRESSES} presses a run by {PEOPLE} people, each pressing again when the edit has arrived")
    print(
        "  plain: aiogram, CallbackData, keyboard builder, no database; dozvon: every press in SQLite, synchronous=FULL"
    )
    try:
        pairs = asyncio.run(_rounds())
    except Lost as lost:
        print(f"  LOST: {lost}")
        return False
    ratio = statistics.median(ours / plain for plain, ours in pairs)
    plain, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    held = ratio >= BAR
    print(f"  every press is in the database, every edit arrived: {ROUNDS} rounds of {PRESSES}")
    print(f"  medians: plain {plain:.0f}/s, dozvon {ours:.0f}/s, ratio {ratio:.2f} (bar {BAR}): {_word(held)}")
    return held


def _word(held: bool) -> str:
    return "held" if held else "MISSED"
