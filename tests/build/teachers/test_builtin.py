"""The built-in teacher: what it says of a fact is right, and its own grader agrees."""

import pytest
from document_sentences import DOCUMENT_SENTENCES
from graph_sentences import GRAPH_SENTENCES, fact_of

from forklift.build.teachers.builtin import (
    denial,
    lesson,
    name_forms,
    needed,
    overview,
    spelt_out,
)
from forklift.build.teachers.sentences import SENTENCES
from forklift.build.teachers.sentences.phrases import article, listed
from forklift.grading import denies, grade, is_known
from forklift.records import Question


def question_of(told, prompt="What?"):
    return Question(
        id="q", split="A", facet="f", direction="forward", fact_ids=("f",), subject="s", prompt=prompt,
        completion=told.completion, keys=told.keys, min_keys=told.min_keys, key_type=told.key_type,
    )  # fmt: skip


HISTORY_SENTENCES = [
    (fact_of("introduced_in", objects=["2020-01-02", "abc1234", "1.0"], text="Take"),
     "`Stock.take` was introduced on 2020-01-02 by commit abc1234, first released in version 1.0. "
     'The commit says: "Take".'),
    (fact_of("last_changed", objects=["2020-01-02", "abc1234"]),
     "`Stock.take` was last changed on 2020-01-02 by commit abc1234."),
    (fact_of("changed_because", objects=["2020-01-02", "abc1234", "Take all"], text="One was too few"),
     '`Stock.take` was changed on 2020-01-02 by commit abc1234: "Take all". It adds: "One was too few".'),
    (fact_of("commit_changed", "abc1234", ["Stock", "put"], "2020-01-02 Take all", kind="commit"),
     '`Stock` and `put` were added or changed by commit abc1234 of 2020-01-02. The commit says: "Take all".'),
    (fact_of("renamed_from", objects=["Stock.grab"], text="2020-01-02 abc1234"),
     "`Stock.take` was called `Stock.grab` until it was renamed on 2020-01-02 by commit abc1234."),
    (fact_of("renamed_to", "Stock.grab", ["Stock.take"], "2020-01-02 abc1234"),
     "`Stock.grab` was renamed to `Stock.take` on 2020-01-02 by commit abc1234."),
    (fact_of("moved_from", objects=["b/old.py"], text="2020-01-02 abc1234"),
     "`Stock.take` was in `b/old.py` until it was moved on 2020-01-02 by commit abc1234."),
    (fact_of("removed", "grab", ["2020-01-02", "abc1234"]), "`grab` was removed on 2020-01-02 by commit abc1234."),
    (fact_of("deprecated_since", objects=["2.0"], text="Use `put`."),
     '`Stock.take` is deprecated since version 2.0. The note on it says: "Use `put`".'),
    (fact_of("replaced_by", objects=["put"]), "`Stock.take` is deprecated; use `put` instead."),
    (fact_of("replaces", "put", ["Stock.take"]),
     "`put` is to be used instead of `Stock.take`, which is deprecated."),
    (fact_of("available_since", objects=["1.2"]), "`Stock.take` was added in version 1.2."),
    (fact_of("noted_in", objects=["1.2"], text="Takes several"),
     '`Stock.take` stands in the notes on version 1.2: "Takes several".'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "completion"),
    [
        (fact_of("defined_in", objects=["a/stock.py"]), "`Stock.take` is a method defined in `a/stock.py`."),
        (fact_of("defined_in", "KINDS", ["a/k.py"], kind="enum"), "`KINDS` is an enum defined in `a/k.py`."),
        (fact_of("defines", "a/stock.py", ["Stock", "put"], kind="file"), "`a/stock.py` defines `Stock` and `put`."),
        (fact_of("defines", "s.py", ["A", "B"], "9"), "`s.py` defines `A` and `B`, among 9 names."),
        (fact_of("parameters", objects=["a", "*b", "c"]), "`Stock.take` takes `a`, `*b` and `c`."),
        (fact_of("returns", objects=["int"]), "`Stock.take` returns `int`."),
        (fact_of("default", objects=["amount"], text="1"), "In `Stock.take`, `amount` defaults to `1`."),
        (fact_of("taken_by", "amount", ["Stock.take"]), "`amount` is a parameter, for instance, of `Stock.take`."),
        (fact_of("documented_as", text="Takes one"), '`Stock.take` is documented as: "Takes one".'),
        (fact_of("described_by", "Takes one", ["Stock.take"]), "That is `Stock.take`, in `a/stock.py`."),
        (fact_of("inherits", "Stock", ["Container"]), "`Stock` inherits from `Container`."),
        (fact_of("subclassed_by", "Stock", ["Cold"]), "`Stock` is the base class of `Cold`."),
        (fact_of("has_methods", "Stock", ["put", "take"], "12"),
         "`Stock` has the methods `put` and `take`, among 12 in all."),
        (fact_of("member_of", "take", ["Stock"]), "`take` is a method of `Stock`."),
        (fact_of("calls"), "`Stock.take` calls `OutOfStock`."),
        (fact_of("called_by"), "`Stock.take` is called by `OutOfStock`."),
        (fact_of("raises"), "`Stock.take` raises `OutOfStock`."),
        (fact_of("raised_by"), "`Stock.take` is raised by `OutOfStock`."),
        (fact_of("catches"), "`Stock.take` catches `OutOfStock`."),
        (fact_of("caught_by"), "`Stock.take` is caught by `OutOfStock`."),
        (fact_of("value", "LIMIT", ["3"]), "The value of `LIMIT` is `3`."),
        *GRAPH_SENTENCES,
        *HISTORY_SENTENCES,
        *DOCUMENT_SENTENCES,
    ],
)  # fmt: skip
def test_sentences(fact, completion):
    assert lesson(fact).completion == completion


