"""Bases, subclasses, methods and their classes."""

import pytest
from stating import objects, sources, texts

from forklift.build.facts import collect_facts, hierarchy
from forklift.build.teachers.builtin import lesson


def test_bases_and_subclasses(shop_facts):
    assert objects(shop_facts, "inherits") == {
        "ShopError": ("Exception",),
        "OutOfStockError": ("ShopError",),
        "PaymentError": ("ShopError",),
        "Stock": ("Container",),
        "ColdStock": ("Stock",),
    }
    subclasses = {subject: set(names) for subject, names in objects(shop_facts, "subclassed_by").items()}
    assert subclasses == {
        "Container": {"Stock"},
        "Stock": {"ColdStock"},
        "ShopError": {"OutOfStockError", "PaymentError"},
    }
    assert sources(shop_facts, "subclassed_by")["Stock"] == [("inherits", "ColdStock")]


def test_bases_that_say_nothing_are_left_out(view_of_files):
    code = "from abc import ABC\nfrom typing import Generic, T\n\n\nclass A(ABC):\n    pass\n\n\n"
    code += "class B(object):\n    pass\n\n\nclass C(Generic[T], A):\n    pass\n\n\nclass D(list[int]):\n    pass\n"
    facts = list(hierarchy.facts(view_of_files({"bases.py": code})))
    assert objects(facts, "inherits") == {"C": ("A",), "D": ("list",)}


def test_methods_without_dunder_ones(shop_facts):
    methods = {subject: set(names) for subject, names in objects(shop_facts, "has_methods").items()}
    assert methods == {
        "Container": {"has_room", "free_places", "describe"},
        "Stock": {"free_places", "add_items", "take_items"},
        "ColdStock": {"describe"},
        "Order": {"describe", "ship"},
    }


def test_only_a_name_of_one_class_leads_to_it(shop_facts):
    assert objects(shop_facts, "member_of") == {
        "has_room": ("Container",),
        "add_items": ("Stock",),
        "take_items": ("Stock",),
        "ship": ("Order",),
    }
    assert sources(shop_facts, "member_of")["ship"] == [("has_methods", "Order")]


def test_a_long_list_of_methods_is_cut_and_says_so(view_of_files):
    code = "class Robot:\n" + "".join(f"    def move_{n}(self):\n        pass\n\n" for n in range(11))
    (fact,) = [f for f in hierarchy.facts(view_of_files({"robot.py": code})) if f.relation == "has_methods"]
    assert len(fact.objects) == hierarchy.MAX_LISTED
    assert fact.text == "11"


BASES = {
    "a.py": ("class Base: ...\nclass Item(Base): ...\n", "inherits from", "`Base` is the base class of `Item`"),
    "a.go": ("package a\n\ntype Base struct{}\n\ntype Item struct {\n\tBase\n}\n", "embeds",
             "`Base` is embedded in `Item`"),
    "a.rs": ("trait Base {}\nstruct Item {}\nimpl Base for Item {}\n", "implements", "`Item` builds on `Base`"),
    "a.rb": ("module Base\nend\nclass Item\n  include Base\nend\n", "builds on", "`Item` builds on `Base`"),
}  # fmt: skip


@pytest.mark.parametrize("path", BASES)
def test_bases_are_told_of_as_the_language_has_them(view_of_files, path):
    code, verb, back = BASES[path]
    said = {one.relation: lesson(one).completion for one in hierarchy.facts(view_of_files({path: code}))}
    more = ", for instance" * path.endswith(".rs")
    assert said["inherits"] == f"`Item` {verb} `Base`{more}."
    assert said["subclassed_by"] == f"{back}."


def test_a_property_is_no_method(view_of_files):
    code = "class Item:\n    @property\n    def price(self): ...\n    def sell(self): ...\n"
    facts = list(hierarchy.facts(view_of_files({"a.py": code})))
    assert objects(facts, "has_methods") == {"Item": ("sell",)}


def test_bases_of_types_in_other_files_leave_no_list_of_some(view_of_files):
    files = {
        "src/lib.rs": "mod far;\npub trait Base {}\npub struct Item {}\npub struct Other {}\nimpl Base for Item {}\n",
        "src/far.rs": "use crate::{Base, Other};\nimpl Base for Other {}\n",
    }
    facts = collect_facts(view_of_files(files).index)[1]
    assert not [one for one in facts if one.relation in ("subclassed_by", "descendants")]


def test_two_methods_of_two_traits_are_not_taken_for_one(view_of_files):
    code = "struct Item {}\nimpl Debug for Item {\n    fn fmt(&self) { one() }\n}\n"
    code += "impl Display for Item {\n    fn fmt(&self) { two() }\n}\nfn one() {}\nfn two() {}\n"
    assert "Item.fmt" not in view_of_files({"a.rs": code}).labels.values()


def test_methods_of_another_object_are_none_of_the_class(view_of_files):
    code = "class Item\n  @@sink = Object.new\n  def @@sink.puts(*) end\n\n"
    code += "  def self.make\n  end\n\n  def sell\n  end\nend\n"
    facts = list(hierarchy.facts(view_of_files({"a.rb": code})))
    assert set(objects(facts, "has_methods")["Item"]) == {"make", "sell"}


def test_a_property_that_is_set_at_first_is_a_property(view_of_files):
    code = "class Item:\n    def __init__(self): self.price = 1\n\n    @property\n    def price(self): ...\n"
    view = view_of_files({"a.py": code})
    assert {view.labels[one.id]: one.kind for one in view.symbols}["Item.price"] == "property"


def test_readers_and_writers_of_ruby_are_methods(view_of_files):
    code = "class Item\n  attr_writer :price\n  def price\n    2\n  end\nend\n"
    other = "class Till\n  attr_reader :sum\n  def add\n    2\n  end\nend\n"
    facts = list(hierarchy.facts(view_of_files({"a.rb": code + other})))
    assert objects(facts, "has_methods") == {"Item": ("price",), "Till": ("add",)}
    assert texts(facts, "has_methods") == {"Item": "others", "Till": "others"}
