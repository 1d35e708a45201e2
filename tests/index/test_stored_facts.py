"""Facts in the index: stored once, found by words, tied to their symbols."""

import shutil
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.build.teachers.builtin import lesson
from forklift.errors import IndexingError
from forklift.index import open_index, store_facts


def test_every_fact_is_stored_with_its_sentence(shop_index, shop_facts):
    stored = [statement for symbol in shop_index.symbols() for statement in shop_index.facts_of(symbol.id)]
    stored += [s for subject in {f.subject for f in shop_facts} for s in shop_index.facts_about(subject)]
    assert len(stored) == len(shop_facts)
    assert {s.sentence for s in stored} == {lesson(fact).completion for fact in shop_facts}


def test_facts_are_tied_to_the_symbol_they_are_about(shop_index, shop_facts):
    symbols = {symbol.id: symbol for symbol in shop_index.symbols()}
    for fact in (fact for fact in shop_facts if fact.relation in ("defined_in", "calls", "raises", "parameters")):
        found = [s for symbol in shop_index.find(fact.subject) for s in shop_index.facts_of(symbol.id)]
        (same,) = [s for s in found if s.relation == fact.relation and s.sentence == lesson(fact).completion]
        symbol = symbols[same.symbol_id]
        assert (symbol.path, symbol.line) == (fact.path, fact.line) == (same.path, same.line)
        assert fact.subject.endswith(symbol.name)


def test_facts_about_files_belong_to_no_symbol(shop_index):
    told = shop_index.facts_about("src/shop/stock.py")
    assert {statement.relation for statement in told} >= {"defines", "documented_as", "components", "depends_on"}
    assert all(statement.symbol_id is None for statement in told)


@pytest.mark.parametrize(
    ("words", "subject", "relation"),
    [
        ("who calls round_price", "round_price", "called_by"),
        ("what OutOfStockError is raised by", "OutOfStockError", "raised_by"),
        ("shelves in memory", "src/shop/stock.py", "documented_as"),
        ("value of MAX_ITEMS", "MAX_ITEMS", "value"),
    ],
)
def test_facts_are_found_by_words(shop_index, words, subject, relation):
    assert (subject, relation) in [(s.subject, s.relation) for s in shop_index.search_facts(words, 5)]


def test_a_search_keeps_its_limit_and_is_stable(shop_index):
    assert len(shop_index.search_facts("stock", 3)) == 3
    assert shop_index.search_facts("stock", 3) == shop_index.search_facts("stock", 6)[:3]
    assert shop_index.search_facts("stock", 0) == shop_index.search_facts("", 3) == []


@given(st.text())
def test_any_text_can_be_searched(shop_index, text):
    shop_index.search_facts(text, 3)


def test_an_index_in_use_is_left_alone(shop_lift, shop_facts, tmp_path):
    database = tmp_path / "index.sqlite"
    shutil.copy(shop_lift.index, database)
    with sqlite3.connect(database) as connection:
        connection.executescript("DELETE FROM facts; INSERT INTO fact_search (fact_search) VALUES ('delete-all');")
    connection.close()
    with open_index(database) as before:
        assert before.search_facts("stock", 3) == []
        store_facts(database, [(fact, lesson(fact).completion) for fact in shop_facts])
        assert before.search_facts("stock", 3) == []
        assert before.find("Stock")
    with open_index(database) as after:
        assert after.search_facts("stock", 3)
        assert after.symbols()
    assert [path.name for path in tmp_path.iterdir()] == ["index.sqlite"]


def test_what_cannot_be_written_is_one_clear_error(tmp_path):
    with pytest.raises(IndexingError, match="cannot write"):
        store_facts(tmp_path / "none.sqlite", [])
    (tmp_path / "garbage").write_bytes(b"garbage" * 1000)
    with pytest.raises(IndexingError, match="cannot write"):
        store_facts(tmp_path / "garbage", [])
    assert [path.name for path in tmp_path.iterdir()] == ["garbage"]


def test_a_symbol_by_its_id(shop_index):
    for symbol in shop_index.symbols()[:5]:
        assert shop_index.symbol(symbol.id) == symbol
    with pytest.raises(IndexingError, match="no symbol 999999"):
        shop_index.symbol(999_999)
