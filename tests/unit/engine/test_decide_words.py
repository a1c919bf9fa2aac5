"""Times, names and words of what was recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.engine.case import Client
from bot.engine.decide import decide
from bot.engine.effects import (
    AddTask,
    Comment,
    Receipt,
    Update,
)
from bot.engine.events import Confirmed
from bot.engine.titles import name_in_groups, short_name
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Playbook
from tests.builders import (
    MANAGER,
    Desk,
    answer,
    desk_with_lead,
    effects_of,
    lead,
    moscow,
    playbook_text,
    promised,
    small_playbook,
    task_of,
)


def test_seconds_are_dropped():
    desk = desk_with_lead()
    now = moscow("2026-11-02 16:58").replace(second=42)
    decision = decide(desk.playbook, desk.case, answer("reached", "no"), now)
    assert decision.case.misses[0].at == moscow("2026-11-02 16:58")
    assert decision.case.task is not None
    assert decision.case.task.due_at.second == 0


def test_the_client_far_away_is_called_in_his_own_hours():
    far = Client("Пётр Проверкин", phones=("+74232201234",), zone="Asia/Vladivostok")
    arrived = moscow("2026-11-02 16:50")
    desk = desk_with_lead(client=far, arrived_at=arrived)
    assert task_of(desk).push_at == moscow("2026-11-03 09:00")
    assert task_of(desk).due_at == moscow("2026-11-03 09:15")  # nobody is late while he sleeps


def test_an_unknown_zone_counts_as_the_companys():
    desk = desk_with_lead(client=Client("П", phones=("+74952223344",), zone="Mars/Olympus"))
    assert task_of(desk).push_at == moscow("2026-11-02 16:50")


def test_the_task_of_a_kind_without_questionnaire_is_refused_politely():
    desk = desk_with_lead()
    desk.case = replace(desk.case, task=replace(task_of(desk), kind="fill"))
    with pytest.raises(ActionNotAllowed, match="нет анкеты"):
        desk.says("2026-11-02 16:58", ("reached", "yes"))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Пётр Проверкин", "Пётр П."),
        ("Пётр Иванович Проверкин", "Пётр П."),
        ("Анна Римская-Корсакова", "Анна Р."),
        ("Пётр", "Пётр"),
        ("ООО «Вектор»", "ООО «Вектор»"),
        ("ООО Вектор", "ООО Вектор"),
        ("ООО ВЕКТОР", "ООО ВЕКТОР"),
        ("Вектор 24", "Вектор 24"),
        ("Рога и копыта", "Рога и копыта"),
        ("Заявка с сайта", "Заявка с сайта"),
        ("ПРОВЕРКИН ПЁТР", "Проверкин П."),
        ("пётр проверкин", "Пётр П."),
        ("Мамедов Али Гасан оглы", "Мамедов Г."),
        ("Анна Мария Перес Гарсиа", "Анна Г."),
        ("Клиент12 Проверкин7", "Клиент12 П."),
        ("Пётр О’Коннор", "Пётр О."),
        ("Звонок с +7 495 222-33-44", "Звонок с +7 495 ···-33-44"),
        ("84952223344", "+7 495 ···-33-44"),
        ("", ""),
    ],
)
def test_short_names(name, short):
    assert short_name(name) == short


def test_names_in_groups_are_as_the_playbook_says():
    full = small_playbook().model_copy(update={"names_in_groups": "full"})
    assert name_in_groups(small_playbook(), lead()) == "Пётр П."
    assert name_in_groups(full, lead()) == "Пётр Проверкин"
    called = lead(client=Client(""), title="Звонок с +7 495 222-33-44")
    assert name_in_groups(full, called) == "Звонок с +7 495 ···-33-44"


@pytest.mark.parametrize(
    ("client", "title", "named"),
    [
        (Client("Анна Козлова"), "Заявка", "Обработать лид: Анна Козлова"),
        (Client(" "), "Заявка с сайта", "Обработать лид: Заявка с сайта"),
        (Client(), "", "Обработать лид: без имени"),
    ],
)
def test_tasks_are_named_after_the_client(client, title, named):
    desk = Desk(lead(client=client, title=title))
    assert effects_of(desk.arrives(), AddTask)[0].title == named


def changed_playbook(part: str, **entries: Any) -> Playbook:
    text = playbook_text()
    text[part] = {**text[part], **entries}
    return Playbook.model_validate(text)


def test_a_miss_with_a_retry_of_its_own_is_numbered_like_any_attempt():
    retry = {"miss": "calls", "next": {"task": "attempt", "after": "2h"}}
    desk = Desk(lead(), changed_playbook("outcomes", missed=retry))
    desk.arrives()
    decision = desk.says("2026-11-02 16:58", ("reached", "no"))
    task = task_of(desk)
    assert (desk.case.stage, task.due_at) == ("new", moscow("2026-11-02 18:58"))
    assert (task.attempt, task.attempts) == (2, 6)
    assert effects_of(decision, AddTask)[0].description == "Попытка 2 из 6"
    assert effects_of(decision, Receipt)[0].lines == ("Недозвон 1 из 6. Дальше 18:58",)
    assert "Дальше: Попытка дозвониться, пн 02.11 18:58 (Попытка 2 из 6)" in effects_of(decision, Comment)[0].text


def test_misses_beyond_the_cadence_are_counted_without_an_end():
    retry = {"stage": "silent", "miss": "calls", "next": {"task": "attempt", "after": "1h"}}
    desk = Desk(lead(), changed_playbook("outcomes", missed=retry))
    desk.arrives()
    for hour in range(10, 16):
        desk.says(f"2026-11-03 {hour}:00", ("reached", "no"))
    decision = desk.says("2026-11-03 16:00", ("reached", "no"))
    assert len(desk.case.misses) == 7
    assert effects_of(decision, Receipt)[0].lines == ("Недозвон. Дальше 17:00",)


def test_a_stage_without_an_own_task_asks_for_the_same_once_more():
    stays = {"conversation": True}
    desk = Desk(lead(), changed_playbook("outcomes", agreed=stays))
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.says("2026-11-02 17:41", ("reached", "later"), ("when", promised("2026-11-03 14:00")))
    assert (desk.case.stage, task_of(desk).kind, task_of(desk).attempt) == ("silent", "attempt", None)
    text = playbook_text()
    text["pipelines"]["leads"]["stages"]["silent"] = {"title": "Недозвон", "crm": "SILENT"}
    bare = Desk(desk.case, Playbook.model_validate({**text, "outcomes": {**text["outcomes"], "agreed": stays}}))
    bare.case = replace(bare.case, task=replace(task_of(bare), kind="call_back"), before=None)
    bare.says("2026-11-03 14:00", ("reached", "later"), ("when", promised("2026-11-03 15:00")))
    assert task_of(bare).kind == "call_back"


def test_what_the_playbook_says_comes_first_on_the_receipt():
    told = {"stage": "agreed", "next": {"task": "call_back", "at": "when"}, "receipt": "Договорились"}
    desk = Desk(lead(), changed_playbook("outcomes", agreed=told))
    desk.arrives()
    decision = desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-03 14:00")))
    assert effects_of(decision, Receipt)[0].lines == (
        "Договорились",
        "Лид → «Дожим»",
        "Дальше: Перезвонить, завтра, вт 3 ноября, 14:00",
    )
    assert effects_of(decision, Receipt)[0].short == "Договорились, дальше завтра 14:00"


def test_the_receipt_of_a_stage_move():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "writes"))
    assert effects_of(decision, Receipt)[0].lines == ("Лид → «Дожим»", "Дальше: Написать, сегодня 17:28")
    assert effects_of(decision, Receipt)[0].short == "«Дожим», дальше 17:28"
    assert decision.why == "«Переписываемся» → «Дожим», Написать, пн 02.11 17:28"


def test_the_journal_says_why_a_question_was_asked():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "yes"))
    assert decision.why == "Ответ «Дозвонился» → вопрос «Долги с процентами?»"
    decision = desk.says("2026-11-02 16:58", ("debt", "small"), ("agreement", "not_ready"), ("obstacle", None))
    assert decision.why == "Ответ «пропущено» → вопрос «Когда?»"


def test_moments_of_tasks_and_questionnaires():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "yes"))
    assert desk.case.run is not None
    assert desk.case.run.started_at == moscow("2026-11-02 16:58")
    desk.says("2026-11-02 16:59", ("debt", "small"), ("agreement", "not_ready"), ("obstacle", None))
    desk.says("2026-11-02 17:00", ("when", promised("2026-11-03 14:00")))
    assert task_of(desk).set_at == moscow("2026-11-02 17:00")


def test_the_comment_tells_what_the_client_asked_for():
    desk = desk_with_lead()
    said = desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "no_calls"))
    assert "Клиент просил не звонить: только переписка." in effects_of(said, Comment)[0].text
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "nothing"))
    said = desk.does("2026-11-02 16:59", Confirmed(MANAGER))
    assert "Клиент просил не звонить и не писать." in effects_of(said, Comment)[0].text


def test_a_stage_is_moved_even_when_no_field_changes():
    text = playbook_text()
    text["fields"] = {key: value for key, value in text["fields"].items() if "system" not in value}
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    decision = desk.says("2026-11-02 16:58", ("reached", "no"))
    assert effects_of(decision, Update) == [Update("silent", {})]


def test_an_answer_is_not_written_where_the_field_is_not():
    text = playbook_text()
    text["fields"]["agreement"]["on"] = ["deal"]
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "small"), ("agreement", "refused"))
    decision = desk.does("2026-11-02 16:59", Confirmed(MANAGER))
    assert "agreement" not in effects_of(decision, Update)[0].fields
    assert effects_of(decision, Update)[0].fields["debt"] == "small"
