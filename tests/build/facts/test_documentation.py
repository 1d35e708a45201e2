"""Facts of the documentation: sections, what explains what, terms, the project, tasks, reasons."""

import pytest
from stating import objects, sources, texts

from forklift.build.facts import collect_facts
from forklift.build.facts.tasks import task_of
from forklift.build.teachers.builtin import lesson
from forklift.grading import denies, find_mentions, is_known
from forklift.index import gives_reason

CODE = '''\
"""Stock of a shop."""


class Stock:
    """All items."""

    def add_items(self, article, amount=1):
        """Adds.

        Amounts are added up at once, because counting every item by itself is slow.
        """
        # NOTE: the list must not be sorted while somebody counts
        # the items in it.
        self.items.append(article)

    def close(self):
        # Locked first so that nobody can add items while the shop closes.
        self.lock()
        # thanks to Bob we close early because he told us to do that


def sell(stock):
    """Sells."""
    # if stock: return because()


LIMIT = 3
'''
README = """\
# Shop

**Shop** keeps the stock of a small shop in memory.

## Features

- Counts items
- Sells items
- Closes early

## Installation

```
$ pip install shop
```
"""
GUIDE = """\
# Guide

How the shop works in daily life.

## Selling items

Items are sold one by one with `sell()`, because the till is small.

1. Make a `Stock` for all of them.
2. Call `sell()` with what you have.

## Closing the `Stock`

The shop closes at night for everybody, see `Stock.close`.

## Words

| Word | Meaning |
|---|---|
| shelf | The place where all items lie |
| `TAX_MODE` | What the state takes of every sale |

## Unknown things

Do not call `vanished_function` without a good reason.
"""


@pytest.fixture
def told(view_of_files):
    view = view_of_files({
        "shop/__init__.py": "from shop.store import Stock, sell\n", "shop/store.py": CODE, "README.md": README,
        "docs/guide.md": GUIDE,
    })  # fmt: skip
    return view.index, collect_facts(view.index)[1]


def test_sections_say_and_stand_somewhere(told):
    _, facts = told
    said = texts(facts, "section_says")
    assert said["Selling items"] == "Items are sold one by one with `sell()`, because the till is small"
    assert objects(facts, "section_in")["Words"] == ("docs/guide.md",)
    assert texts(facts, "document_begins")["docs/guide.md"] == "How the shop works in daily life"
    assert objects(facts, "sections_of")["docs/guide.md"] == (
        "Selling items", "Closing the Stock", "Words", "Unknown things",
    )  # fmt: skip


def test_what_names_unknown_code_is_not_quoted(told):
    _, facts = told
    assert not [one for one in facts if "vanished_function" in one.text]


def test_symbols_and_sections_lead_to_one_another(told):
    _, facts = told
    assert objects(facts, "explained_in")["sell"] == ("docs/guide.md",)
    assert set(objects(facts, "explains")["Selling items"]) == {"Stock", "sell"}
    assert ("explained_in", "sell") in sources(facts, "explains")["Selling items"]
    assert set(objects(facts, "explains")["Closing the Stock"]) == {"Stock", "Stock.close"}


def test_terms_lead_to_meanings_and_back(told):
    _, facts = told
    assert texts(facts, "term_means") == {
        "shelf": "The place where all items lie", "TAX_MODE": "What the state takes of every sale",
    }  # fmt: skip
    assert objects(facts, "term_of")["The place where all items lie"] == ("shelf",)
    assert sources(facts, "term_of")["The place where all items lie"] == [("term_means", "shelf")]


def test_the_readme_tells_what_the_project_is(told):
    _, facts = told
    assert list(texts(facts, "project_is").values()) == ["Shop keeps the stock of a small shop in memory"]
    assert list(texts(facts, "project_features").values()) == ["Counts items; Sells items; Closes early"]


