"""A private PostgreSQL server for tests: its own folder, its own port, no durability, gone with the test run."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.engine import make_url

_VERSIONS = Path("/usr/lib/postgresql")
_OWNER = "postgres"  # the server refuses to run as root; its package makes this user
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "logging_collector": "off",
}


class PostgresMissing(Exception):
    """The server's programs are not installed, or may not be run here."""


@dataclass
class Cluster:
    """A running server. Leaving the `with` block stops it."""

    programs: Path
    folder: Path
    port: int
    template: str | None = None
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or a copy of the one at the address `template`; its address."""
        name = f"dozvon_{next(self._numbers)}"
        source = make_url(template).database if template else "template0"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy")
        return f"postgresql+asyncpg://{_OWNER}:secret@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        """Stop the server at once and remove its folder; connections that are still open break."""
        _run([self.programs / "pg_ctl", "stop", "-D", self.folder / "data", "-m", "immediate", "-w"])
        shutil.rmtree(self.folder)

    def _sql(self, statement: str) -> None:
        _run(
            [
                self.programs / "psql",
                "-XqAt",
                "-h",
                "127.0.0.1",
                "-p",
                self.port,
                "-U",
                _OWNER,
                "-c",
                statement,
                "postgres",
            ]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_cluster() -> Cluster:
    """Make and start a server in a folder of its own (not pytest's, which other users may not enter).

    Raises:
        PostgresMissing: there is no PostgreSQL here, or no user that may run it.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="dozvon-postgresql-"))
    if os.geteuid() == 0:
        shutil.chown(folder, _OWNER, _OWNER)
    try:
        port = _start(programs, folder)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return Cluster(programs, folder, port)


def _start(programs: Path, folder: Path) -> int:
    data = folder / "data"
    _run([programs / "initdb", "-D", data, "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
    port = _free_port()
    lines = "".join(f"{name} = '{value}'\n" for name, value in {**_SETTINGS, "port": str(port)}.items())
    with (data / "postgresql.conf").open("a") as file:
        file.write(lines)
    _run([programs / "pg_ctl", "start", "-D", data, "-l", folder / "log", "-w", "-t", "60"])
    return port


def _programs() -> Path:
    on_path = shutil.which("initdb")
    versions = sorted(_VERSIONS.glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]))
    if not on_path and not versions:
        raise PostgresMissing(f"initdb is neither on the PATH nor below {_VERSIONS}")
    if os.geteuid() == 0 and not shutil.which("runuser"):
        raise PostgresMissing("it does not run as root, and runuser is missing")
    if os.geteuid() == 0 and _OWNER not in {user.pw_name for user in pwd.getpwall()}:
        raise PostgresMissing(f"it does not run as root, and there is no user {_OWNER}")
    return versions[-1].parent if versions else Path(str(on_path)).resolve().parent


def _run(command: list[object]) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", _OWNER, "--", *words]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{words} failed:\n{done.stdout}\n{done.stderr}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
