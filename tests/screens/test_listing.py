"""Lists of a supervisor: pages, numbers that open a client, nothing longer than a message."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Client
from bot.screens.client import ClientView, client_panel
from bot.screens.history import Entry
from bot.screens.listing import Item, Listing, listing
from bot.screens.screen import LIMIT, plain, units
from bot.screens.views import CardView
from tests.builders import MOSCOW, lead, moscow, small_playbook


def test_ten_rows_a_page_each_with_its_number() -> None:
    items = [Item(f"Клиент <{number}>", number) for number in range(1, 24)]
    first, last = listing(Listing("stuck", "Застряли", items)), listing(Listing("stuck", "Застряли", items, 99))
    assert plain(first.text).split("\n")[1] == "1. Клиент <1>"
    assert plain(last.text).split("\n")[-1] == "3 из 3"
    assert [button.data for row in last.rows for button in row] == [
        *(f"v|case|{number}|0" for number in (21, 22, 23)),
        "v|stuck|1",
        "v|stuck|2",
    ]


def test_an_empty_list_says_so_and_long_rows_fit() -> None:
    assert plain(listing(Listing("floor", "Отдел", [])).text) == "Отдел\nПусто."
    long = listing(Listing("bypasses", "Мимо", [Item("🔴&<" * 400, 1)] * 30))
    assert units(long.text) <= LIMIT


def test_a_client_is_hidden_where_the_playbook_says_so() -> None:
    case = lead(client=Client(name="Пётр Проверкин", phones=("+74952223344",)))
    entries = [Entry(moscow("2026-11-02 10:00"), "Иван С.", "Звонил на +74952223344")]
    card = CardView(small_playbook(), case, moscow("2026-11-02 12:00"), MOSCOW, MOSCOW)
    shown = client_panel(ClientView(card, "Иван С.", True, entries))
    assert "Пётр Проверкин" in shown.text
    assert "+74952223344" in shown.text
    masked = small_playbook().model_copy(update={"phones_in_cards": "masked"})
    hidden = client_panel(ClientView(replace(card, playbook=masked), "Иван С.", False, entries))
    assert "Проверкин" not in hidden.text
    assert "2223344" not in hidden.text
    assert not [button for row in hidden.rows for button in row if button.text == "Подсказать"]