def test_installing_is_a_command_that_names_the_project(view_of_files, tmp_path):
    view = view_of_files(
        {"a.py": CODE, "README.md": "# Code\n\nWords.\n\n```\npip install other\n$ pip install code\n```\n"}
    )
    (fact,) = [one for one in collect_facts(view.index)[1] if one.relation == "installed_with"]
    assert (fact.text, fact.line) == ("pip install code", 7)


README_OF_FIRST = """\
It goes on from a picture.

## {heading}

With a Go toolchain that was set up well before:

    go get shop

* [Install](#install)
* [Sell](#sell) and more
* [Close](#close) early
"""


@pytest.mark.parametrize("heading", ["Features", "Installing"])
def test_what_goes_on_from_something_else_tells_nothing_of_the_project(view_of_files, heading):
    view = view_of_files({"a.py": CODE, "README.md": README_OF_FIRST.format(heading=heading)})
    facts = collect_facts(view.index)[1]
    assert not [one for one in facts if one.relation in ("project_is", "project_features", "document_begins")]


def test_sections_are_those_of_the_highest_level_that_has_some(view_of_files):
    text = "![x](y)\n\n## Use\n\n## Tests\n\n### Slow ones\n\n### Fast ones\n\n### Others\n"
    view = view_of_files({"a.py": CODE, "README.md": text})
    assert objects(collect_facts(view.index)[1], "sections_of")["README.md"] == ("Use", "Tests")


def test_a_list_of_features_that_is_cut_says_so(view_of_files):
    items = "".join(f"- Counts items by method {number}\n" for number in range(8))
    view = view_of_files({"a.py": CODE, "README.md": f"# Shop\n\n## Features\n\n{items}\n- Other\n"})
    (said,) = texts(collect_facts(view.index)[1], "project_features").values()
    assert said.endswith("; Counts items by method 5; and others")


def test_a_document_begins_where_it_begins(view_of_files):
    text = "# Words\n\nSome words name `vanished_function` here.\n\n## More\n\nMore words are said about shops.\n"
    view = view_of_files({"a.py": CODE, "docs/words.md": text})
    assert texts(collect_facts(view.index)[1], "document_begins") == {}


def test_a_document_does_not_begin_after_a_sentence_that_was_left_out(view_of_files):
    text = "# Safety\n\nWrite to safe@shop.org about it. You will hear from the shop within days.\n"
    view = view_of_files({"a.py": CODE, "docs/safety.md": text})
    assert texts(collect_facts(view.index)[1], "document_begins") == {}


def test_a_method_that_an_example_defines_itself_is_not_the_one_of_the_code(view_of_files):
    go = "package a\n\ntype Router struct{}\n\nfunc (r *Router) ServeHTTP(w int) {}\n\n"
    go += "func NewRouter() *Router { return nil }\n"
    text = "# Shop\n\n## Serving pages\n\nPages are served one by one.\n\n"
    text += "```go\nfunc (h page) ServeHTTP(w int) {\n\tNewRouter()\n}\n```\n"
    facts = collect_facts(view_of_files({"go.mod": "module a.b/shop\n", "a.go": go, "README.md": text}).index)[1]
    assert objects(facts, "how_to")["serve pages"] == ("README.md", "NewRouter")


def test_tasks_have_steps_and_symbols(told):
    _, facts = told
    how = {one.subject: one for one in facts if one.relation == "how_to"}
    assert how["sell items"].objects == ("docs/guide.md", "Stock", "sell") or how["sell items"].objects == (
        "docs/guide.md", "sell", "Stock",
    )  # fmt: skip
    assert "1. Make a `Stock` for all of them; 2. Call `sell()` with what you have" in how["sell items"].text
    assert "sell items" in objects(facts, "used_to")["sell"]
    assert "close the Stock" in objects(facts, "used_to")["Stock.close"]


