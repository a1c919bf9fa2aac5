"""Settings that cannot work: one line that names them, an exit code, and nothing half-written."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.settings import Settings
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


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run commands in, inside this process, which has imported the libraries already."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.running.set_up_logging", lambda level, form: None)
    return tmp_path


def _inside(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """As `_dozvon`, in this process."""
    nothing: dict[str, str | None] = dict.fromkeys(map(str.upper, Settings.model_fields))
    done = CliRunner().invoke(cli, words, env=nothing | settings)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def _refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """One line on stderr with these words in it, and a code that says no."""
    assert done.returncode != 0
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert word in lines[0]


def _demo(*, port: int | None = None, data: str = "data", playbook: str = "bankruptcy"):
    return _inside("demo", "--port", str(port or free_port()), "--data", data, "--playbook", playbook)


def test_port_taken(here: Path) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        _refused(_demo(port=port), f"port {port}", "--port")
    assert list(here.iterdir()) == []


def test_folder_that_cannot_be_written(here: Path) -> None:
    (here / "file").write_text("not a folder")
    _refused(_demo(data="file/data"), "file/data", "--data")
    assert [path.name for path in here.iterdir()] == ["file"]


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
def test_playbook_that_cannot_be_used(here: Path, content: str | None, word: str) -> None:
    if content is not None:
        (here / "broken.yaml").write_text(content)
    done = _demo(playbook="broken.yaml")
    assert done.returncode != 0
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in here.iterdir()] == ([] if content is None else ["broken.yaml"])


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
def test_setting_that_cannot_work(here: Path, settings: dict[str, str], words: tuple[str, ...]) -> None:
    _refused(_inside("run", **(GOOD | {"HTTP_PORT": str(free_port())} | settings)), *words)
    assert list(here.iterdir()) == []


def test_the_process_itself_says_it_in_one_line(tmp_path: Path) -> None:
    _refused(_dozvon(tmp_path, "run", **(GOOD | {"BOT_TOKEN": ""})), "BOT_TOKEN", "missing")
    assert list(tmp_path.iterdir()) == []


def test_secrets_stay_out_of_what_is_printed(here: Path) -> None:
    done = _inside("run", **(GOOD | {"BITRIX24_WEBHOOK_URL": "https://portal.example/rest/1/s3cret/x/y"}))
    assert done.returncode != 0
    assert "s3cret" not in done.stderr
    assert "made-up-token" not in done.stderr


@pytest.mark.parametrize("start", ["yesterday", "2026-11-02T10:00:00"])
def test_start_that_is_no_moment(here: Path, start: str) -> None:
    _refused(_inside("demo", "--port", str(free_port()), "--start", start), "--start", "+03:00")
    assert list(here.iterdir()) == []
