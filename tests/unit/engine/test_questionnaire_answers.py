"""Whether an answer will do, and in which form it is kept."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.engine.answers import accepted
from bot.engine.questionnaire import Ask
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Question
from tests.builders import lead, moscow, promised

NOW = moscow("2026-11-02 16:50")
MULTI = {
    "kind": "multi",
    "options": {"a": {"label": "А"}, "b": {"label": "Б"}, "none": {"label": "Нет", "alone": True}},
}


def take(value: Any, **question: Any) -> Any:
    shape = Question.model_validate({"text": "Сколько?", **question})
    return accepted(Ask("q", shape, shape.text, shape.options), lead(), value, NOW, ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(
    ("question", "value", "kept"),
    [
        ({"kind": "number"}, 5, 5),
        ({"kind": "money", "at_least": 1, "at_most": 10}, 1, 1),
        ({"kind": "money", "at_least": 1, "at_most": 10}, 10, 10),
        ({"kind": "money"}, 0.5, 0.5),
        ({"kind": "date"}, "2026-11-17", "2026-11-17"),
        ({"kind": "files"}, ("photo-1",), ["photo-1"]),
        ({"kind": "text"}, "  не сейчас ", "не сейчас"),
        ({"kind": "text", "options": {"x": {"label": "Вахта"}}}, "x", "x"),
        ({"kind": "phone"}, "8 (923) 123-45-67", "+79231234567"),
        ({"kind": "duplicate"}, 44, 44),
        (MULTI, ["b", "a"], ["a", "b"]),
        (MULTI, ["none"], ["none"]),
        (MULTI, [], []),
        ({"kind": "text", "optional": True}, None, None),
        ({"kind": "datetime"}, promised("2026-11-02 16:46"), {"at": "2026-11-02T13:46:00+00:00", "how": "promised"}),
        (
            {"kind": "datetime"},
            {"at": "2026-11-03T10:00:42+03:00", "how": "unnamed"},
            {"at": "2026-11-03T07:00:00+00:00", "how": "unnamed"},
        ),
    ],
)
def test_taken(question, value, kept):
    assert take(value, **question) == kept


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [
        ({"kind": "number"}, "5", "Нужно число"),
        ({"kind": "number"}, True, "Нужно число"),
        ({"kind": "number"}, float("nan"), "Нужно число"),
        ({"kind": "money", "at_least": 1}, 0, "не меньше 1"),
        ({"kind": "money", "at_most": 1_000_000}, 1_000_001, "не больше 1 000 000"),
        ({"kind": "date"}, "17.11.2026", "Дата не понята"),
        ({"kind": "date"}, 17, "Дата не понята"),
        ({"kind": "files"}, [], "файл"),
        ({"kind": "files"}, "photo-1", "файл"),
        ({"kind": "text"}, 5, "текст"),
        ({"kind": "phone"}, 79231234567, "Номер не понят"),
        ({"kind": "duplicate"}, True, "из списка"),
        (MULTI, ["a", "none"], "«Нет» выбирают отдельно"),
        (MULTI, "a", "не предложен"),
        ({"kind": "text"}, None, "не предложен"),
        ({"kind": "datetime"}, promised("2026-11-02 16:44"), "прошло"),
        ({"kind": "datetime", "exact": True}, promised("2026-11-03 10:00", "unnamed"), "не предложен"),
    ],
)
def test_refused(question, value, words):
    with pytest.raises(ActionNotAllowed, match=words):
        take(value, **question)
