"""The memory of one bot process with a floor full of live cases, beside that of `import aiogram` alone."""

from __future__ import annotations

import asyncio
import logging
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

PEOPLE = 200
CASES = 1000
PRESSES = 1000
BAR_MIB = 300


def peak_mib() -> float:
    """The most that this process has ever held, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # `getrusage` of a child begins with what its parent held
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024  # type: ignore[index]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


async def _measure() -> None:
    # Here, because the process that starts this one shall not import aiogram for it.
    from benchmarks.ours import LABEL, TOKEN, running_app
    from benchmarks.running import running_telegram

    with tempfile.TemporaryDirectory() as name:
        async with running_telegram() as telegram, running_app(telegram, Path(name), people=PEOPLE, cases=CASES):
            await telegram.begin(TOKEN, people=PEOPLE, presses=PRESSES, label=LABEL)
            await telegram.report(TOKEN)
            print(peak_mib())


def _child(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    return float(done.stdout)


def run() -> bool:
    """Measure, print, and say whether the bar is held."""
    print(f"memory: {CASES} live cases with task, timers and card of {PEOPLE} people, after {PRESSES} presses")
    alone = _child("import aiogram; from benchmarks.memory import peak_mib; print(peak_mib())")
    ours = _child("from benchmarks.memory import measure; measure()")
    held = ours <= BAR_MIB
    word = "held" if held else "MISSED"
    print(f"  `import aiogram` alone {alone:.0f} MiB, dozvon {ours:.0f} MiB (bar {BAR_MIB}): {word}")
    return held


def measure() -> None:
    """In a process of its own: print the peak in MiB."""
    logging.disable(logging.WARNING)
    asyncio.run(_measure())
