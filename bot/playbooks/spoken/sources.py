"""«БДТ = База должников», «добавить TG Telegram»: where leads come from."""

from __future__ import annotations

import re

from bot.locales.ru import changes as ru
from bot.playbooks.edit import Change, Put
from bot.playbooks.model import Playbook
from bot.playbooks.spoken.names import take_source
from bot.playbooks.spoken.reading import Refused, Words

_LONGEST = 40
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,39}$")


def source_changes(playbook: Playbook, text: str) -> list[Change]:
    """A source's new title, or a new source.

    Raises:
        Refused: it was not understood, or cannot be.
    """
    text = re.sub(r"\s+", " ", text).strip()
    added = re.match(rf"(?:{ru.ADD})\s+(\S+)\s+(.+)$", text, re.IGNORECASE)
    if added is not None:
        code = _new_code(playbook, added[1])
        return [Put(("sources", code), {"title": _title(playbook, added[2]), "crm": code})]
    renamed = re.match(r"(.+?)\s*(?:=|:|->|→|\b(?:title|название|назвать|переименовать в)\b)\s*[=:]?\s*(.+)$", text)
    if renamed is None:
        raise Refused(ru.SOURCE_FORMS)
    words = Words(renamed[1])
    words.take(ru.VERBS)
    source = take_source(playbook, words)
    words.must_be_empty(ru.SOURCE_FORMS)
    if source is None:
        raise Refused(ru.SOURCE_FORMS)
    title = _title(playbook, renamed[2], source)
    if title == playbook.sources[source].title:
        raise Refused(ru.ALREADY_THERE.format(place=title))
    return [Put(("sources", source, "title"), title)]


def _new_code(playbook: Playbook, code: str) -> str:
    if not _NAME.match(code):
        raise Refused(ru.SOURCE_CODE.format(code=code[:_LONGEST]))
    taken = {one.crm.casefold() for one in playbook.sources.values()} | {key.casefold() for key in playbook.sources}
    if code.casefold() in taken:
        raise Refused(ru.SOURCE_THERE.format(code=code))
    return code


def _title(playbook: Playbook, words: str, source: str | None = None) -> str:
    """A title that no other source has."""
    title = words.strip().strip("\"'«»").strip()
    if not title or len(title) > _LONGEST or not title.isprintable():
        raise Refused(ru.SOURCE_TITLE.format(most=_LONGEST))
    others = (one.title for key, one in playbook.sources.items() if key != source)
    taken = next((other for other in others if other.casefold() == title.casefold()), None)
    if taken is not None:
        raise Refused(ru.TITLE_TAKEN.format(title=taken))
    return title
