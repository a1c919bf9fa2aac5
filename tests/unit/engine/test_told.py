"""What is remembered of a recorded questionnaire, and what the journal keeps of it."""

from __future__ import annotations

from bot.engine.events import Undone
from bot.engine.story import end_of, known_of
from bot.services.history import journal_data
from tests.builders import MANAGER, desk_with_lead, lead, promised, small_playbook, task_of


def test_a_miss_is_told_with_its_number_and_leaves_the_last_words():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:51", ("reached", "later"), ("when", promised("2026-11-03 10:00")))
    said = desk.case.said
    assert said is not None
    assert (said.words, said.by) == ("Просит перезвонить", MANAGER)
    decision = desk.says("2026-11-03 10:00", ("reached", "no"))
    assert decision.told is not None
    assert (decision.told.words, decision.told.attempt) == (("Не дозвонился",), 1)
    assert desk.case.said == said


def test_words_that_are_taken_back_were_never_said():
    desk = desk_with_lead()
    task = task_of(desk).id
    decision = desk.says("2026-11-02 16:51", ("reached", "later"), ("when", promised("2026-11-03 10:00")))
    before = desk.case
    assert decision.told is not None
    assert decision.told.task == task
    undone = desk.does("2026-11-02 16:51", Undone(MANAGER))
    assert desk.case.said is None
    assert journal_data(desk.playbook, before, Undone(MANAGER), undone)["undone"] == task


def test_the_journal_keeps_moves_owners_and_marks():
    desk = desk_with_lead()
    desk.playbook = small_playbook().model_copy(
        update={
            "outcomes": {
                key: outcome.model_copy(update={"mark": f"mark_{key}"})
                for key, outcome in small_playbook().outcomes.items()
            }
        }
    )
    before = desk.case
    decision = desk.says("2026-11-02 16:51", ("reached", "no"))
    data = journal_data(desk.playbook, before, Undone(MANAGER), decision)
    assert data["from"] == "new"
    assert data["stage"] == desk.case.stage
    assert data["marks"] == [f"mark_{key}" for key in decision.outcomes]
    assert "owners" not in data


def test_what_is_known_and_how_it_ended_in_words():
    playbook = small_playbook()
    field = playbook.fields["debt"].model_copy(update={"told": "долг: {value}"})
    playbook = playbook.model_copy(update={"fields": {**playbook.fields, "debt": field}})
    case = lead(stage="junk", facts={"debt": "small", "obstacle": "rota"}, closed=True)
    assert known_of(playbook, case) == ("долг: до 250 тыс.",)
    assert end_of(playbook, case).startswith("«Некачественный»")
    assert end_of(playbook, case).endswith(" · долг: до 250 тыс.")
