"""Stories as a sales director writes them: plain text, «Дано / Когда / Тогда», one sentence a line.

The reader knows nothing of the floor: it finds the sentence's form among those that it is given and takes it apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from tests.scenarios.story_names import NotUnderstood, moment, person

Part = Literal["Дано", "Когда", "Тогда"]
PARTS: tuple[Part, ...] = ("Дано", "Когда", "Тогда")
TITLE = "История"

MOMENT = r"(?:(?:пн|вт|ср|чт|пт|сб|вс) )?(?:\d{1,2} [а-я]+ )?\d{1,2}:\d\d"
_STEP = r"(?:\[[^\[\]]+\]|первую кнопку|пишет «[^→]+»)"
PLACES: Mapping[str, str] = {
    "КТО": r"(?P<who>[А-ЯЁа-яё]+)",
    "КОМУ": r"(?P<to>[А-ЯЁа-яё]+)",
    "МОМЕНТ": rf"(?P<moment>{MOMENT})",
    "СРОК": r"(?P<span>\d+ (?:секунд|минут|час|дн|день|суток|сутки)[а-я]*)",
    "ЧИСЛО": r"(?P<count>\d+)",
    "ЛИДА": r"(?P<kind>лид|сделк)[аи]?",
    "ЛИД": r"(?P<kind>лид|сделк)у?",
    "«ТЕКСТ»": r"«(?P<text>.+)»",
    "«КЛИЕНТ»": r"«(?P<client>[^«»]+)»",
    "«ПОЛЕ»": r"«(?P<field>[^«»]+)»",
    "[КНОПКИ]": rf"(?P<buttons>{_STEP}(?: → {_STEP})*)",
    "[КНОПКА]": r"\[(?P<button>[^\[\]]+)\]",
    "ТЕЛЕФОН": r"(?P<phone>\+?[\d ()-]{6,20})",
    "ИСТОЧНИК": r"(?P<source>с сайта|по звонку|с почты|от партнёра|из БДТ)",
}
"""What may stand in a sentence's form in capitals, and what fits there."""
_PLACE = re.compile("|".join(re.escape(place) for place in sorted(PLACES, key=len, reverse=True)))
_AT = re.compile(r"(?:(?P<day>(?:пн|вт|ср|чт|пт|сб|вс)(?: \d{1,2} [а-я]+)?) )?в (?P<time>\d{1,2}:\d\d) (?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class Form:
    """A form of sentence: `КТО жмёт [КНОПКИ]`."""

    part: Part
    words: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a sentence of this form looks like."""
        pattern, end = "", 0
        for place in _PLACE.finditer(self.words):
            pattern += re.escape(self.words[end : place.start()]) + PLACES[place.group()]
            end = place.end()
        return re.compile(pattern + re.escape(self.words[end:]))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of a story: its form and what stands in the form's places; `at`: when it happens, if it says so."""

    file: str
    line: int
    text: str
    form: Form
    values: Mapping[str, str]
    at: str | None = None

    @property
    def place(self) -> str:
        """`звонок.txt:12`."""
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class Story:
    """`start`: the moment at which it begins, as it was written."""

    file: str
    line: int
    title: str
    start: str = ""
    sentences: list[Sentence] = field(default_factory=list)


class StoryInvalid(Exception):
    """The text is no story; `str()` is «файл:строка: что не так; что можно»."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")


def read_stories(path: Path, forms: Sequence[Form]) -> list[Story]:
    """All stories of a file.

    Raises:
        StoryInvalid: a line fits no form of its part, or a story lacks a part.
    """
    return _Reader(path.name, forms).read(path.read_text(encoding="utf-8"))


class _Reader:
    def __init__(self, file: str, forms: Sequence[Form]) -> None:
        self._file = file
        self._forms = [(form, form.pattern) for form in forms]
        self._stories: list[Story] = []
        self._part: Part | None = None
        self._line = 0

    def read(self, text: str) -> list[Story]:
        for self._line, raw in enumerate(text.split("\n"), start=1):
            line = raw.strip()
            if line and not line.startswith("#"):
                self._take(line)
        self._finish()
        if not self._stories:
            raise StoryInvalid(self._file, 1, f"нет ни одной истории; начните со строки «{TITLE}: о чём она»")
        return self._stories

    def _take(self, line: str) -> None:
        head, colon, tail = line.partition(":")
        if colon and head == TITLE:
            self._finish()
            if not tail.strip():
                raise self._wrong(f"у истории нет названия; напишите «{TITLE}: о чём она»")
            self._stories.append(Story(self._file, self._line, tail.strip()))
            self._part = None
        elif colon and head in PARTS:
            self._enter(next(part for part in PARTS if part == head), tail.strip())
        else:
            self._say(line.removeprefix("-").strip())

    def _enter(self, part: Part, tail: str) -> None:
        if not self._stories:
            raise self._wrong(f"«{part}» стоит до истории; сначала «{TITLE}: о чём она»")
        story = self._stories[-1]
        if part == "Дано":
            if story.start:
                raise self._wrong("«Дано» в истории одно, и оно первое; дальше «Когда» и «Тогда»")
            if re.fullmatch(MOMENT, tail) is None or ":" not in tail:
                raise self._wrong("после «Дано:» нужен момент начала, например «Дано: пн 10:00»")
            story.start = tail
        elif not story.start:
            raise self._wrong("сначала «Дано: пн 10:00», потом «Когда» и «Тогда»")
        elif tail:
            raise self._wrong(f"после «{part}:» ничего не пишите, каждое предложение с новой строки")
        self._part = part

    def _say(self, text: str) -> None:
        if self._part is None:
            known = ", ".join(f"«{part}:»" for part in PARTS)
            raise self._wrong(f"не понял «{text}»; здесь нужна строка из {known} или «{TITLE}: …»")
        at, rest = None, text
        found = _AT.fullmatch(text) if self._part == "Когда" else None
        if found is not None:
            at, rest = " ".join(filter(None, (found["day"], found["time"]))), found["rest"]
        for form, pattern in self._forms:
            match = pattern.fullmatch(rest) if form.part == self._part else None
            if match is not None:
                values = self._checked({key: value for key, value in match.groupdict().items() if value is not None})
                self._stories[-1].sentences.append(Sentence(self._file, self._line, text, form, values, at))
                return
        raise self._wrong(f"не понял «{text}»; в «{self._part}» можно:\n{self._allowed(rest)}")

    def _checked(self, values: dict[str, str]) -> dict[str, str]:
        """Names and moments that mean something; people by the name under which the floor knows them."""
        try:
            if "moment" in values:
                moment(values["moment"])
            return {key: person(value) if key in ("who", "to") else value for key, value in values.items()}
        except NotUnderstood as error:
            raise self._wrong(str(error)) from None

    def _allowed(self, text: str) -> str:
        """The forms of this part, the most similar ones first."""
        words = [form.words for form, _ in self._forms if form.part == self._part]
        near = sorted(words, key=lambda form: SequenceMatcher(None, text.lower(), form.lower()).ratio(), reverse=True)
        return "\n".join(f"  {form}" for form in near)

    def _finish(self) -> None:
        if not self._stories:
            return
        story = self._stories[-1]
        told = {sentence.form.part for sentence in story.sentences}
        for part in PARTS:
            if part not in told:
                raise StoryInvalid(self._file, story.line, f"в истории «{story.title}» нет ни одной строки «{part}»")

    def _wrong(self, problem: str) -> StoryInvalid:
        return StoryInvalid(self._file, self._line, problem)
