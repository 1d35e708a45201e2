"""What a question is about: found by its words, and by one or two steps from there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.index import around
from forklift.index.walk import graph_of, topic_words


def wholes(index, question) -> list[str]:
    found = around(index, question)
    return list(dict.fromkeys(found.wholes[one.id].name for one in found.symbols))


def test_what_the_words_name_comes_first(shop_index):
    assert wholes(shop_index, "How are prices rounded?")[0] == "round_price"
    assert wholes(shop_index, "What is cold stock?")[0] == "ColdStock"


def test_neighbours_are_found_whom_no_word_names(shop_index):
    found = wholes(shop_index, "Why is there a checksum on a barcode?")
    assert {"barcode_checksum", "weighted_sum"} <= set(found)  # the second only by the call


def test_parts_stand_under_their_whole(shop_index):
    found = around(shop_index, "taking items off the shelf")
    part = next(one for one in found.symbols if one.name == "take_items")
    assert found.wholes[part.id].name == "Stock"


def test_files_come_by_what_they_hold(shop_index):
    assert around(shop_index, "prices with tax").files[0] == "src/shop/prices.py"


def test_documentation_leads_to_what_it_explains(reading):
    guide = "# Guide\n\n## Serving customers\n\nEvery customer gets a fresh `Till` object.\n"
    code = "class Till:\n    pass\n\n\nclass Lamp:\n    pass\n"
    index = reading({"shop/things.py": code, "docs/guide.md": guide})
    found = around(index, "How are customers served?")
    assert found.symbols[0].name == "Till"  # only the section says so
    assert found.documents == ["docs/guide.md"]


def test_tests_are_left_out(shop_index):
    found = around(shop_index, "stock of the shop that is empty")
    assert found.symbols
    assert not any(one.is_test for one in found.symbols)
    assert found.files
    assert not any(path.startswith("tests/") for path in found.files)


def test_documents_come_by_what_their_sections_say(reading):
    said = {
        "docs/a.md": "# Tills\n\n## Repair\n\nA till is repaired.\n",
        "docs/b.md": "# Lamps\n\nA till has a lamp.\n",
    }
    index = reading({"shop.py": "class Till:\n    pass\n", **said})
    assert around(index, "How are tills repaired?").documents[0] == "docs/a.md"


def test_words_of_every_question_are_no_topic(shop_index):
    assert topic_words(shop_index, "How does Shop implement its price system?") == ["price"]
    assert topic_words(shop_index, "What is the purpose?") == ["purpose"]  # better than nothing


@pytest.mark.parametrize("question", ["", "?!", "zzzz qqqq", '" OR * NEAR('])
def test_what_finds_nothing_is_about_nothing(shop_index, question):
    assert around(shop_index, question).symbols == ()


@given(st.text(max_size=80))
def test_any_text_may_be_asked_and_twice_gives_the_same(shop_index, question):
    assert around(shop_index, question) == around(shop_index, question)


def test_a_walk_keeps_its_weight(shop_index):
    graph = graph_of(shop_index)
    sums = graph.steps.sum(0)
    assert ((abs(sums - 1) < 1e-9) | (sums == 0)).all()
