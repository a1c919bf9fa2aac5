"""A hundred thousand leads in a month, as `dozvon simulate` does it: wall clock, processor time, memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

LEADS = 100_000
DAYS = 30
JOBS = 2
BAR_SECONDS = 60.0
BAR_MIB = 1024.0
_PEEK_SECONDS = 0.2


def run() -> bool:
    """Measure, print, and say whether the bars are held."""
    print(f"simulate: {LEADS} leads in {DAYS} days, built-in playbook, {JOBS} processes")
    size = ("--leads", str(LEADS), "--days", str(DAYS), "--jobs", str(JOBS), "--json")
    before, began = os.times(), time.monotonic()
    done = subprocess.Popen([sys.executable, "-m", "bot", "simulate", *size], stdout=subprocess.DEVNULL)  # noqa: S603
    peaks: dict[int, float] = {}
    watcher = threading.Thread(target=_watch, args=(done, peaks))
    watcher.start()
    code = done.wait()
    watcher.join()
    seconds, after = time.monotonic() - began, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    mib = sum(peaks.values())
    held = code == 0 and seconds <= BAR_SECONDS and mib <= BAR_MIB
    print(f"  {seconds:.0f} s (bar {BAR_SECONDS:.0f}), {spent:.0f} s of processor time, ", end="")
    print(f"{mib:.0f} MiB in all processes (bar {BAR_MIB:.0f}): {'held' if held else 'MISSED'}")
    return held


def _watch(process: subprocess.Popen[bytes], peaks: dict[int, float]) -> None:
    """Note the most that each process of the family has held, where the system tells."""
    while process.poll() is None:
        for pid in _family(process.pid):
            status = Path(f"/proc/{pid}/status")
            try:
                found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            except OSError:
                continue
            if found is not None:
                peaks[pid] = int(found[1]) / 1024
        time.sleep(_PEEK_SECONDS)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in _family(int(child)))]
