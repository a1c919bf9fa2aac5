"""What loading says of a form that cannot work: line, path, problem and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.playbooks.errors import PlaybookInvalid
from bot.playbooks.load import load

FORM = (Path(__file__).parents[2] / "scenarios" / "form.yaml").read_text(encoding="utf-8")
_RESULT = "questionnaires.fill_deal.results[0]"
_STEP = "questionnaires.fill_deal.steps"


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("    finish: Передать юристу\n", "", "questionnaires.fill_deal", "nothing ends the form"),
        ("    form: true\n", "", "questionnaires.fill_deal.finish", "`finish` belongs to a form"),
        ("aside: gone", "aside: fill_deal", "questionnaires.fill_deal.aside", "cannot stand beside a form"),
        ("aside: gone", "aside: went", "questionnaires.fill_deal.aside", 'questionnaire "went" is not defined'),
        (", field: contract_number", "", f"{_STEP}[0].ask", "has no field to keep its answer in"),
        ("{ask: receipt_file}", "{ask: gone}", f"{_STEP}[5].ask", "has no field to keep its answer in"),
        (
            "court: {label: Судебная}",
            "court: {label: Судебная, outcome: lost}",
            f"{_STEP}[3].ask",
            'ends something with option "court"',
        ),
        (
            "court: {label: Судебная}",
            "court: {label: Судебная, stored: false}",
            f"{_STEP}[3].ask",
            'forgets option "court"',
        ),
        (
            "[{outcome: filled}]",
            "[{outcome: filled, early: true}]",
            "questionnaires.fill_deal.results[0].early",
            "last",
        ),
        (
            "    steps: [{ask: gone}]",
            "    steps: [{ask: gone}, {ask: receipt_file}]",
            "questionnaires.gone",
            "form only",
        ),
        ("longest: 20", "not_future: true", "questions.contract_number.not_future", "no meaning for `text`"),
        ("not_future: true", "longest: 3", "questions.contract_date.longest", "no meaning for `date`"),
        ("at_least: 1", "files: {most: 1}", "questions.contract_sum.files", "no meaning for `money`"),
        ("filled: {stage: active}", "filled: {stage: paid, after: fill_deal}", "outcomes.filled.after", "is a form"),
    ],
)
def test_each_mistake_is_named_with_its_place_and_mend(old: str, new: str, path: str, says: str) -> None:
    assert old in FORM
    with pytest.raises(PlaybookInvalid) as caught:
        load(FORM.replace(old, new, 1), name="form.yaml")
    finding = caught.value.findings[0]
    assert finding.path.startswith(path)
    assert says in finding.problem
    assert finding.mend
    assert finding.line


def test_the_form_itself_is_right() -> None:
    assert load(FORM).playbook.questionnaires["fill_deal"].form
