"""The repository taken apart, and what a teacher is shown of each part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.build.llm.dossiers import SHARES, TITLES, Library, dossier, fit
from forklift.build.llm.lane import CHARS_PER_TOKEN
from forklift.build.llm.parts import ROOT, by_level, chosen, take_apart


@pytest.fixture(scope="module")
def library(shop_view, shop_index, shop_facts):
    return Library(shop_view, shop_index, take_apart(shop_view), shop_facts)


def test_the_repository_is_taken_apart_down_to_functions(library):
    parts = library.parts
    assert parts["Stock.take_items"].parent == "Stock"
    assert parts["Stock"].parent == "src/shop/stock.py"
    assert parts["src/shop/stock.py"].parent == "src/shop/"
    assert parts["src/shop/"].parent == "src/"
    assert parts["src/"].parent == ROOT
    assert "Stock.take_items" in parts["Stock"].inside
    assert parts[ROOT].parent == ""
    assert all(part.id in parts[part.parent].inside for part in parts.values() if part.id != ROOT)
    assert not [part for part in parts.values() if "test" in part.path]


def test_what_is_inside_comes_before_what_it_is_in(library):
    place = {part.id: n for n, level in enumerate(by_level(list(library.parts.values()))) for part in level}
    assert all(place[each] < place[part.id] for part in library.parts.values() for each in part.inside)


def test_the_most_central_parts_are_chosen_first(library):
    few = chosen(library.parts, 5)
    assert len(few) == 5
    assert min(part.rank for part in few) >= max(p.rank for p in library.parts.values() if p not in few)
    assert few[0].id == ROOT


def test_a_dossier_has_source_facts_neighbours_and_summaries(library):
    text = dossier(library, library.parts["Stock.take_items"], {"Stock": "Counts what is there."}, 1000)
    assert text.startswith("method `Stock.take_items`, `src/shop/stock.py` lines ")
    assert "raise OutOfStockError(article)" in text
    assert "`Stock.take_items` raises `OutOfStockError`." in text
    assert "called by `place_order` (function in `src/shop/orders.py`)" in text
    assert "`Stock` (class): Counts what is there." in text
    wide = dossier(library, library.parts["src/shop/stock.py"], {"Stock": "Counts what is there."}, 1000)
    assert "`Stock` (class): Counts what is there." in wide


@pytest.mark.parametrize("tokens", [50, 100, 300, 1000, 5000])
def test_no_dossier_is_larger_than_it_may_be(library, tokens):
    summaries = dict.fromkeys(library.parts, "It has a purpose. " * 10)
    for part in library.parts.values():
        assert len(dossier(library, part, summaries, tokens)) <= tokens * CHARS_PER_TOKEN + 200


@given(
    st.fixed_dictionaries({name: st.lists(st.text("ab ", max_size=400), max_size=30) for name in SHARES}),
    st.integers(0, 4000),
)
def test_sections_fit_whatever_they_hold(sections, chars):
    fitted = fit(sections, SHARES, chars)
    assert sum(len(text) + len(TITLES[name]) + 5 for name, text in fitted.items()) <= chars


def test_all_is_shown_where_there_is_room():
    sections = {name: ["one line", "another"] for name in SHARES}
    assert fit(sections, SHARES, 10_000) == dict.fromkeys(SHARES, "one line\nanother")
