"""Facts of the history of a repository made in the test."""

import subprocess

import pytest
from stating import objects, sources, texts

from forklift.build.facts import collect_facts
from forklift.build.facts.history import facts as facts_of_history
from forklift.build.facts.view import view_of
from forklift.build.teachers.builtin import lesson
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.grading import denies, find_mentions, is_known
from forklift.index import build_index, open_index
from shop import commit_all, write_files

BODY = """\
def count_items(stock):
    total = 0
    for shelf in stock:
        total += len(shelf)
    return total
"""
OLD = (
    "class Stock:\n    def take(self, article):\n        return article\n\n\n"
    "def ring_bell(times):\n    return times\n\n\n" + BODY
)
NEW = OLD.replace("count_items", "count_all").replace("def ring_bell(times):\n    return times\n\n\n", "")
LAST = NEW.replace("return article", "return [article]")
LOG = "# Changes\n\n## 2.0\n\n- `Stock.take` gives a list of articles, as `count_all` expects.\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The index and its facts of history."""
    root = tmp_path_factory.mktemp("facts") / "shop"
    for message, files in (
        ("Start", {"shop/other.py": "LIMIT = 3\n"}),
        ("Keep stock in memory", {"shop/stock.py": OLD}),
        ("Rename what counts, remove the bell", {"shop/stock.py": NEW}),
        ("Give lists of articles\n\nCallers had to wrap what they got in a list again and again.",
         {"shop/stock.py": LAST, "CHANGES.md": LOG}),
    ):  # fmt: skip
        write_files(root, files)
        commit_all(root, message)
    database = root.parent / "index.sqlite"
    build_index(root, database, BuildConfig(), silent)
    with open_index(database) as index:
        yield index, list(facts_of_history(view_of(index)))


def test_what_was_introduced_changed_renamed_and_removed(told):
    _, facts = told
    assert set(objects(facts, "introduced_in")) == {"Stock", "Stock.take", "count_all"}
    assert texts(facts, "introduced_in")["Stock"] == "Keep stock in memory"
    assert set(objects(facts, "last_changed")) == {"Stock", "Stock.take", "count_all"}
    assert objects(facts, "renamed_from") == {"count_all": ("count_items",)}
    assert objects(facts, "renamed_to") == {"count_items": ("count_all",)}
    assert sources(facts, "renamed_to") == {"count_items": [("renamed_from", "count_all")]}
    assert set(objects(facts, "removed")) == {"ring_bell"}


def test_the_reason_is_the_one_the_commit_gives(told):
    _, facts = told
    reasons = texts(facts, "changed_because")
    assert reasons["Stock.take"] == "Callers had to wrap what they got in a list again and again"
    assert "Stock" not in reasons  # it changed through its method alone


def test_only_its_own_documentation_notes_what_a_version_did(told, view_of_files):
    _, facts = told
    assert objects(facts, "noted_in") == {}  # the change log may mean what had this name before
    code = (
        'def take(x):\n    """Takes.\n\n    .. versionchanged:: 2.0\n        Gives a list of articles in any case.\n\n'
    )
    code += '    .. versionchanged:: 3.0\n        This is configurable through the shop.\n    """\n'
    facts = list(facts_of_history(view_of_files({"a.py": code})))
    assert [(one.objects, one.text) for one in facts if one.relation == "noted_in"] == [
        (("2.0",), "Gives a list of articles in any case")
    ]


def test_what_is_gone_is_known_to_have_been_and_not_denied(told):
    index, facts = told
    (gone,) = [one for one in facts if one.relation == "removed"]
    assert not index.knows("ring_bell")
    assert is_known("ring_bell", index)
    assert not is_known("ring_belt", index)
    assert not denies(lesson(gone).completion)


def test_no_answer_names_anything_unknown(told):
    index, facts = told
    for fact in facts:
        for mention in find_mentions(lesson(fact).completion):
            assert is_known(mention.text, index), (fact, mention)


def test_what_only_the_first_commit_holds_gives_no_facts(shop_facts):
    assert not [one for one in shop_facts if one.facet == "history"]


def test_deprecations_name_their_replacement(tmp_path):
    stale = 'def stale(x):\n    """Old.\n\n    .. deprecated:: 2.1 Use :func:`fresh`.\n    """\n'
    code = f'{stale}\n\ndef fresh(x):\n    """New.\n\n    .. versionadded:: 2.1\n    """\n'
    build_index(write_files(tmp_path / "code", {"a.py": code}), tmp_path / "i.sqlite", BuildConfig(), silent)
    with open_index(tmp_path / "i.sqlite") as index:
        facts = collect_facts(index)[1]
    assert objects(facts, "deprecated_since") == {"stale": ("2.1",)}
    assert objects(facts, "replaced_by") == {"stale": ("fresh",)}
    assert objects(facts, "replaces") == {"fresh": ("stale",)}
    assert objects(facts, "available_since") == {"fresh": ("2.1",)}


def test_what_another_replaces_was_not_removed(tmp_path):
    old, new = "def first(x):\n    return x\n", "def second(*args):\n    print(args)\n\n\ndef pour_out():\n    pass\n"
    old += "class Cup:\n    def drink_up(self): ...\n"
    new += "class Mug:\n    pass\n"
    root = tmp_path / "code"
    for number, code in enumerate(("A = 1\n", old, new), start=0):
        write_files(root, {"a.py": code})
        commit_all(root, f"Remove things, version {number}")
        subprocess.run(["git", "tag", f"v{number}.0"], cwd=root, check=True)
    build_index(root, tmp_path / "i.sqlite", BuildConfig(), silent)
    with open_index(tmp_path / "i.sqlite") as index:
        facts = list(facts_of_history(view_of(index)))
    assert objects(facts, "removed") == {}


def test_what_a_commit_only_reshaped_was_not_introduced_by_it(tmp_path):
    root = tmp_path / "code"
    for message, files in (
        ("Start", {"a.py": "A = 1\n"}),
        ("Rewrite for `unheard_of_name`", {"b.py": BODY}),
        ("Add a bell", {"c.py": "def ring_bell(times):\n    return times\n"}),
    ):
        write_files(root, files)
        commit_all(root, message)
    build_index(root, tmp_path / "i.sqlite", BuildConfig(), silent)
    with open_index(tmp_path / "i.sqlite") as index:
        facts = list(facts_of_history(view_of(index)))
    assert set(objects(facts, "introduced_in")) == {"ring_bell"}
