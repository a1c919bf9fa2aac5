"""What loading says of a broken playbook: file, line, path, problem and mend, word for word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.errors import DozvonError
from bot.playbooks.errors import Finding, PlaybookInvalid, did_you_mean, say_path
from bot.playbooks.load import builtin, load

HERE = Path(__file__).parent
SMALL = (HERE / "small.yaml").read_text(encoding="utf-8")
BROKEN: list[dict[str, Any]] = YAML(typ="safe").load(HERE / "broken.yaml")


def refusal(text: str) -> PlaybookInvalid:
    with pytest.raises(PlaybookInvalid) as caught:
        load(text, name="small.yaml")
    return caught.value


def test_the_playbook_before_it_is_broken_loads():
    assert load(SMALL).playbook.playbook == "small"


@pytest.mark.parametrize("case", BROKEN, ids=[case["name"] for case in BROKEN])
def test_each_mistake_is_named_with_its_place_and_mend(case):
    assert SMALL.count(case["old"]) >= 1
    error = refusal(SMALL.replace(case["old"], case["new"], 1))
    assert str(error).splitlines() == list(case["says"])


def test_every_mistake_of_a_kind_is_told_at_once():
    error = refusal(SMALL.replace("miss: calls", "miss: cals").replace("ask: sum", "ask: summ"))
    assert [finding.path for finding in error.findings] == [
        "questionnaires.deal_talk.steps[0].ask",
        "outcomes.missed.miss",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "small.yaml:1: the file is empty; begin with `playbook: name`"),
        ("- a\n", "small.yaml:1: the file is not a mapping of keys to values; begin with `playbook: name`"),
        ("just words", "small.yaml:1: the file is not a mapping of keys to values; begin with `playbook: name`"),
        ("a: &a\n  <<: *a\n", "small.yaml:0: this is not YAML: a part refers to itself"),
        ("a: 1\n---\nb: 2\n", "small.yaml:2: this is not YAML: but found another document; mend the text here"),
        (
            "a: \x07",
            "small.yaml:0: this is not YAML: unacceptable character #x0007: special characters are not allowed",
        ),
        (
            "a: &a [x, x]\n"
            + "".join(
                f"{c}: &{c} [*{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}, *{p}]\n"
                for p, c in zip("abcdefgh", "bcdefghi", strict=True)
            ),
            "too many parts",
        ),
        ("[" * 3000, "this is not YAML"),
    ],
    ids=["empty", "list", "words", "itself", "two documents", "bell", "alias bomb", "deep"],
)
def test_a_text_that_is_no_playbook_is_refused_in_one_line(text, says):
    lines = str(refusal(text)).splitlines()
    assert len(lines) == 1
    assert says in lines[0]


def test_a_file_that_cannot_be_read_is_named_without_its_folder(tmp_path):
    with pytest.raises(PlaybookInvalid, match=r"^none\.yaml:0: cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    broken = tmp_path / "latin.yaml"
    broken.write_bytes("playbook: регламент".encode("cp1251"))
    with pytest.raises(PlaybookInvalid, match=r"^latin\.yaml:0: is not UTF-8 text; save it as UTF-8$"):
        load(broken)


def test_an_unknown_built_in_playbook_is_answered_with_the_nearest():
    with pytest.raises(PlaybookInvalid, match='there is no built-in playbook "bankrupcy"; did you mean "bankruptcy"'):
        builtin("bankrupcy")


def test_the_error_is_one_that_people_may_read():
    assert isinstance(refusal("x: 1"), DozvonError)


def test_a_finding_reads_as_one_line():
    finding = Finding("a.yaml", 41, say_path(("outcomes", "x", "steps", 2, "ask")), "is wrong", "mend it", rule="r")
    assert str(finding) == "a.yaml:41 outcomes.x.steps[2].ask: is wrong; mend it [r]"


@pytest.mark.parametrize(
    ("word", "known", "mend"),
    [
        ("qualifed", ["qualified", "lost"], 'did you mean "qualified"?'),
        ("zzz", ["one", "two"], "use one of: one, two"),
        ("zzz", [], "none is defined yet"),
        ("zzz", [f"word{n}" for n in range(12)], ", word9, …"),
    ],
)
def test_a_mend_names_the_nearest_word_or_all(word, known, mend):
    assert did_you_mean(word, known).endswith(mend)


def test_names_that_the_buttons_of_a_new_client_cannot_carry_are_refused():
    """A stage, pipeline, source or place is chosen by a button, beside the number and version of the form."""
    long = "a" * 33
    text = SMALL.replace("\nsources:\n", f"\nsources:\n  {long}: {{title: Другой, crm: OTHER}}\n", 1)
    assert text != SMALL
    (finding,) = refusal(text).findings
    assert finding.path == f"sources.{long}"
    assert finding.problem == "the name is longer than 32 characters"
    load(text.replace(long, long[1:]))
