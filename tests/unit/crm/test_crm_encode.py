"""PHP queries out, PHP's loose types in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.crm.encode import as_dict, as_flag, as_int, as_list, iso, jsonable, parse_datetime, plain, query, unescape

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ""),
        ({"id": 5}, "id=5"),
        (
            {"filter": {">ID": 5, "@STATUS_ID": ["NEW", "A"]}},
            "filter[%3EID]=5&filter[%40STATUS_ID][0]=NEW&filter[%40STATUS_ID][1]=A",
        ),
        ({"fields": {"TITLE": "Иван & Co + 1%"}}, "fields[TITLE]=%D0%98%D0%B2%D0%B0%D0%BD%20%26%20Co%20%2B%201%25"),
        (
            {"fields": {"PHONE": [{"VALUE": "+7900", "VALUE_TYPE": "WORK"}]}},
            "fields[PHONE][0][VALUE]=%2B7900&fields[PHONE][0][VALUE_TYPE]=WORK",
        ),
        ({"fields": {"A": None, "B": True, "C": False}}, "fields[A]=&fields[B]=1&fields[C]=0"),
        ({"fields": {"TAGS": []}}, "fields[TAGS][]="),
        ({"filter": {}, "id": 1}, "id=1"),
        ({"sum": Decimal("1500.50"), "day": date(2026, 12, 1)}, "sum=1500.50&day=2026-12-01"),
        ({"at": datetime(2026, 12, 1, 15, tzinfo=UTC)}, "at=2026-12-01T15%3A00%3A00%2B00%3A00"),
        ({"id": "$result[lead][item][id]"}, "id=%24result%5Blead%5D%5Bitem%5D%5Bid%5D"),
    ],
)
def test_query(params: dict[str, Any], expected: str) -> None:
    assert query(params) == expected


@given(st.text(max_size=30), st.text(min_size=1, max_size=10))
def test_any_text_survives_one_encoding(value: str, key: str) -> None:
    value = value.encode("utf-8", "ignore").decode()
    key = key.encode("utf-8", "ignore").decode() or "k"
    encoded = query({"fields": {key: value}})
    name, _, text = encoded.partition("=")
    assert "&" not in encoded
    assert unquote(text) == value
    assert unquote(name) == f"fields[{key}]"


def test_jsonable_keeps_types_and_writes_moments_out() -> None:
    moment = datetime(2026, 12, 1, 18, 0, 0, 5, tzinfo=timezone(timedelta(hours=3)))
    given_ = {"fields": {"deadline": moment, "sum": Decimal("10"), "ids": (1, "2"), "flag": True, "none": None}}
    assert jsonable(given_) == {
        "fields": {"deadline": "2026-12-01T15:00:00+00:00", "sum": "10", "ids": [1, "2"], "flag": True, "none": None}
    }


def test_moments_go_out_with_an_offset() -> None:
    moment = datetime(2026, 12, 1, 15, 0, 59, 999, tzinfo=UTC)
    assert iso(moment) == "2026-12-01T15:00:59+00:00"
    assert iso(moment, MOSCOW) == "2026-12-01T18:00:59+03:00"
    with pytest.raises(ValueError, match="zone"):
        iso(datetime(2026, 12, 1, 15))
    with pytest.raises(ValueError, match="zone"):
        query({"at": datetime(2026, 12, 1, 15)})


@pytest.mark.parametrize("nothing", ["", None, False, [], {}])
def test_no_date_has_many_faces(nothing: object) -> None:
    assert parse_datetime(nothing) is None


def test_dates_come_in_as_utc() -> None:
    expected = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
    assert parse_datetime("2026-12-01T18:00:00+03:00") == expected
    assert parse_datetime("2026-12-01T19:00:00+04:00") == expected
    assert parse_datetime("2026-12-01 18:00:00", portal_zone=MOSCOW) == expected
    parsed = parse_datetime("2026-12-01T18:00:00+03:00")
    assert parsed is not None
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize("bad", ["2026-12-01T18:00:00", "завтра", 17, {"a": 1}])
def test_unclear_dates_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_datetime(bad)


def test_php_emptiness_and_renumbered_maps() -> None:
    assert as_dict({"a": 1}) == {"a": 1}
    assert as_dict({7: 1}) == {"7": 1}
    empty: list[object] = [[], {}, None, False, ""]
    for nothing in empty:
        assert as_dict(nothing) == {}
        assert as_list(nothing) == []
    assert as_dict([{"error": "0"}, {"error": "1"}]) == {"0": {"error": "0"}, "1": {"error": "1"}}
    assert as_list({"13": "a", "7": "b"}) == ["a", "b"]
    assert as_list(["L_55"]) == ["L_55"]
    assert as_list("L_55") == ["L_55"]
    assert as_list(0) == [0]
    with pytest.raises(ValueError, match="str"):
        as_dict("text")


@pytest.mark.parametrize(
    ("value", "number"), [(7, 7), ("7", 7), ("", None), (None, None), (True, None), ([], None), ("7a", None)]
)
def test_numbers_come_as_numbers_or_texts(value: object, number: int | None) -> None:
    assert as_int(value) == number


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), ("Y", True), ("1", True), (1, True), ("N", False), ("", False), (None, False)]
)
def test_flags(value: object, flag: bool) -> None:
    assert as_flag(value) is flag


def test_texts_lose_entities_and_breaks() -> None:
    assert unescape("ООО &quot;Ромашка&quot; &amp; Ко") == 'ООО "Ромашка" & Ко'
    assert plain("Первая<br>вторая<BR />\nтретья &lt;3") == "Первая вторая третья <3"
