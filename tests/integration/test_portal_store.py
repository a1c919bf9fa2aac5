"""The sandbox's store: what is kept, what is taken back, and that caches learn of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.sandbox.portal.documents import Documents, create_tables
from bot.sandbox.store import Store


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(tmp_path / "deep" / "sandbox.db")
    opened.executescript("CREATE TABLE notes (text TEXT)")
    yield opened
    opened.close()


def _notes(store: Store) -> list[str]:
    return [row["text"] for row in store.execute("SELECT text FROM notes ORDER BY rowid")]


def _note(store: Store, text: str) -> None:
    store.execute("INSERT INTO notes VALUES (?)", (text,))


def test_an_inner_failure_takes_back_only_its_own(store: Store):
    with store.transaction():
        _note(store, "before")
        with pytest.raises(ValueError, match="inner"), store.transaction():
            _note(store, "inner")
            raise ValueError("inner")
        _note(store, "after")
    assert _notes(store) == ["before", "after"]


def test_an_outer_failure_takes_back_everything(store: Store):
    with pytest.raises(ValueError, match="outer"), store.transaction():
        with store.transaction():
            _note(store, "inner")
        raise ValueError("outer")
    assert _notes(store) == []
    with store.transaction():
        _note(store, "next")
    assert _notes(store) == ["next"]


def test_nothing_is_visible_to_others_before_the_outermost_end(store: Store, tmp_path: Path):
    other = Store(tmp_path / "deep" / "sandbox.db")
    with store.transaction():
        with store.transaction():
            _note(store, "x")
        assert _notes(other) == []
    assert _notes(other) == ["x"]
    other.close()


def test_a_script_is_refused_inside(store: Store):
    with store.transaction(), pytest.raises(RuntimeError, match="outside"):
        store.executescript("CREATE TABLE other (x)")


def test_documents_forget_what_was_taken_back(store: Store):
    create_tables(store)
    documents = Documents(store, "thing")
    documents.put(documents.next_id(), {"name": "kept"})
    with pytest.raises(ValueError, match="no"), store.transaction():
        documents.put(1, {"name": "lost"})
        documents.put(documents.next_id(), {"name": "lost too"})
        raise ValueError("no")
    assert list(documents) == [{"name": "kept"}]
    assert documents.next_id() == 2


def test_numbers_of_deleted_documents_are_not_given_again(store: Store):
    create_tables(store)
    documents = Documents(store, "thing")
    documents.put(41, {})
    documents.drop(41)
    assert (documents.next_id(), len(documents), 41 in documents) == (42, 0, False)
