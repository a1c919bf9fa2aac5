"""What an admin may write behind /simulate."""

from __future__ import annotations

import pytest

from bot.playbooks.changes import Refused
from bot.services.trials import figures_of


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("", {}),
        ("2000 лидов, 5 менеджеров", {"leads": "2000", "managers": "5"}),
        ("1 500 заявок за 14 дней и 4 менеджера", {"leads": "1500", "days": "14", "managers": "4"}),
        ("5 менеджеров, зерно 7", {"managers": "5", "seed": "7"}),
        ("leads=2000,managers=5; seed=7", {"leads": "2000", "managers": "5", "seed": "7"}),
        ("contactable=0.5 always_odds=0.6,0.5,0.4", {"contactable": "0.5", "always_odds": "0.6,0.5,0.4"}),
    ],
)
def test_figures_are_read_as_people_write_them(words: str, figures: dict[str, str]) -> None:
    assert figures_of(words) == figures


@pytest.mark.parametrize(
    "words", ["-5 лидов", "1.5 менеджера", "--leads 5", "30 % дозвона", "😀", "лидов", "100000 лидов"]
)
def test_what_is_no_figure_is_refused(words: str) -> None:
    with pytest.raises(Refused):
        figures_of(words)
