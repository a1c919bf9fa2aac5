"""Where a run keeps its files: in memory, where there is room, and what all its workers share."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30
"""Bytes that must be free there; a whole run takes a few hundred megabytes."""
_FLOORS = "DOZVON_TEST_FLOORS"


def choose_folders() -> None:
    """Call it before anything makes a temporary file; the workers of a run inherit what its first process chose.

    Thousands of small databases say fsync at every commit, and nobody pulls the plug of a test.
    """
    if "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)
    if _FLOORS not in os.environ:
        os.environ[_FLOORS] = tempfile.mkdtemp(prefix="dozvon-floors-")
        atexit.register(shutil.rmtree, os.environ[_FLOORS], ignore_errors=True)


def floors() -> Path:
    """Where the data of freshly opened floors is kept, to be copied."""
    if _FLOORS not in os.environ:  # a script, not a run of tests
        choose_folders()
    return Path(os.environ[_FLOORS])
