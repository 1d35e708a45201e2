"""What the facets look at: labels that mean one thing, sentences that say something."""

from stating import objects

from forklift.build.facts import hierarchy, location
from forklift.build.facts.view import fact_id
from forklift.build.teachers.builtin import lesson


def test_labels_are_unique_and_ambiguous_symbols_are_counted(shop_view):
    labels = list(shop_view.labels.values())
    assert len(labels) == len(set(labels)) == len(shop_view.symbols)
    assert shop_view.ambiguous == 2  # main() of two files called prices.py
    assert not [label for label in labels if label.endswith("main")]


def test_a_name_of_two_files_gets_the_file_before_it(view_of_files):
    code = "def open_door():\n    pass\n"
    view = view_of_files({"front.py": code, "back.py": code, "cellar/__init__.py": code})
    assert set(view.labels.values()) == {"front.open_door", "back.open_door", "cellar.open_door"}


def test_members_of_classes_are_attributes(shop_view):
    kinds = {shop_view.labels[symbol.id]: symbol.kind for symbol in shop_view.symbols}
    assert kinds["Order.total"] == "attribute"
    assert kinds["_shelves"] == "variable"


def test_the_most_central_symbols_come_first(shop_view):
    ranks = [symbol.rank for symbol in shop_view.symbols]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] > ranks[-1]


def test_fact_ids_tell_statements_apart():
    assert fact_id("a", "b") == fact_id("a", "b")
    assert len({fact_id("a", "b"), fact_id("ab"), fact_id("a", "", "b"), fact_id("b", "a")}) == 4


def test_a_class_is_what_its_name_means_not_a_variable_and_no_label_is_that_of_a_constructor(view_of_files):
    files = {"Option.java": "class Option { Option() {} }\n", "site/a.js": "var Option = 1;\n"}
    view = view_of_files(files)
    assert {view.labels[one.id] for one in view.symbols if one.kind == "class"} == {"Option"}
    files = {"new/shop/Till.java": "class Till { Till() {} }\n", "old/shop/Cash.java": "class Till { int a; }\n"}
    view = view_of_files(files)
    named = {(one.kind, one.path): view.labels[one.id] for one in view.symbols}
    path = "new/shop/Till.java"
    assert (named["class", path], named["constructor", path]) == ("shop.Till", "Till.Till")


def test_constructors_are_no_methods(view_of_files):
    files = {
        "Till.java": "class Till { Till() {} void open() {} }\n",
        "a.ts": "class Box { constructor() {} fill() {} }\n",
    }
    view = view_of_files(files)
    assert objects(hierarchy.facts(view), "has_methods") == {"Till": ("open",), "Box": ("fill",)}
    said = [lesson(one).completion for one in location.facts(view) if one.subject == "Till.Till"]
    assert said == ["`Till.Till` is a constructor defined in `Till.java`."]
