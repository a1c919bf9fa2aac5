"""Panels and histories, whatever people are called and however much has happened."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.case import Client, Run, Said
from bot.playbooks.load import builtin
from bot.playbooks.model import Playbook
from bot.screens.card import task_card
from bot.screens.help import HelpView, help_call
from bot.screens.history import PER_PAGE, Entry, page_lines, pages
from bot.screens.panels import Panel, panel
from bot.screens.screen import LIMIT, Screen, plain, units
from bot.screens.stepping import alert
from bot.screens.views import CardView
from tests.builders import MANAGER, MOSCOW, lead, moscow, small_playbook
from tests.builders import desk_with_lead as desk

NOW = moscow("2026-11-17 12:00")
ODD = st.text(alphabet=st.sampled_from("аБ <&>\"'|😀\n+7"), max_size=400)


def a_view(playbook: Playbook | None = None, **changes: Any) -> CardView:
    case = replace(desk().case, **changes)
    return CardView(playbook or small_playbook(), case, NOW, MOSCOW, MOSCOW)


def _whole(screen: Screen) -> None:
    """Telegram would take it."""
    assert units(screen.text) <= LIMIT
    assert not re.search(r"&(?!(amp|lt|gt);)", screen.text)
    assert re.findall(r"<(?!/?(?:b|blockquote)\b)", screen.text) == []
    assert screen.text.count("<b>") == screen.text.count("</b>")
    for row in screen.rows:
        for button in row:
            assert len((button.data or "").encode()) <= 64


@settings(deadline=None)
@given(words=ODD, who=ODD, more=ODD)
def test_a_page_of_the_longest_lines_is_shown_whole(words: str, who: str, more: str) -> None:
    entries = [Entry(NOW, who, words * 5, stage=words[:40], more=(more,), head=place % 4 == 0) for place in range(25)]
    view = a_view(client=Client(name=words[:80] or "Пётр", phones=("+74952223344",)))
    for place in range(pages(entries)):
        shown = panel(view, Panel("h", place), entries)
        _whole(shown)
        assert len(page_lines(view.playbook, entries, place, MOSCOW, NOW)) <= PER_PAGE
        _whole(help_call(HelpView(view, who, 10**9, entries, place)))


def test_every_entry_is_on_exactly_one_page() -> None:
    entries = [Entry(NOW - timedelta(hours=place), "Иван С.", f"запись {place}.") for place in range(21)]
    view = a_view()
    texts = [plain(panel(view, Panel("h", place), entries).text) for place in range(3)]
    for place in range(21):
        assert sum(f"запись {place}." in text for text in texts) == 1
    assert "История, 3 из 3" in plain(panel(view, Panel("h", 99), entries).text), "a page that is gone is the last one"


def test_a_history_without_entries_says_so() -> None:
    assert "ничего не было" in panel(a_view(), Panel("h")).text


@pytest.mark.parametrize("token", ["", "x", "o.", "o.x", "h.-1", "o.²", "s|s", "h." + "9" * 40])
def test_forged_panels_are_none(token: str) -> None:
    assert Panel.read(token) is None


def test_all_objections_of_the_catalog_can_be_opened() -> None:
    playbook = builtin("bankruptcy").playbook
    case = lead(stage="new", task=desk().case.task, id=10**9)
    case = replace(case, task=replace(case.task, kind="process_lead", id=f"{10**9}-999")) if case.task else case
    view = CardView(playbook, case, NOW, MOSCOW, MOSCOW)
    listed = panel(view, Panel("o", ticked="ffff"))
    _whole(listed)
    opened = [button.data for row in listed.rows for button in row if "|o." in (button.data or "")]
    assert len(opened) >= 8
    for place, objection in enumerate(playbook.objections):
        shown = panel(view, Panel("o", place))
        _whole(shown)
        offered = any((data or "").split("|")[4] == f"o.{place}" for data in opened)
        assert (objection.text.splitlines()[0] in plain(shown.text)) is offered, "only what is offered now is answered"
        assert 2 <= len(objection.text.strip().splitlines()) <= 4


def test_the_card_tells_the_last_words_and_hides_numbers_in_them() -> None:
    playbook = small_playbook()
    said = Said(NOW - timedelta(days=1), MANAGER, "«наберите 8 916 123-45-67»")
    text = plain(task_card(a_view(said=said)).text)
    assert "Пн 12:00: «наберите 8 916 123-45-67»" in text
    masked = playbook.model_copy(update={"phones_in_cards": "masked"})
    text = plain(task_card(a_view(masked, said=said)).text)
    assert "+7 916 ···-45-67" in text
    assert "123-45-67" not in text
    shown = replace(a_view(masked, said=said), revealed=True)
    assert "123-45-67" in unescape(task_card(shown).text)


def test_where_phones_are_hidden_no_title_alert_or_draft_tells_one() -> None:
    masked = small_playbook().model_copy(update={"phones_in_cards": "masked"})
    case = replace(desk().case, title="Звонок с +7 495 222-33-44", client=Client("", phones=("+74952223344",)))
    told = alert(masked, case, "30 мин без звонка", "Иван С.", (), ()).text
    assert "222-33" not in told
    assert "+7 495 ···-33-44" in told
    named = replace(case, client=Client("Пётр Проверкин"))
    assert "Пётр П." in alert(masked, named, "30 мин без звонка", "Иван С.", (), ()).text
    assert case.task is not None
    draft = Run("talk", case.task.id, MANAGER, NOW, {"number": "+79161234567"}, {"number": "8 916 123-45-67"})
    shown = replace(a_view(masked, draft=draft), draft_by="Анна К.")
    assert "123-45-67" not in plain(task_card(shown).text)
    assert "+7 916 ···-45-67" in plain(task_card(shown).text)


def test_no_button_of_a_card_is_narrower_than_its_words() -> None:
    """A client with a mobile has four panels: «Возражения» does not stand in a quarter of a phone's width."""
    view = a_view(builtin("bankruptcy").playbook, client=Client(name="Пётр", phones=("+79161234567",)))
    assert view.case.task is not None
    shown = task_card(replace(view, case=replace(view.case, task=replace(view.case.task, kind="process_lead"))))
    tabs = [button.text for row in shown.rows for button in row][-4:]
    assert tabs == ["Возражения", "История", "О стадии", "Пояс"]
    widest = {1: 64, 2: 22, 3: 13, 4: 9}
    assert [row for row in shown.rows if any(len(button.text) > widest[len(row)] for button in row)] == []
