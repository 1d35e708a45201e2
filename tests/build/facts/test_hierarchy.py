"""Bases, subclasses, methods and their classes."""

from stating import objects, sources

from forklift.build.facts import hierarchy


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
