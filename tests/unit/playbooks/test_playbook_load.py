"""Reading a playbook: the traps of YAML, versions, and the built-in ones."""

from __future__ import annotations

import json
from datetime import time, timedelta
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.playbooks.load import builtin, builtin_names, load
from bot.playbooks.model import read_duration, write_duration
from bot.playbooks.schema import schema, schema_text

SMALL = (Path(__file__).parent / "small.yaml").read_text(encoding="utf-8")


def test_words_that_older_yaml_reads_as_truth_or_time_stay_words():
    text = SMALL.replace("'no': {label: Нет", "no: {label: off").replace("'yes'", "yes").replace("'09:30'", "9:30")
    playbook = load(text).playbook
    assert list(playbook.questions["reached"].options) == ["yes", "no", "later"]
    assert playbook.questions["reached"].options["no"].label == "off"
    assert playbook.cadences["calls"].slots == (time(9, 30), time(15))


def test_the_key_on_is_a_word():
    text = SMALL.replace("title: Заметка}", "title: Заметка, on: [deal]}")
    assert load(text).playbook.fields["note"].on == ("deal",)


def test_a_date_is_text():
    assert load(SMALL.replace("title: Сделки", "title: 2026-11-02")).playbook.pipelines["deals"].title == "2026-11-02"


def test_aliases_repeat_a_part():
    text = SMALL.replace("due: {within: 15m}", "due: &soon {within: 15m}")
    text = text.replace("again: {title: Повторить, ask: talk}", "again: {title: Повторить, ask: talk, due: *soon}")
    tasks = load(text).playbook.tasks
    assert tasks["again"].due == tasks["call"].due


def test_anchored_numbers_and_truths_keep_their_kind():
    text = SMALL.replace("attempts: 4", "attempts: &n 4").replace("early: true", "early: &t true")
    playbook = load(text).playbook
    assert playbook.cadences["calls"].attempts == 4
    assert playbook.questionnaires["talk"].results[0].early is True


def test_the_version_is_the_hash_of_the_text():
    loaded = load(SMALL)
    assert loaded.text == SMALL
    assert loaded.hash == sha256(SMALL.encode()).hexdigest()


def test_a_file_and_its_text_are_the_same_version(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert load(path) == load(SMALL)


def test_a_stored_version_is_not_cross_checked_again():
    stale = SMALL.replace("  paid: {stage: won}", "  paid: {stage: won}\n  refund: {stage: won}")
    assert "refund" in load(stale, checked=True).playbook.outcomes


@pytest.mark.parametrize("name", builtin_names())
def test_built_in_playbooks_load_and_are_named_as_their_files(name):
    assert builtin(name).playbook.playbook == name


@pytest.mark.parametrize("name", builtin_names())
def test_what_is_written_out_reads_back_as_the_same(name):
    playbook = builtin(name).playbook
    written = playbook.model_dump_json(exclude_none=True)
    assert load(written).playbook == playbook


@pytest.mark.parametrize("name", builtin_names())
def test_a_round_trip_through_the_editor_changes_nothing(name, tmp_path):
    editor = YAML()
    editor.preserve_quotes = True
    path = tmp_path / "copy.yaml"
    editor.dump(editor.load(builtin(name).text), path)
    assert load(path).playbook == builtin(name).playbook


def test_the_schema_file_is_the_models():
    stored = (resources.files("bot.playbooks") / "schema.json").read_text(encoding="utf-8")
    assert json.loads(stored) == schema()
    assert stored == schema_text()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(minutes=90)),
        ("3d", timedelta(days=3)),
        ("1d2h3m", timedelta(days=1, hours=2, minutes=3)),
        ("0m", timedelta(0)),
    ],
)
def test_a_duration_reads_and_writes(text, length):
    assert read_duration(text) == length
    assert write_duration(length) == text


@pytest.mark.parametrize("text", ["", "15", "m", "1h 30m", "-5m", "1m1h", "1.5h", "15мин"])
def test_other_durations_are_refused(text):
    with pytest.raises(ValueError, match="is not a duration; write minutes, hours or days"):
        read_duration(text)
