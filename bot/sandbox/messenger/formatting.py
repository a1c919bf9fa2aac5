"""Text as Telegram understands it: HTML into plain text and entities, counted in UTF-16 units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.sandbox.messenger.refusals import Refused, bad_request

Entity = dict[str, object]

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "tg-time": "date_time",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot));?")
_PLAIN = re.compile(r"[^<&]+")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_LINK = re.compile(r"(?:https?|tg|ton)://\S+", re.IGNORECASE)
_BARE_LINK = re.compile(r"[\w.-]+\.[a-zA-Z]{2,}(?:[/?#]\S*)?")
_FOUND = (
    ("bot_command", re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("url", re.compile(r"https?://[^\s<>]+[^\s<>.,;:!?)\]»\"']")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")),
    ("mention", re.compile(r"(?<![\w@/.])@[A-Za-z][A-Za-z0-9_]{3,31}\b")),
    ("phone_number", re.compile(r"(?<![\w+])\+\d{10,15}(?!\w)")),
)
_OPAQUE = frozenset({"code", "pre", "text_link", "date_time"})


def utf16_length(text: str) -> int:
    """The length of `text` as Telegram counts it: characters outside the basic plane count as two."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    begin: int
    attributes: dict[str, str] = field(default_factory=dict)


class _Html:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        while self.at < len(self.source):
            if run := _PLAIN.match(self.source, self.at):
                self._put(run[0])
                self.at = run.end()
            elif self.source[self.at] == "<":
                if self.source.startswith("</", self.at):
                    self._close()
                else:
                    self._start()
            else:
                self._put(self._character())
        if self.open:
            raise self._wrong(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.out), self.entities

    def _put(self, text: str) -> None:
        self.out.append(text)
        self.length += utf16_length(text)

    def _character(self) -> str:
        """The next character, a character reference read as what it stands for."""
        match = _CHARACTER.match(self.source, self.at)
        if match is not None:
            code = int(match[1], 16) if match[1] else int(match[2]) if match[2] else ord(_NAMED[match[3]])
            if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000:
                self.at = match.end()
                return chr(code)
        self.at += 1
        return self.source[self.at - 1]

    def _wrong(self, text: str, at: int | None = None) -> Refused:
        where = "" if at is None else f" at byte offset {len(self.source[:at].encode())}"
        return bad_request(f"can't parse entities: {text}{where}")

    def _peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def _skip_spaces(self) -> None:
        while self._peek().isspace():
            self.at += 1

    def _word(self, stops: str) -> str:
        start = self.at
        while self._peek() and not self._peek().isspace() and self._peek() not in stops:
            self.at += 1
        return self.source[start : self.at]

    def _start(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._word(">").lower()
        if not self._peek():
            raise self._wrong("Unclosed start tag", begin)
        if tag not in _TYPES:
            raise self._wrong(f'Unsupported start tag "{tag}"', begin)
        opened = _Open(tag, self.length, begin)
        while self._peek() != ">":
            self._skip_spaces()
            if self._peek() == ">":
                break
            name, value = self._attribute(tag, begin)
            opened.attributes[name] = value
        self.at += 1
        if tag == "span" and opened.attributes.get("class") != "tg-spoiler":
            raise self._wrong('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(opened)

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = self._word("=>").lower()
        if not self._peek():
            raise self._wrong("Unclosed start tag", begin)
        if not name:
            raise self._wrong(f'Empty attribute name in the tag "{tag}"', begin)
        self._skip_spaces()
        if self._peek() != "=":
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise self._wrong(f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin)
        self.at += 1
        self._skip_spaces()
        quote = self._peek()
        if quote in ("'", '"'):
            self.at += 1
            value = ""
            while self._peek() and self._peek() != quote:
                value += self._character()
            self.at += 1
        else:
            token = _NAME_TOKEN.match(self.source, self.at)
            value = "" if token is None else token[0].lower()
            start, self.at = self.at, self.at + len(value)
            if self._peek() and not self._peek().isspace() and self._peek() != ">":
                raise self._wrong("Unexpected end of name token", start)
        if not self._peek():
            raise self._wrong("Unclosed start tag", begin)
        return name, value

    def _close(self) -> None:
        begin = self.at
        if not self.open:
            raise self._wrong("Unexpected end tag", begin)
        self.at += 2
        name = self._word(">").lower()
        self._skip_spaces()
        if self._peek() != ">":
            raise self._wrong("Unclosed end tag", begin)
        self.at += 1
        opened = self.open.pop()
        if name and name != opened.tag:
            raise self._wrong(
                f"Unmatched end tag at byte offset {len(self.source[:begin].encode())}, expected "
                f'"</{opened.tag}>", found "</{name}>"'
            )
        if self.length > opened.start:
            self._emit(opened)

    def _emit(self, opened: _Open) -> None:
        entity: Entity = {
            "type": _TYPES[opened.tag],
            "offset": opened.start,
            "length": self.length - opened.start,
        }
        attributes = opened.attributes
        if opened.tag == "a":
            inner = "".join(self.out).encode("utf-16-le")[2 * opened.start :].decode("utf-16-le")
            url = _link(attributes.get("href") or inner)
            if url is None:
                return
            entity["url"] = url
        elif opened.tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "tg-time":
            unix, shape = attributes.get("unix", ""), attributes.get("format", "")
            if not re.fullmatch(r"-?\d{1,12}", unix) or not _TIME_FORMAT.fullmatch(shape):
                raise self._wrong('Tag "tg-time" must have a valid unix time and format', opened.begin)
            entity["unix_time"] = int(unix)
            if shape:
                entity["date_time_format"] = shape
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = attributes.get("emoji-id", "")
        elif opened.tag == "code" and self.open and self.open[-1].tag == "pre":
            language = attributes.get("class", "").removeprefix("language-")
            if language:
                self.open[-1].attributes["language"] = language
            return
        elif opened.tag == "pre" and "language" in attributes:
            entity["language"] = attributes["language"]
        self.entities.append(entity)


def _link(url: str) -> str | None:
    """The address as Telegram keeps it; None for what it shows as plain text (`tel:` above all)."""
    url = url.strip()
    if _LINK.fullmatch(url):
        return url
    return f"http://{url}" if _BARE_LINK.fullmatch(url) else None


def _trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the white space at both ends, which Telegram does not keep."""
    cut = utf16_length(text[: len(text) - len(text.lstrip())])
    kept = text.strip()
    end = utf16_length(kept)
    moved: list[Entity] = []
    for entity in entities:
        start = max(int(str(entity["offset"])) - cut, 0)
        stop = min(int(str(entity["offset"])) + int(str(entity["length"])) - cut, end)
        if stop > start:
            moved.append({**entity, "offset": start, "length": stop - start})
    return kept, moved


def _with_found(text: str, entities: list[Entity]) -> list[Entity]:
    """Commands, links and phone numbers are found in plain text as well, but not inside code or links."""
    taken = [
        (int(str(entity["offset"])), int(str(entity["offset"])) + int(str(entity["length"])))
        for entity in entities
        if entity["type"] in _OPAQUE
    ]
    found = list(entities)
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            start = utf16_length(text[: match.start()])
            stop = start + utf16_length(match[0])
            if any(start < other_stop and other_start < stop for other_start, other_stop in taken):
                continue
            taken.append((start, stop))
            found.append({"type": kind, "offset": start, "length": stop - start})
    return sorted(found, key=lambda entity: (int(str(entity["offset"])), -int(str(entity["length"]))))


def read_text(
    text: str, parse_mode: str | None = None, entities: list[Entity] | None = None
) -> tuple[str, list[Entity]]:
    """The text that people see and its entities.

    Raises:
        Refused: broken HTML, or a parse mode that does not exist or is not modelled.
    """
    marks: list[Entity] = list(entities or [])
    if parse_mode:
        if parse_mode.lower() in ("markdown", "markdownv2"):
            raise Refused(501, f"Not Implemented: the sandbox does not model parse_mode {parse_mode}")
        if parse_mode.lower() != "html":
            raise bad_request("unsupported parse_mode")
        text, marks = _Html(text).parse()
    plain, marks = _trim(text, marks)
    return plain, _with_found(plain, marks)
