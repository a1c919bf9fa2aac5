"""Settings that cannot work: one line that names them, an exit code, and nothing half-written."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.running import ROOT, free_port

pytestmark = pytest.mark.chaos
GOOD = {
    "BOT_TOKEN": "7000000001:made-up-token",
    "TELEGRAM_API_URL": "http://127.0.0.1:9",
    "BITRIX24_WEBHOOK_URL": "http://127.0.0.1:9/rest/1/made-up/",
}


def _dozvon(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in an empty folder with nothing but these settings."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings}
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """One line on stderr with these words in it, and a code that says no."""
    assert done.returncode != 0
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


def _demo(folder: Path, *, port: int | None = None, data: str = "data", playbook: str = "bankruptcy"):
    return _dozvon(folder, "demo", "--port", str(port or free_port()), "--data", data, "--playbook", playbook)


def test_port_taken(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        _refused(_demo(tmp_path, port=port), f"port {port}", "--port")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    _refused(_demo(tmp_path, data="file/data"), "file/data", "--data")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "broken.yaml"),
        ("", "broken.yaml"),
        ("playbook: [", "broken.yaml"),
        ("playbook: only_a_name\n", "broken.yaml"),
        ("\x00\x01\x02", "broken.yaml"),
    ],
    ids=["missing", "empty", "not yaml", "incomplete", "binary"],
)
def test_playbook_that_cannot_be_used(tmp_path: Path, content: str | None, word: str) -> None:
    if content is not None:
        (tmp_path / "broken.yaml").write_text(content)
    done = _demo(tmp_path, playbook="broken.yaml")
    assert done.returncode != 0
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ([] if content is None else ["broken.yaml"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"BOT_TOKEN": ""}, ("BOT_TOKEN", "missing")),
        ({"BOT_TOKEN": "  "}, ("BOT_TOKEN", "digits:letters")),
        ({"BOT_TOKEN": "no token"}, ("BOT_TOKEN", "digits:letters")),
        ({"BITRIX24_WEBHOOK_URL": ""}, ("BITRIX24_WEBHOOK_URL", "missing")),
        ({"BITRIX24_WEBHOOK_URL": "https://portal.example/rest/"}, ("BITRIX24_WEBHOOK_URL", "https://PORTAL/rest/")),
        ({"DATABASE_URL": "mysql://somewhere/x"}, ("DATABASE_URL",)),
        ({"ADMINS": "12,abc"}, ("ADMINS",)),
        ({"HTTP_PORT": "99999"}, ("HTTP_PORT",)),
        ({"LOG_LEVEL": "LOUD"}, ("LOG_LEVEL",)),
        ({"PLAYBOOK": "no_such_playbook"}, ("no_such_playbook",)),
        ({"PUBLIC_URL": "https://bot.example"}, ("WEBHOOK_SECRET",)),
    ],
    ids=lambda value: "-".join(f"{key}={text}" for key, text in value.items()) if isinstance(value, dict) else "",
)
def test_setting_that_cannot_work(tmp_path: Path, settings: dict[str, str], words: tuple[str, ...]) -> None:
    _refused(_dozvon(tmp_path, "run", **(GOOD | {"HTTP_PORT": str(free_port())} | settings)), *words)
    assert list(tmp_path.iterdir()) == []


def test_secrets_stay_out_of_what_is_printed(tmp_path: Path) -> None:
    done = _dozvon(tmp_path, "run", **(GOOD | {"BITRIX24_WEBHOOK_URL": "https://portal.example/rest/1/s3cret/x/y"}))
    assert done.returncode != 0
    assert "s3cret" not in done.stderr
    assert "made-up-token" not in done.stderr


@pytest.mark.parametrize("start", ["yesterday", "2026-11-02T10:00:00"])
def test_start_that_is_no_moment(tmp_path: Path, start: str) -> None:
    _refused(_dozvon(tmp_path, "demo", "--port", str(free_port()), "--start", start), "--start", "+03:00")
    assert list(tmp_path.iterdir()) == []
