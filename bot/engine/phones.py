"""Phone numbers: one written form, what may be shown, and the client's zone as far as the number tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers
from phonenumbers import timezone

from bot.engine.mobile_table import BLOCKS, UNKNOWN, ZONES

_UNKNOWN_ZONE = "Etc/Unknown"
_RUSSIA = 7
_MOBILE_CODES = "9"
# The zone data names a neighbouring country's city for +7 401; the clock of the region itself is meant.
_RUSSIAN_CORRECTIONS = {"Europe/Bucharest": "Europe/Kaliningrad"}
# The library reads «доб.» and «ext», people also type these.
_EXTENSION_WORD = re.compile(r"(?<=\d)[\s,;]*(?:добавочный|добавочн|доп|вн|внутр|д)\.?\s*(?=\d{1,7}\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be dialled.

    Args:
        e164: the number in international form, `+74952223344`; the key by which numbers are compared.
        extension: digits to dial after the connection, or None.
        display: the number as a card shows it, so that a tap dials it.
        zones: IANA zones in which the number may be; empty when nothing is known.
        valid: whether the numbering plan has such a number; False is a number of the right length that it lacks.
        moves: it is a mobile number, so the person may be far from where it was given out.
    """

    e164: str
    extension: str | None
    display: str
    zones: tuple[str, ...]
    valid: bool
    moves: bool = False

    @property
    def zone(self) -> str | None:
        """The IANA zone that the number tells; None: it may be in several, as 8-800 and most new mobiles."""
        return self.zones[0] if len(self.zones) == 1 else None

    @property
    def masked(self) -> str:
        """The number with its middle hidden: `+7 495 ···-33-44`."""
        if self.e164.startswith("+7"):
            return f"+7 {self.e164[2:5]} ···-{self.e164[-4:-2]}-{self.e164[-2:]}"
        return f"{self.e164[:4]} ···-{self.e164[-4:-2]}-{self.e164[-2:]}"


def normalise(raw: str, region: str = "RU") -> Phone | None:
    """The phone number in `raw`, a field that holds nothing else, or None when it is not a number of full length.

    Args:
        raw: the number as it was written: `8 (423) 220-12-34`, `9141234567`, `+7 495 222-33-44 доб. 12`.
        region: the country whose national form is assumed without a leading plus.
    """
    try:
        number = phonenumbers.parse(_EXTENSION_WORD.sub(" доб. ", raw), region)
    except phonenumbers.NumberParseException:
        return None
    return _phone(number)


def find_phone(text: str, region: str = "RU") -> Phone | None:
    """The first phone number that a person typed among other words, or None.

    A number that the numbering plan lacks is most often a missing digit, so it is taken only in full `+…` form.
    """
    readable = _EXTENSION_WORD.sub(" доб. ", text)
    matcher = phonenumbers.PhoneNumberMatcher(readable, region, leniency=phonenumbers.Leniency.POSSIBLE)
    for match in matcher:
        phone = _phone(match.number)
        if phone is not None and (phone.valid or match.raw_string.startswith("+")):
            return phone
    return None


def zone_of_phones(phones: Iterable[str]) -> str | None:
    """The zone that the first number tells, which is the one to dial; None: it tells none, or there is no number."""
    phone = next((normalise(number) for number in phones), None)
    return phone.zone if phone is not None else None


def _phone(number: phonenumbers.PhoneNumber) -> Phone | None:
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    extension = number.extension or None
    corrections = _RUSSIAN_CORRECTIONS if number.country_code == _RUSSIA else {}
    zones = _mobile_zones(number) or timezone.time_zones_for_number(number)
    return Phone(
        e164=e164,
        extension=extension,
        display=f"{e164} доб. {extension}" if extension else e164,
        zones=tuple(corrections.get(zone, zone) for zone in zones if zone != _UNKNOWN_ZONE),
        valid=phonenumbers.is_valid_number(number),
        moves=_is_russian_mobile(number),
    )


def _is_russian_mobile(number: phonenumbers.PhoneNumber) -> bool:
    return number.country_code == _RUSSIA and str(number.national_number).startswith(_MOBILE_CODES)


def _mobile_zones(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    """The zone of the region where a Russian mobile number was given out; nothing where that is not known for sure."""
    digits = str(number.national_number)
    if not _is_russian_mobile(number) or digits[:3] not in BLOCKS:
        return ()
    letter = BLOCKS[digits[:3]][int(digits[3:5])]
    return (ZONES[letter],) if letter != UNKNOWN else ()


def mask_phones(text: str, region: str = "RU") -> str:
    """The text with every phone number in it masked."""
    if not any(letter.isdigit() for letter in text):
        return text  # the matcher is slow, and most names have no digit
    masked = text
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.POSSIBLE):
        phone = _phone(match.number)
        if phone is not None:
            masked = masked.replace(match.raw_string, phone.masked)
    return masked
