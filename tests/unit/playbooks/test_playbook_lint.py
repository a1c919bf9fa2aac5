"""Advice on a playbook, the notes that answer it, and the diagram."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.playbooks.graph import graph
from bot.playbooks.lint import lint_file, lint_text
from bot.playbooks.load import builtin, builtin_names, load

SMALL = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")
CATALOG = Path(__file__).parents[3] / "bot" / "playbooks" / "catalog"
FRESH = "fresh: {title: Новый, crm: NEW, task: call, limit: 2h, limit_exempt: [SITE]}"


def rules(text: str, place: str) -> set[str]:
    return {finding.rule for finding in lint_text(text) if finding.path == place}


def fresh(**keys: str) -> str:
    """The small playbook with another first stage."""
    told = {"title": "Новый", "crm": "NEW", "task": "call"} | keys
    return SMALL.replace(FRESH, "fresh: {" + ", ".join(f"{key}: {value}" for key, value in told.items()) + "}")


@pytest.mark.parametrize("name", builtin_names())
def test_built_in_playbooks_answer_all_their_advice(name):
    assert [str(finding) for finding in lint_file(CATALOG / f"{name}.yaml")] == []


def test_advice_names_line_place_and_rule():
    line = next(str(finding) for finding in lint_text(SMALL, "small.yaml") if finding.rule == "stage_count")
    assert line == (
        "small.yaml:13 pipelines.leads.stages: 3 stages (open and success); people keep 5 to 7 in mind; "
        "join or split stages [stage_count]"
    )


def test_advice_is_not_an_error():
    assert {finding.level for finding in lint_text(SMALL)} == {"advice"}
    assert load(SMALL).playbook.playbook == "small"


STAGE = "pipelines.leads.stages.fresh"


@pytest.mark.parametrize("title", ["Перезвонить", "Связаться с клиентом", "Отправлено письмо"])
def test_an_action_is_no_stage(title):
    assert "stage_action" in rules(fresh(title=title), STAGE)


@pytest.mark.parametrize("title", ["КП отправлено", "Встреча назначена", "Новый лид", "Согласие"])
def test_a_state_is_a_stage(title):
    assert "stage_action" not in rules(fresh(title=title), STAGE)


@pytest.mark.parametrize("title", ["E-mail", "Сайт", "Звонок с сайта", "Лиды telegram"])
def test_a_channel_is_no_stage(title):
    assert "stage_channel" in rules(fresh(title=title), STAGE)
    assert "stage_channel" not in rules(fresh(title="Квалификация"), STAGE)


def test_an_empty_name_needs_criteria():
    assert "stage_empty_name" in rules(fresh(title="В работе"), STAGE)
    assert "stage_empty_name" in rules(fresh(title="Не определён"), STAGE)
    assert "stage_empty_name" not in rules(fresh(title="В работе", entry="взят менеджером", exit="есть КП"), STAGE)


def test_an_open_stage_sets_a_task():
    without = SMALL.replace("silent: {title: Недозвон, crm: SILENT, task: again}", "silent: {title: Недозвон, crm: S}")
    assert "stage_task" in rules(without, "pipelines.leads.stages.silent")
    assert "stage_task" not in rules(SMALL, "pipelines.leads.stages.silent")


@pytest.mark.parametrize(("key", "value"), [("entry", "взят"), ("exit", "сдан"), ("who", "менеджер"), ("limit", "3d")])
def test_each_stage_says_when_who_and_how_long(key, value):
    assert f"stage_{key}" in rules(fresh(), STAGE)
    assert f"stage_{key}" not in rules(fresh(**{key: value}), STAGE)


def test_a_stage_of_minutes_is_a_task():
    assert "stage_short" in rules(fresh(limit="30m"), STAGE)
    assert "stage_short" not in rules(fresh(limit="1h"), STAGE)


def test_one_reason_to_lose_is_too_few():
    assert "reject_reasons" in rules(SMALL, "pipelines.leads.stages")
    two = SMALL.replace(
        "kind: failure}", "kind: failure}\n      worse: {title: Ещё, crm: WORSE, kind: failure, by_hand: true}"
    )
    assert "reject_reasons" not in rules(two, "pipelines.leads.stages")


def test_stages_that_say_the_same_are_told_apart():
    assert "stage_overlap" in rules(fresh(title="Недозвоны"), "pipelines.leads.stages.silent")
    opposite = SMALL.replace("title: Плохой", "title: Нехороший")
    assert "stage_overlap" not in rules(opposite, "pipelines.leads.stages.bad")


def test_names_of_one_pipeline_are_of_one_style():
    assert "stage_style" in rules(fresh(title="Встреча назначена"), "pipelines.leads.stages")
    assert "stage_style" not in rules(SMALL, "pipelines.leads.stages")


def test_the_order_shows_the_progress():
    late = "kind: failure}\n      late: {title: Поздний, crm: LATE, task: call, by_hand: true}"
    assert "stage_order" in rules(SMALL.replace("kind: failure}", late), "pipelines.leads.stages")
    assert "stage_order" not in rules(SMALL, "pipelines.leads.stages")


def test_parts_that_nothing_uses_are_named():
    unused = SMALL.replace("  sum: {kind", "  extra: {kind: text, text: Ещё?}\n  sum: {kind")
    assert "unused" in rules(unused, "questions.extra")
    assert not any(finding.rule == "unused" for finding in lint_text(SMALL))


def note(ignore: str) -> str:
    return SMALL + f"lint:\n  - {{ignore: {ignore}, because: так устроена наша работа}}\n"


def test_a_note_answers_a_rule_everywhere_in_a_pipeline_or_at_one_stage():
    def places(text: str) -> set[str]:
        return {finding.path for finding in lint_text(text) if finding.rule == "stage_entry"}

    everywhere = places(SMALL)
    assert {STAGE, "pipelines.deals.stages.open"} < everywhere
    assert places(note("stage_entry")) == set()
    assert places(note("stage_entry@leads")) == {path for path in everywhere if ".deals." in path}
    assert places(note("stage_entry@leads.fresh")) == everywhere - {STAGE}


@pytest.mark.parametrize(
    ("ignore", "says"),
    [
        ("stage_entri", 'there is no rule "stage_entri"; did you mean "stage_entry"?'),
        ("stage_entry@nowhere", '"stage_entry@nowhere" answers no advice; remove the note'),
    ],
)
def test_a_note_that_answers_nothing_is_named(ignore, says):
    assert any(says in str(finding) and finding.path == "lint[0].ignore" for finding in lint_text(note(ignore)))


def test_a_note_needs_a_reason():
    text = SMALL + "lint:\n  - {ignore: stage_entry, because: так}\n"
    assert [str(finding) for finding in lint_text(text, "small.yaml")] == [
        "small.yaml:71 lint[0].because: is too short: at least 10 characters"
    ]


def test_errors_come_instead_of_advice(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(SMALL.replace("miss: calls", "miss: cals"), encoding="utf-8")
    assert [str(finding) for finding in lint_file(path)] == [
        'mine.yaml:65 outcomes.missed.miss: cadence "cals" is not defined; did you mean "calls"?'
    ]
    assert [finding.problem for finding in lint_file(tmp_path / "none.yaml")] == [
        "cannot be read: No such file or directory"
    ]


def test_the_diagram_shows_stages_and_the_outcomes_between_them():
    assert graph(load(SMALL).playbook).splitlines() == [
        "flowchart LR",
        '  subgraph leads["Лиды"]',
        '    leads_fresh["Новый"]',
        '    leads_silent["Недозвон"]',
        '    leads_good(["Хороший"])',
        '    leads_bad[/"Плохой"/]',
        "  end",
        '  subgraph deals["Сделки"]',
        '    deals_open["Сделка"]',
        '    deals_won(["Победа"])',
        "  end",
        '  leads_fresh -->|"missed"| leads_silent',
        '  leads_fresh -->|"lost"| leads_bad',
        '  leads_fresh -->|"qualified"| leads_good',
        '  leads_fresh -.->|"qualified"| deals_open',
        '  leads_silent -->|"missed"| leads_silent',
        '  leads_silent -->|"lost"| leads_bad',
        '  leads_silent -->|"qualified"| leads_good',
        '  leads_silent -.->|"qualified"| deals_open',
        '  deals_open -->|"paid"| deals_won',
    ]


def test_the_diagram_of_a_built_in_playbook_has_an_arrow_into_every_stage_that_outcomes_lead_to():
    playbook = builtin("bankruptcy").playbook
    drawn = graph(playbook)
    for name, pipeline in playbook.pipelines.items():
        for key in list(pipeline.stages)[1:]:
            if not pipeline.stages[key].by_hand:
                assert f'"| {name}_{key}\n' in drawn, key


def test_quotes_in_titles_do_not_break_the_diagram():
    drawn = graph(load(SMALL.replace("title: Хороший", "title: '\"Хороший\"'")).playbook)
    assert 'leads_good(["#quot;Хороший#quot;"])' in drawn
