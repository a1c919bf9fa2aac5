"""What a person types about a client: a name, a number among other words, an e-mail, a messenger."""

from __future__ import annotations

import re

from bot.engine.phones import find_phone

_NAME = range(2, 201)
_DIGITS = re.compile(r"\+?\d[\d\s()./\-–]{5,}\d")
_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>.]{2,}")
_LINK = re.compile(r"(?:https?://)?(?:t\.me|telegram\.me)/(\w{3,})", re.IGNORECASE)
_NICK = re.compile(r"@\w{3,}")
_VALUE = re.compile(r"[@+\w][\w.@/+\-() ]{1,80}")
_KINDS = {
    "telegram": "Telegram",
    "телеграм": "Telegram",
    "телеграмм": "Telegram",
    "tg": "Telegram",
    "тг": "Telegram",
    "vk": "Vk",
    "вк": "Vk",
    "вконтакте": "Vk",
    "viber": "Viber",
    "вайбер": "Viber",
    "skype": "Skype",
    "скайп": "Skype",
    "whatsapp": "Other: WhatsApp",
    "ватсап": "Other: WhatsApp",
    "вотсап": "Other: WhatsApp",
    "max": "Other: MAX",
    "макс": "Other: MAX",
}
"""The portal's IM multifield knows the first four by name; what it does not know is told in the value."""


def read_name(text: str) -> tuple[str | None, str | None]:
    """The name, and the number (E.164) that was typed with it; None where there is none.

    A name has 2 to 200 characters and at least two letters.
    """
    phone = find_phone(text)
    words = " ".join((_DIGITS.sub(" ", text) if phone is not None else text).split()).strip(" ,;:–-")
    is_name = len(words) in _NAME and sum(letter.isalpha() for letter in words) >= _NAME.start
    return words if is_name else None, phone.e164 if phone is not None else None


def read_email(text: str) -> str | None:
    """The e-mail address in the text, in lower case."""
    match = _EMAIL.search(text)
    return match[0].lower() if match is not None else None


def read_messenger(text: str) -> str | None:
    """A messenger as the CRM's IM multifield knows it: «тг @petr» is `Telegram: @petr`."""
    words = " ".join(text.split())
    link = _LINK.fullmatch(words)
    if link is not None:
        return f"Telegram: @{link[1]}"
    if _NICK.fullmatch(words):
        return f"Telegram: {words}"
    first, _, value = words.replace(":", " ", 1).partition(" ")
    kind, value = _KINDS.get(first.lower()), value.strip()
    if kind is None or not _VALUE.fullmatch(value):
        return None
    return f"{kind} {value}" if ":" in kind else f"{kind}: {value}"
