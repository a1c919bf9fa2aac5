"""Text and HTML as the messenger reads them, whatever is in them."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.messenger.formatting import Entity, read_text, utf16_length
from bot.sandbox.messenger.refusals import Refused

TAGS = {"b": "bold", "i": "italic", "u": "underline", "s": "strikethrough", "code": "code", "tg-spoiler": "spoiler"}


def part(text: str, entity: dict[str, object]) -> str:
    """The piece of the text that an entity is about."""
    units = text.encode("utf-16-le")
    start, length = int(str(entity["offset"])), int(str(entity["length"]))
    return units[2 * start : 2 * (start + length)].decode("utf-16-le")


@given(st.text())
def test_escaped_text_comes_back_as_it_was(text: str):
    assert read_text(html.escape(text, quote=False), "HTML")[0] == text.strip() == read_text(text)[0]


@given(st.lists(st.tuples(st.sampled_from(sorted(TAGS)), st.text(min_size=1)), max_size=6))
def test_every_entity_covers_what_stood_between_its_tags(pieces: list[tuple[str, str]]):
    source = ".".join(f"<{tag}>{html.escape(inner)}</{tag}>" for tag, inner in [("b", "1"), *pieces, ("b", "9")])
    text, entities = read_text(source, "HTML")
    marked = [(entity["type"], part(text, entity)) for entity in entities if entity["type"] in TAGS.values()]
    assert marked == [(TAGS[tag], inner) for tag, inner in [("b", "1"), *pieces, ("b", "9")]]


@given(st.text(alphabet="<>/=\"& abipre'😀ж", max_size=40))
def test_any_html_is_either_read_or_refused_in_words(source: str):
    refusal = None
    text = ""
    entities: list[Entity] = []
    try:
        text, entities = read_text(source, "HTML")
    except Refused as refused:
        refusal = refused.description
    assert refusal is None or refusal.startswith("Bad Request: can't parse entities: ")
    end = utf16_length(text)
    assert all(0 <= int(str(e["offset"])) < int(str(e["offset"])) + int(str(e["length"])) <= end for e in entities)


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ('<pre><code class="language-sql">SELECT 1</code></pre>', "SELECT 1", [("pre", "SELECT 1")]),
        ('<span class="tg-spoiler">тайна</span>', "тайна", [("spoiler", "тайна")]),
        ("<b>а<i>б</i></b>", "аб", [("bold", "аб"), ("italic", "б")]),
        ("<a href='tg://user?id=5'>Иван</a>", "Иван", [("text_link", "Иван")]),
        ("<a href=''>пусто</a>", "пусто", []),
        ("&lt;b&gt; &amp;amp; &#1078; &#x1F534; &nbsp; &", "<b> &amp; ж 🔴 &nbsp; &", []),
        ("<B>да</B>", "да", [("bold", "да")]),
        (
            "почта a@b.ru, @sokolov, /today",
            None,
            [("email", "a@b.ru"), ("mention", "@sokolov"), ("bot_command", "/today")],
        ),
        ("см. https://portal.test/1?x=2.", None, [("url", "https://portal.test/1?x=2")]),
        ("+79141234567 и 89141234567", None, [("phone_number", "+79141234567")]),
    ],
)
def test_what_becomes_of(source: str, text: str | None, entities: list[tuple[str, str]]):
    read, found = read_text(source, "HTML")
    assert read == (source if text is None else text)
    assert [(entity["type"], part(read, entity)) for entity in found] == entities


def test_markdown_is_not_modelled_and_nonsense_is_refused():
    with pytest.raises(Refused) as refused:
        read_text("*x*", "MarkdownV2")
    assert refused.value.code == 501
    with pytest.raises(Refused) as refused:
        read_text("x", "RTF")
    assert refused.value.description == "Bad Request: unsupported parse_mode"
