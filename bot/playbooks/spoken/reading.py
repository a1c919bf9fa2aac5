"""What an admin has typed, taken apart piece by piece: numbers, lengths of time, windows of the day, names.

A piece that was understood is taken out of the text. What is left over in the end was not understood, and is named in
the refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches

from bot.errors import DozvonError
from bot.locales.ru import changes as ru

_NUMBERS = {word: number for number, words in enumerate(ru.NUMBERS) for word in words}
NUMBER = rf"(?P<{{}}>\d+|{'|'.join(_NUMBERS)})(?![\w])(?![.,]\d)"
_ANY_WORK = r"(?:раб\w*\s+)?"
_DAY_UNIT = r"(?:дн(?:я|ей|и)?|день|д|days?|d)"
_HOUR_UNIT = r"(?:час(?:а|ов)?|ч|hours?|h)"
_MINUTE_UNIT = r"(?:минут[ыау]?|мин|м|minutes?|min|m)"
_UNITS = tuple(rf"{_ANY_WORK}{unit}\.?(?![а-яa-z])" for unit in (_DAY_UNIT, _HOUR_UNIT, _MINUTE_UNIT))
_UNIT = rf"(?:{'|'.join(_UNITS)})"
_AMOUNT = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(_NUMBERS)})"
_WORDS = r"полчаса|пол\s*часа|полтора\s+часа|часа?(?![а-я])|сутки|день(?![а-я])"
_EACH_ONCE = "".join(rf"(?:{_AMOUNT}\s*{unit}\s*(?:и\s+)?)?" for unit in _UNITS)
LENGTH = rf"(?P<{{}}>(?={_AMOUNT}\s*{_UNIT}){_EACH_ONCE}|{_WORDS})"
_ONE = re.compile(rf"({_AMOUNT})\s*({_UNIT})", re.IGNORECASE)
_BEGINS = r"(?<!\w)(?:(?!\d)|(?<!^-)(?<!\s-)(?<!\d[.,]))"
"""A word, or a number that is neither negative nor what stands behind a decimal point."""
_FILLER = re.compile(rf"^(?:[\s,;.:=+–-]|\b(?:{'|'.join(ru.FILLERS)})\b)*$", re.IGNORECASE)
_NAME_ENDS = r"[а-я]{0,3}"
_SHORTEST_STEM = 4


class Refused(DozvonError):
    """What was asked for cannot be, or was not understood; the sentence says what is allowed."""


class Words:
    """The text that is left to be understood."""

    def __init__(self, text: str) -> None:
        text = text.replace("ё", "е").replace("Ё", "Е").replace("\u00a0", " ")
        self.left = re.sub(r"[–—−]", "-", text).strip()

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first place that fits, taken out; words are whole, small and capital letters are one."""
        found = re.search(rf"{_BEGINS}(?:{pattern})", self.left, re.IGNORECASE)
        if found is not None:
            self.left = f"{self.left[: found.start()]} {self.left[found.end() :]}".strip()
        return found

    def take_all(self, pattern: str) -> list[re.Match[str]]:
        """Every place that fits."""
        found = []
        while (one := self.take(pattern)) is not None:
            found.append(one)
        return found

    def number(self, pattern: str) -> int | None:
        """The number `n` of the first place that fits; a `{}` in the pattern's `{n}` stands for it."""
        found = self.take(pattern.replace("{n}", NUMBER.format("n")))
        return read_number(found["n"]) if found else None

    def length(self, pattern: str) -> timedelta | None:
        """The length of time that stands for `{l}` in the pattern."""
        found = self.take(pattern.replace("{l}", LENGTH.format("l")))
        return read_length(found["l"]) if found else None

    def name(self, names: Mapping[str, Iterable[str]]) -> list[str]:
        """The keys whose name stands in the text, taken out; several where one name has several keys.

        The longest name wins; a word of a name may have another ending («для сайта»).
        """
        known = [(alias, key) for key, aliases in names.items() for alias in aliases]
        for inflected in (False, True):
            for alias in sorted({alias for alias, _ in known}, key=len, reverse=True):
                if self.take(_pattern_of(alias, inflected=inflected)) is not None:
                    return list(dict.fromkeys(key for other, key in known if other.casefold() == alias.casefold()))
        return []

    @property
    def is_empty(self) -> bool:
        """Whether all was understood."""
        return _FILLER.match(self.left) is not None

    def must_be_empty(self, allowed: str) -> None:
        """Refuse what was not understood.

        Raises:
            Refused: something is left, and `allowed` says what could stand here.
        """
        if not self.is_empty:
            raise Refused(ru.NOT_UNDERSTOOD.format(words=cut(self.left), allowed=allowed))


def read_number(text: str) -> int:
    """«5» and «пять»; at most a million, which no figure is."""
    return _NUMBERS[text.lower()] if text.lower() in _NUMBERS else int(text[:7])


def read_length(text: str) -> timedelta:
    """«40 мин», «1ч30м», «полтора часа», «3 рабочих дня»."""
    text = re.sub(r"\s+", " ", text.strip().lower())
    if text in ru.LENGTHS:
        return timedelta(minutes=ru.LENGTHS[text])
    total = timedelta()
    for amount, unit in _ONE.findall(text):
        number = _NUMBERS.get(amount) or float(amount[:7].replace(",", "."))
        if re.match(_ANY_WORK + _DAY_UNIT, unit, re.IGNORECASE):
            total += timedelta(days=number)
        elif re.match(_ANY_WORK + _MINUTE_UNIT, unit, re.IGNORECASE):
            total += timedelta(minutes=number)
        else:
            total += timedelta(hours=number)
    return timedelta(minutes=total // timedelta(minutes=1))


def cut(text: str, longest: int = 60) -> str:
    """What people have typed, as short as a refusal can quote it."""
    text = re.sub(r"\s+", " ", text).strip(" ,;")
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def nearest(word: str, known: Sequence[str]) -> str:
    """«Может быть, …?», or nothing."""
    by_fold = {part.casefold(): one for one in reversed(known) for part in (*one.split(), one)}
    for part in (word, *word.split()):
        near = get_close_matches(part.casefold(), by_fold, n=1, cutoff=0.7)
        if near:
            return ru.MAY_BE.format(name=by_fold[near[0]])
    return ""


def _pattern_of(alias: str, *, inflected: bool) -> str:
    words = alias.replace("ё", "е").replace("Ё", "Е").split()
    if not inflected:
        return r"\s+".join(map(re.escape, words)) + r"(?![\w])"
    return r"\s+".join(_stem(word) for word in words) + r"(?![\w])"


def _stem(word: str) -> str:
    if len(word) < _SHORTEST_STEM or not word.isalpha():
        return re.escape(word)
    return re.escape(word[:-1] if word[-1] in "аяоеьйыи" else word) + _NAME_ENDS
