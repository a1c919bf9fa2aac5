"""From a file or a text to a playbook that can be worked with, or to the list of what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from bot.playbooks.check import check
from bot.playbooks.errors import Finding, PlaybookInvalid, did_you_mean
from bot.playbooks.model import Playbook
from bot.playbooks.source import Document
from bot.playbooks.translate import translate

_CATALOG = resources.files("bot.playbooks") / "catalog"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid playbook together with the text it was read from."""

    playbook: Playbook
    text: str
    hash: str
    """SHA-256 of the text, hex: the version that a case keeps."""


def load(
    source: Path | str, *, name: str = "playbook.yaml", checked: bool = False, like: Playbook | None = None
) -> Loaded:
    """Read, validate and cross-check a playbook.

    Args:
        source: a `Path` is read; a `str` is the text itself.
        name: how findings call a text; a path gives its own name.
        checked: a stored version that passed the cross-checks when it was stored: they are not made again.
        like: as of `check`.

    Raises:
        PlaybookInvalid: it cannot be read or used; every finding names file, line, path and the mend.
    """
    if isinstance(source, Path):
        name = source.name
        text = read(source)
    else:
        text = source
    document = Document(text, name)
    playbook = parse(document)
    findings = [] if checked else check(playbook, document, like=like)
    if findings:
        raise PlaybookInvalid(findings)
    return Loaded(playbook, text, sha256(text.encode()).hexdigest())


def parse(document: Document) -> Playbook:
    """The model of a parsed text, not yet cross-checked.

    Raises:
        PlaybookInvalid: a key or a value is not as the model says.
    """
    try:
        return Playbook.model_validate(document.data, strict=True)
    except ValidationError as error:
        raise PlaybookInvalid(translate(document, error.errors(include_url=False))) from error


def builtin_names() -> list[str]:
    """Names of the playbooks that come with the program, sorted."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _CATALOG.iterdir() if entry.name.endswith(".yaml"))


@cache
def builtin(name: str) -> Loaded:
    """A playbook that comes with the program.

    Raises:
        PlaybookInvalid: there is none of this name.
    """
    names = builtin_names()
    if name not in names:
        problem = f'there is no built-in playbook "{name}"'
        raise PlaybookInvalid([Finding(name, 0, "", problem, did_you_mean(name, names))])
    return load((_CATALOG / f"{name}.yaml").read_text(encoding="utf-8"), name=f"{name}.yaml")


def read(path: Path) -> str:
    """The text of a file.

    Raises:
        PlaybookInvalid: there is no such file, or it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlaybookInvalid([Finding(path.name, 0, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise PlaybookInvalid([Finding(path.name, 0, "", "is not UTF-8 text", "save it as UTF-8")]) from error
