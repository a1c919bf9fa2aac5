"""Filling in a form: any order, checked answers written at once, files, and the end when nothing is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.engine import events as ev
from bot.engine import files, forms
from bot.engine.case import Case, Client, Task
from bot.engine.daywords import read_day
from bot.engine.decide import decide
from bot.engine.effects import AddFile, Decision, Redraw, Tell, Update
from bot.engine.files import SentFile
from bot.errors import ActionNotAllowed
from bot.playbooks.load import load
from bot.playbooks.model import Files, Playbook
from tests.builders import moscow

NOW = moscow("2026-11-23 10:00")
DOCUMENT = Path(__file__).parents[2] / "scenarios" / "form.yaml"


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load(DOCUMENT.read_text()).playbook


def deal(**facts: Any) -> Case:
    """A paid deal whose form is to be filled in."""
    task = Task("7-1", "fill_deal", NOW, moscow("2026-11-23 19:00"), NOW)
    return Case(
        id=7,
        entity="deal",
        crm_id=70,
        playbook="v1",
        pipeline="deals",
        stage="paid",
        owner=2,
        title="Пётр Проверкин",
        client=Client("Пётр Проверкин"),
        arrived_at=NOW,
        entered_at=NOW,
        facts=facts,
        task=task,
        tasks_set=1,
    )


def sent(number: int, name: str = "Договор.pdf") -> SentFile:
    return SentFile(f"U{number}", f"F{number}", name, 100)


def fill(playbook: Playbook, case: Case, *events: ev.Event) -> Decision:
    """The last decision after these events."""
    decision = Decision(case, (), "")
    for event in events:
        decision = decide(playbook, decision.case, event, NOW)
    return decision


def answer(question: str, value: Any, label: str = "") -> ev.Answered:
    return ev.Answered(2, question, value, label or str(value))


WHOLE = {
    "paid": 15000,
    "contract_number": "17",
    "contract_date": "2026-11-23",
    "procedure": "court",
    "contract_file": [{"crm": 1}],
    "receipt_file": [{"crm": 2}],
}


def test_an_answer_is_written_when_it_is_given_and_the_form_stands_again(playbook: Playbook) -> None:
    decision = fill(playbook, deal(), ev.Picked(2, "contract_number"), answer("contract_number", "17"))
    assert decision.effects == (Update(None, {"contract_number": "17"}), Redraw())
    assert decision.case.run is None
    assert decision.case.facts == {"contract_number": "17"}


def test_what_is_known_counts_as_answered(playbook: Playbook) -> None:
    known = {line.ask.id: line.right for line in forms.lines(playbook, deal(paid=15000), NOW, "manager")}
    assert known == {
        "contract_number": False,
        "contract_date": False,
        "contract_sum": True,
        "procedure": False,
        "contract_file": False,
        "receipt_file": False,
    }


@pytest.mark.parametrize(
    ("question", "value", "sentence"),
    [
        ("contract_sum", 0, "не меньше 1"),
        ("contract_date", "2026-11-24", "ещё не наступила"),
        ("contract_date", "никогда", "не понята"),
        ("contract_number", " ", "Нужен текст"),
        ("contract_number", "1" * 21, "не больше 20"),
        ("procedure", "other", "не предложен"),
        ("contract_file", [], "Пришлите файл"),
    ],
)
def test_a_wrong_answer_is_refused_with_what_is_wanted(
    playbook: Playbook, question: str, value: Any, sentence: str
) -> None:
    with pytest.raises(ActionNotAllowed, match=sentence):
        fill(playbook, deal(), answer(question, value))


def test_what_was_typed_into_the_crm_is_checked_too(playbook: Playbook) -> None:
    (wrong,) = [line for line in forms.lines(playbook, deal(**WHOLE | {"paid": 0}), NOW, "manager") if line.missing]
    assert wrong.ask.id == "contract_sum"
    assert wrong.wrong is not None
    with pytest.raises(ActionNotAllowed, match="Ещё не всё: Сумма"):
        fill(playbook, deal(**WHOLE | {"paid": 0}), ev.Finished(2))


def test_the_end_of_a_whole_form(playbook: Playbook) -> None:
    decision = fill(playbook, deal(**WHOLE), ev.Finished(2))
    assert decision.case.stage == "active"
    assert decision.outcomes == ("filled",)
    (move,) = [effect for effect in decision.effects if isinstance(effect, Update)]
    assert move == Update("active", {})


def test_the_same_answer_again_writes_nothing(playbook: Playbook) -> None:
    decision = fill(playbook, deal(**WHOLE), ev.Picked(2, "procedure"), answer("procedure", "court"))
    assert decision.effects == (Redraw(),)
    assert decision.case.run is None


def test_files_are_added_to_those_that_are_there(playbook: Playbook) -> None:
    decision = fill(playbook, deal(contract_file=[{"crm": 1}]), ev.Filed(2, "contract_file", (sent(5), sent(6))))
    assert decision.effects == (AddFile("contract_file", sent(5)), AddFile("contract_file", sent(6)), Redraw())
    assert files.waiting(decision.case.facts["contract_file"]) == 2
    assert decision.case.run is not None
    assert decision.case.run.picked == "contract_file"
    decision = fill(playbook, decision.case, ev.FileArrived("contract_file", "U5", (1, 9)))
    assert decision.case.facts["contract_file"] == [{"crm": 1}, {"crm": 9}, sent(6).stored()]


def test_a_file_counts_once_and_not_too_many_are_taken(playbook: Playbook) -> None:
    first = fill(playbook, deal(), ev.Filed(2, "contract_file", (sent(5), sent(5))))
    assert len(first.case.facts["contract_file"]) == 1
    with pytest.raises(ActionNotAllowed, match="уже есть"):
        fill(playbook, first.case, ev.Filed(2, "contract_file", (sent(5),)))
    with pytest.raises(ActionNotAllowed, match="до 4 файлов"):
        fill(playbook, first.case, ev.Filed(2, "contract_file", tuple(sent(one) for one in range(10, 14))))


def test_a_file_that_cannot_be_brought_is_missing_again_and_its_manager_hears_why(playbook: Playbook) -> None:
    case = fill(playbook, deal(), ev.Filed(2, "contract_file", (sent(5),))).case
    decision = fill(playbook, case, ev.FileRefused("contract_file", "U5", "Договор.pdf", "Не открывается."))
    assert decision.case.facts["contract_file"] is None
    (told,) = [effect for effect in decision.effects if isinstance(effect, Tell)]
    assert told.user == 2
    assert "Договор.pdf" in told.text
    assert "Не открывается." in told.text


def test_a_file_that_is_lost_after_the_form_was_ended_has_its_place_in_the_crm(playbook: Playbook) -> None:
    """The chat waits for no file any more: to send it there once more would lead nowhere."""
    case = fill(playbook, deal(**WHOLE | {"contract_file": [sent(5).stored()]}), ev.Finished(2)).case
    decision = fill(playbook, case, ev.FileRefused("contract_file", "U5", "Договор.pdf", "Не открывается."))
    (told,) = [one for one in decision.effects if isinstance(one, Tell)]
    assert "Договор.pdf" in told.text
    assert "Пришлите его ещё раз" not in told.text
    assert "в карточку CRM" in told.text


def test_back_leads_to_the_form(playbook: Playbook) -> None:
    decision = fill(playbook, deal(), ev.Picked(2, "procedure"), ev.SteppedBack(2))
    assert decision.case == deal()


def test_only_questions_of_the_form_are_opened(playbook: Playbook) -> None:
    with pytest.raises(ActionNotAllowed):
        fill(playbook, deal(), ev.Picked(2, "gone"))


def test_the_way_out_beside_the_form(playbook: Playbook) -> None:
    assert fill(playbook, deal(), answer("gone", "refused")).case.stage == "lost"
    opened = fill(playbook, deal(), ev.Picked(2, "procedure")).case
    assert fill(playbook, opened, answer("gone", "refused")).case.stage == "lost"


def test_files_outlive_an_answer_that_is_taken_back(playbook: Playbook) -> None:
    """[Исправить] knows the facts as they were; a file that came meanwhile stays."""
    asked = load(
        DOCUMENT.read_text()
        .replace("filled: {stage: active}", "filled: {next: {task: fill_deal}}")
        .replace(
            "title: Договор активирован, crm: WON, kind: success}",
            "title: Договор активирован, crm: WON, kind: success, by_hand: true}",
        )
    ).playbook
    case = fill(asked, deal(**WHOLE | {"contract_file": [sent(5).stored()]}), ev.Finished(2)).case
    case = fill(asked, case, ev.FileArrived("contract_file", "U5", (9,))).case
    decision = fill(asked, case, ev.Undone(2))
    assert decision.case.facts["contract_file"] == [{"crm": 9}]
    assert not any("contract_file" in one.fields for one in decision.effects if isinstance(one, Update))


def test_a_file_is_judged_before_it_is_taken() -> None:
    rule = Files(types=("pdf", "jpg"), largest=1)
    assert files.refusal(rule, sent(1)) is None
    assert files.refusal(rule, replace(sent(1), name="a.JPEG")) is None
    assert files.refusal(rule, replace(sent(1), name="scan", mime="application/pdf")) is None
    for file, words in (
        (replace(sent(1), name="a.exe"), "Можно: PDF, JPG"),
        (replace(sent(1), size=files.MEGABYTE + 1), "до 1 МБ"),
        (replace(sent(1), size=0), "пустой"),
    ):
        why = files.refusal(rule, file)
        assert why is not None
        assert words in why


def test_what_is_in_a_file_must_be_what_its_name_says() -> None:
    assert files.unreadable("a.pdf", b"%PDF-1.7 ...") is None
    assert files.unreadable("a.jpg", b"\x89PNG\r\n\x1a\n...") is None  # viewers open it all the same
    assert files.unreadable("a.docx", b"PK\x03\x04...") is None
    for name, data in (("a.pdf", b"<html>"), ("a.jpg", b"%PDF-1.7"), ("a.pdf", b"")):
        assert files.unreadable(name, data) is not None


def test_names_fit_any_disk() -> None:
    assert files.fit_name("../Скан: 1?.PDF") == "Скан 1.pdf"
    assert files.fit_name("", "application/pdf") == "Файл.pdf"
    assert len(files.fit_name("д" * 300 + ".pdf")) < 100


@pytest.mark.parametrize("name", ["Договор 12.05", "Договор Иванова И.И", "Договор БФ-17/26. Подписан"])
def test_a_dot_in_a_name_is_no_extension(name: str) -> None:
    """The phone says what it is; a date or initials after the last dot do not make it another type."""
    fit = files.fit_name(name, "application/pdf")
    assert fit.endswith(".pdf")
    assert fit.startswith("Договор")
    assert name[-2:] in fit
    assert files.refusal(files.USUAL, files.SentFile("1", "1", fit, 10, "application/pdf")) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("сегодня", "2026-11-23"),
        ("Вчера", "2026-11-22"),
        ("17.11", "2026-11-17"),
        ("25.12", "2025-12-25"),
        ("5 ноября", "2026-11-05"),
        ("9 мая 2026 г.", "2026-05-09"),
        ("1 май", "2026-05-01"),
        ("17.11.26", "2026-11-17"),
        ("2026-11-01", "2026-11-01"),
        ("завтра", "2026-11-24"),
        ("Послезавтра", "2026-11-25"),
        ("31.02", None),
        ("после дождя", None),
        ("5 вечера", None),
    ],
)
def test_days_in_words(text: str, day: str | None) -> None:
    read = read_day(text, NOW.date(), past=True)
    assert (read.isoformat() if read is not None else None) == day
