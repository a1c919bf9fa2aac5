"""Phone numbers as people and forms write them."""

from zoneinfo import ZoneInfo

import pytest

from bot.engine.mobile_table import BLOCKS, UNKNOWN, ZONES
from bot.engine.phones import find_phone, normalise, zone_of_phones


@pytest.mark.parametrize(
    ("raw", "display"),
    [
        ("8 (495) 222-33-44", "+74952223344"),
        ("+7 495 222 33 44", "+74952223344"),
        ("74952223344", "+74952223344"),
        ("9141234567", "+79141234567"),
        ("8 (423) 220-12-34", "+74232201234"),
        ("8-800-555-35-35", "+78005553535"),
        ("+375 29 123-45-67", "+375291234567"),
        ("8 (923) 123-45-67 доб. 12", "+79231234567 доб. 12"),
        ("8 923 123 45 67 д 5", "+79231234567 доб. 5"),
        ("89231234567, доп12", "+79231234567 доб. 12"),
        ("8(923)1234567 вн. 7", "+79231234567 доб. 7"),
    ],
)
def test_a_number_has_one_written_form(raw: str, display: str) -> None:
    phone = normalise(raw)
    assert phone is not None
    assert phone.display == display
    assert phone.valid


@pytest.mark.parametrize("raw", ["", "нет", "12345", "2234455", "клиент 25 лет", "8 923 123 45 678"])
def test_what_cannot_be_dialled_is_no_number(raw: str) -> None:
    assert normalise(raw) is None
    assert find_phone(raw) is None


def test_the_extension_is_not_part_of_the_key() -> None:
    with_extension, plain = normalise("8 (923) 123-45-67 доб. 12"), normalise("+79231234567")
    assert with_extension is not None
    assert plain is not None
    assert with_extension.e164 == plain.e164
    assert (with_extension.extension, plain.extension) == ("12", None)


def test_a_number_of_the_right_length_that_no_plan_has_is_marked() -> None:
    phone = normalise("+7 000 000-00-01")
    assert phone is not None
    assert (phone.e164, phone.valid, phone.zones) == ("+70000000001", False, ())


@pytest.mark.parametrize(
    ("text", "e164", "extension"),
    [
        ("звони 89231234567 вечером", "+79231234567", None),
        ("жена: 8 (923) 123-45-67 доб. 12, после 18", "+79231234567", "12"),
        ("не 12345, а +7 495 222-33-44", "+74952223344", None),
        ("его номер +7 000 000-00-01", "+70000000001", None),
    ],
)
def test_a_typed_number_is_found_among_words(text: str, e164: str, extension: str | None) -> None:
    phone = find_phone(text)
    assert phone is not None
    assert (phone.e164, phone.extension) == (e164, extension)


def test_a_typed_number_that_lacks_a_digit_is_not_taken() -> None:
    assert find_phone("8 923 123 45 6") is None


@pytest.mark.parametrize(
    ("raw", "masked"),
    [("+74952223344", "+7 495 ···-33-44"), ("+375291234567", "+375 ···-45-67")],
)
def test_the_masked_form_hides_the_middle(raw: str, masked: str) -> None:
    phone = normalise(raw)
    assert phone is not None
    assert phone.masked == masked


@pytest.mark.parametrize(
    ("raw", "zone"),
    [
        ("+7 423 220-12-34", "Asia/Vladivostok"),
        ("+7 495 222-33-44", "Europe/Moscow"),
        ("+7 401 222-00-11", "Europe/Kaliningrad"),
        ("+7 383 222-00-11", "Asia/Novosibirsk"),
        ("+7 727 222-22-22", "Asia/Almaty"),
        ("+40 21 312 34 56", "Europe/Bucharest"),
        ("+49 30 123456", "Europe/Berlin"),
    ],
)
def test_a_landline_tells_its_zone(raw: str, zone: str) -> None:
    phone = normalise(raw)
    assert phone is not None
    assert (phone.zone, phone.moves) == (zone, False)
    assert zone_of_phones([raw]) == zone


@pytest.mark.parametrize(
    ("raw", "zone"),
    [
        ("+7 914 791-23-45", "Asia/Vladivostok"),
        ("+7 984 141-23-45", "Asia/Vladivostok"),
        ("+7 909 831-23-45", "Asia/Kamchatka"),
        ("+7 914 031-23-45", "Asia/Magadan"),
        ("+7 913 911-23-45", "Asia/Novosibirsk"),
        ("+7 983 523-45-67", "Asia/Omsk"),
        ("+7 911 451-23-45", "Europe/Kaliningrad"),
        ("8 916 123-45-67", "Europe/Moscow"),
    ],
)
def test_a_mobile_tells_where_it_was_given_out(raw: str, zone: str) -> None:
    phone = normalise(raw)
    assert phone is not None
    assert (phone.zone, phone.moves) == (zone, True)


@pytest.mark.parametrize(
    "raw",
    ["+7 999 123-45-67", "+7 977 123-45-67", "+7 900 123-45-67", "8 800 555-35-35", "+7 000 000-00-01", "нет"],
)
def test_a_number_that_fits_many_zones_or_none_tells_nothing(raw: str) -> None:
    assert zone_of_phones([raw]) is None


def test_the_first_number_counts() -> None:
    assert zone_of_phones(["+7 999 123-45-67", "+7 423 220-12-34"]) is None
    assert zone_of_phones([]) is None


def test_every_block_of_mobiles_has_a_known_zone_or_none() -> None:
    assert {len(letters) for letters in BLOCKS.values()} == {100}
    assert set("".join(BLOCKS.values())) == {*ZONES, UNKNOWN}
    assert all(ZoneInfo(zone) for zone in ZONES.values())