def test_every_relation_has_its_sentence_tested():
    tested = {mark.args[1][n][0].relation for mark in test_sentences.pytestmark for n in range(len(mark.args[1]))}
    assert tested == set(SENTENCES)


def test_every_lesson_of_a_repository_names_its_subject_and_passes_its_own_grader(shop_facts, shop_index):
    assert len(shop_facts) > 150
    for fact in shop_facts:
        told = lesson(fact)
        assert (
            fact.subject if fact.relation not in ("described_by", "message_from", "reason_for") else fact.objects[0]
        ) in told.completion
        result = grade(question_of(told), told.completion, lambda name: is_known(name, shop_index))
        assert result.right, (fact, result)
        assert result.score == 1.0
        assert not result.abstained
        assert not grade(question_of(told), "", lambda _: True).right


def test_an_overview_tells_all_its_facts_once_named():
    facts = [
        fact_of("defined_in", "Stock", ["a/stock.py"], kind="class"),
        fact_of("documented_as", "Stock", [], "All items", kind="class"),
        fact_of("inherits", "Stock", ["shop.Container"], kind="class"),
        fact_of("called_by", "Stock", ["open_shop"], kind="class"),
    ]
    told = overview(facts)
    assert told.completion == (
        '`Stock` is a class defined in `a/stock.py`. Its documentation says: "All items". '
        "It inherits from `shop.Container`. It is created by `open_shop`."
    )
    assert told.keys == ("a/stock.py", "Container", "open_shop")
    assert told.min_keys == 2
    assert grade(question_of(told), told.completion, lambda _: True).score == 1.0


def test_a_denial_denies_and_names_the_nearest():
    text = denial("Stokc", "Stock", "shop")
    assert text == "There is no `Stokc` in shop. The closest name is `Stock`."
    assert denies(text)


@pytest.mark.parametrize(("count", "words", "names"), [(1, 1, 1), (3, 2, 3), (4, 3, 3), (8, 5, 6)])
def test_how_many_keys_are_needed(count, words, names):
    assert needed(count, "text") == words
    assert needed(count, "symbol") == names


def test_names_are_written_in_the_ways_people_write_them():
    assert set(name_forms("Stock.take", "method")) == {
        "`Stock.take`", "the method `Stock.take`", "Stock.take", "`Stock.take()`", "the `take` method of `Stock`",
        "the take method of stock",
    }  # fmt: skip
    assert set(name_forms("a/b.py", "file")) == {"`a/b.py`", "a/b.py"}
    assert set(name_forms("LIMIT", "constant")) == {"`LIMIT`", "the constant `LIMIT`", "LIMIT", "the limit constant"}
    forms = name_forms("LIMIT", "constant")
    assert forms.count("`LIMIT`") * 2 == len(forms)


def test_helpers_of_prose():
    assert listed(["a"]) == "`a`"
    assert listed(["a", "b", "c"]) == "`a`, `b` and `c`"
    assert (article("enum"), article("class")) == ("an enum", "a class")
    assert spelt_out("HTTPAdapter.send_all") == "http adapter send all"