@pytest.mark.parametrize(
    ("heading", "task"),
    [
        ("Uploading Files", "upload files"),
        ("How to run the tests?", "run the tests"),
        ("Make a Request", "make a request"),
        ("Handling JSON", "handle JSON"),
        ("Running Shop behind a Proxy", "run Shop behind a proxy"),
        ("Serving Single Request Applications", "serve Single Request Applications"),
        ("Request Objects", ""),
        ("Blocking Command Timeout", ""),
        ("Troubleshooting Guide", ""),
        ("Parsing options", ""),
        ("Testing", ""),
        ("Tests of the API", ""),
        ("Rename handler", ""),
        ("Logging", ""),
        ("Configuration Handling", ""),
        ("Streaming and more", ""),
    ],
)
def test_headings_that_begin_with_a_verb_are_tasks(heading, task):
    common = frozenset({"files", "request", "tests", "proxy", "shop"})
    assert task_of(heading, common, "shop") == task


def test_reasons_and_cautions_stand_in_comments(told):
    index, facts = told
    assert texts(facts, "reason") == {
        "Stock.close": "Locked first so that nobody can add items while the shop closes",
        "Stock.add_items": "Amounts are added up at once, because counting every item by itself is slow",
    }
    assert texts(facts, "caution") == {
        "Stock.add_items": "The list must not be sorted while somebody counts the items in it"
    }
    back = objects(facts, "reason_for")
    assert back["Locked first so that nobody can add items while the shop closes"] == ("Stock.close",)
    for one in facts:
        if one.relation in ("reason", "caution"):
            first = " ".join(one.text.split()[1:3])
            assert first in " ".join(index.lines(one.path, one.line, one.line))


@pytest.mark.parametrize(
    ("sentence", "says_why"),
    [
        ("The list is copied, otherwise it would change while it is read.", True),
        ("At the top level this is the application, otherwise it is the class that you made.", False),
        ("It can be used to intercept or otherwise modify what is sent.", False),
        ("When it was called because of an unhandled exception it gets an error.", False),
        ("When it is closed, the lock is taken first so that nobody can add items.", True),
    ],
)
def test_what_is_a_reason(sentence, says_why):
    assert gives_reason(sentence) == says_why


def test_nobody_is_named(told):
    _, facts = told
    assert not [one for one in facts if "Bob" in f"{one.text} {one.subject}"]


def test_evidence_names_what_is_explained(told):
    index, facts = told
    for one in facts:
        if one.relation in ("explained_in", "used_to"):
            assert one.subject.rpartition(".")[2] in index.lines(one.path, one.line, one.line)[0]


def test_every_lesson_names_known_things_and_denies_nothing(told):
    index, facts = told
    documented = [one for one in facts if one.facet in ("documentation", "telling", "tasks", "reasons")]
    assert len(documented) > 30
    for one in documented:
        answer = lesson(one).completion
        assert not denies(answer)
        for mention in find_mentions(answer):
            assert is_known(mention.text, index), (one, mention)


def test_secrets_of_documents_are_no_facts(view_of_files):
    key = "ghp_" + "q7Xk2Lm9" + "Zp4Tv8Rw" + "1Ny6Bc3H" + "d5Gj0SfA" + "eUoK"
    text = f"# Shop\n\nThe deployment uses the key {key} for everything it does.\n"
    text += f"\n## Keys\n\n- **Main**: use {key} always here\n"
    facts = collect_facts(view_of_files({"a.py": CODE, "README.md": text}).index)[1]
    assert not [one for one in facts if "withheld" in one.text or key in one.text]


def test_a_class_of_one_word_deep_inside_is_not_meant_by_the_word(view_of_files):
    code = "module Shop\n  module Middle\n    class Logger\n    end\n    class BigLogger\n    end\n  end\nend\n"
    text = "# Code\n\n## Words\n\nThe helper gives a `Logger` or a `BigLogger`.\n"
    facts = collect_facts(view_of_files({"lib/shop.rb": code, "README.md": text}).index)[1]
    assert objects(facts, "explains") == {"Words": ("Shop.Middle.BigLogger",)}
