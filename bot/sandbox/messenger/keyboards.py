"""Keyboards under messages: what the messenger accepts and what it keeps of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.sandbox.messenger.formatting import utf16_length
from bot.sandbox.messenger.refusals import BUTTON_DATA_INVALID, Refused, bad_request, not_modelled

MOST_BUTTONS = 100
MOST_IN_A_ROW = 8
MOST_DATA_BYTES = 64
MOST_COPY_UNITS = 256
STYLES = frozenset({"primary", "success", "danger"})

_MODELLED = ("callback_data", "url", "copy_text", "disabled")
_ELSEWHERE = (
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "callback_game",
    "pay",
)
_OTHER_MARKUPS = ("keyboard", "remove_keyboard", "force_reply")

Markup = dict[str, object]


def read_markup(markup: object) -> Markup | None:
    """The markup to keep with a message, or None when there is none.

    Raises:
        Refused: the messenger would not take this keyboard.
    """
    if markup is None or markup == "":
        return None
    if not isinstance(markup, Mapping):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        if any(key in markup for key in _OTHER_MARKUPS):
            return dict(markup)
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    kept = [[_button(button) for button in row] for row in rows if row]
    if sum(len(row) for row in kept) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in kept):
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def is_inline(markup: object) -> bool:
    """Whether the markup is a keyboard of the message itself."""
    return isinstance(markup, Mapping) and "inline_keyboard" in markup


def _wrong_button(text: str) -> Refused:
    return bad_request(f"can't parse inline keyboard button: {text}")


def _button(button: object) -> dict[str, object]:
    if not isinstance(button, Mapping):
        raise _wrong_button("InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _wrong_button('field "text" must be a non-empty String')
    for key in _ELSEWHERE:
        if button.get(key) is not None:
            raise not_modelled(f"buttons with {key}")
    kinds = [key for key in _MODELLED if button.get(key) is not None]
    if not kinds:
        raise _wrong_button("Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise _wrong_button("exactly one action must be specified")
    kept: dict[str, object] = {"text": text.strip()}
    style = button.get("style")
    if style is not None:
        if style not in STYLES:
            raise _wrong_button("invalid button style specified")
        kept["style"] = style
    if button.get("icon_custom_emoji_id") is not None:
        kept["icon_custom_emoji_id"] = button["icon_custom_emoji_id"]
    kind = kinds[0]
    kept[kind] = _action(kind, button[kind])
    return kept


def _action(kind: str, value: object) -> object:
    if kind == "callback_data":
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= MOST_DATA_BYTES:
            raise bad_request(BUTTON_DATA_INVALID)
        return value
    if kind == "url":
        return _url(value)
    if kind == "copy_text":
        copied = value.get("text") if isinstance(value, Mapping) else None
        if not isinstance(copied, str) or not 1 <= utf16_length(copied) <= MOST_COPY_UNITS:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        return {"text": copied}
    return {}


def _url(value: object) -> str:
    url = value.strip() if isinstance(value, str) else ""
    reason = None
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", url)
    if not url:
        reason = "URL host is empty"
    elif scheme is not None and scheme[1].lower() in ("tel", "mailto", "sms"):
        reason = "Wrong port number specified in the URL"
    elif scheme is not None and "://" in url and scheme[1].lower() not in ("http", "https", "tg", "ton"):
        reason = "Unsupported URL protocol"
    elif "://" in url and scheme is not None and scheme[1].lower() in ("http", "https"):
        host = urlsplit(url).hostname or ""
        if not host or any(char.isspace() for char in url):
            reason = "Wrong HTTP URL"
    elif scheme is None and ("." not in url or any(char.isspace() for char in url)):
        reason = "Wrong HTTP URL"
    if reason is not None:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {reason}")
    return url if scheme is not None else f"http://{url}"
