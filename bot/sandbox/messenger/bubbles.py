"""Messages as bubbles on a phone: the rows that the people's side returns, and the buttons under them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.sandbox.messenger.shelf import Kept

_EDGES = re.compile(r"^[^\w+]+|[^\w]+$")
_COUNTER = re.compile(r"\s*(?:[·:\u2013\u2014-]\s+.*|\(.*\)|\s\d+(?:/\d+)?)$")
_SERVICE = ("pinned_message", "migrate_to_chat_id", "migrate_from_chat_id", "forum_topic_created")


class PhoneError(Exception):
    """A phone cannot do this; `str()` says why.

    Args:
        status: the HTTP status that fits.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def happened(button: Mapping[str, object]) -> dict[str, object]:
    """What a press on a button that is not for the bot does on the phone."""
    if "url" in button:
        return {"opened": button["url"]}
    copied = button.get("copy_text")
    if isinstance(copied, Mapping):
        return {"copied": copied.get("text")}
    return {"disabled": True}


def _buttons(kept: Kept) -> Iterator[list[dict[str, object]]]:
    rows = (kept.markup or {}).get("inline_keyboard")
    if isinstance(rows, list):
        yield from rows


def find_button(kept: Kept, wanted: str) -> dict[str, object]:
    """The button of this label: the exact one, else the only one that differs by an emoji or a counter beside it."""
    buttons = [button for row in _buttons(kept) for button in row]
    for simplify in (str.strip, _without_edges, _without_counter):
        found = [button for button in buttons if simplify(str(button["text"])) == simplify(wanted)]
        if found and simplify(wanted) and (len(found) == 1 or simplify is str.strip):
            return found[0]
    labels = ", ".join(f"[{button['text']}]" for button in buttons) or "no buttons"
    raise PhoneError(404, f"message {kept.message_id} has no single button «{wanted}»; it has {labels}")


def _without_edges(label: str) -> str:
    return _EDGES.sub("", label).casefold()


def _without_counter(label: str) -> str:
    return _EDGES.sub("", _COUNTER.sub("", label.strip())).casefold()


def shown(kept: Kept) -> dict[str, object]:
    """One row of the messages as a phone shows them."""
    content = kept.content
    row: dict[str, object] = {
        "message_id": kept.message_id,
        "date": kept.date,
        "edit_date": kept.edit_date,
        "from_id": kept.from_id,
        "text": kept.text,
        "entities": content.get("entities", content.get("caption_entities", [])),
        "buttons": [] if kept.deleted else [[_shown_button(button) for button in row] for row in _buttons(kept)],
        "photo": _shown_file(content.get("photo")),
        "document": _shown_file(content.get("document")),
        "deleted": kept.deleted,
        "pinned": kept.pinned,
        "reply_to": kept.reply_to,
        "thread_id": kept.thread_id,
        "contact": content.get("contact"),
        "service": next((key for key in _SERVICE if key in content), None),
    }
    keyboard = (kept.markup or {}).get("keyboard")
    if isinstance(keyboard, list):
        row["reply_keyboard"] = keyboard
    return row


def _shown_button(button: Mapping[str, object]) -> dict[str, object]:
    shown: dict[str, object] = {"text": button["text"]}
    if "callback_data" in button:
        shown["data"] = button["callback_data"]
    elif "disabled" in button:
        shown["disabled"] = True
    else:
        deed = happened(button)
        shown.update({"url": deed["opened"]} if "opened" in deed else {"copy": deed["copied"]})
    if "style" in button:
        shown["style"] = button["style"]
    return shown


def _shown_file(value: object) -> dict[str, object] | None:
    """A photo or a document with the address from which the page can show it."""
    if isinstance(value, list):
        value = value[-1]
    if not isinstance(value, dict):
        return None
    return {**value, "url": f"/sandbox/files/{value['file_id']}"}
