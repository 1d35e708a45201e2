"""What happens when something runs, and which classes work together."""

from stating import objects, sources, texts

from forklift.build.facts import flows

TILL = """\
class Receipt:
    def show(self):
        return line("x")


class Till:
    def sell(self, item):
        check(item)
        self.take(item)
        return Receipt().show()

    def take(self, item):
        log(item)


class Shop(Till):
    def open(self):
        self.till = Till()
        self.take("key")
        raise ShopError("closed")


class ShopError(Exception):
    pass


def check(item):
    line(item)


def log(item):
    line(item)


def line(item):
    print(item)
"""


def test_the_main_line_goes_on_with_what_is_called(view_of_files, shop_facts):
    facts = list(flows.facts(view_of_files({"till.py": TILL})))
    assert texts(facts, "main_line")["Till.sell"] == (
        "`Till.sell` among others calls `check`, `Till.take` and `Receipt.show` and creates `Receipt`; "
        "`check` calls `line`; `Till.take` calls `log`"
    ).replace(" among others", "")
    assert "place_order" in objects(shop_facts, "main_line")
    assert sources(shop_facts, "main_line")["place_order"] == [("calls", "place_order"), ("calls", "price_of")]


def test_a_function_whose_callees_call_nothing_has_no_main_line(view_of_files):
    code = "def a():\n    b()\n    c()\n\n\ndef b():\n    pass\n\n\ndef c():\n    pass\n"
    assert not objects(flows.facts(view_of_files({"flat.py": code})), "main_line")


def test_paths_of_calls(view_of_files, shop_facts):
    facts = [f for f in flows.facts(view_of_files({"till.py": TILL})) if f.relation == "reaches"]
    found = {(fact.subject, fact.objects[0]): fact.text for fact in facts}
    assert found["Till.take", "line"] == "`Till.take` calls `log`, which calls `line`"
    assert ("Till.take", "log") not in found  # one step is a call, no path
    assert ("place_order", "with_tax") in {(f.subject, f.objects[0]) for f in shop_facts if f.relation == "reaches"}


def test_a_circle_of_calls_ends(view_of_files):
    code = "def a():\n    b()\n    c()\n\n\ndef b():\n    c()\n    a()\n\n\ndef c():\n    a()\n    b()\n"
    facts = list(flows.facts(view_of_files({"circle.py": code})))
    assert all(len(set(fact.objects)) == len(fact.objects) for fact in facts)


def test_classes_that_work_together(view_of_files):
    facts = list(flows.facts(view_of_files({"till.py": TILL})))
    works = texts(facts, "works_with")
    assert works["Till"] == "`Receipt` (creates it, calls `show`)"
    assert works["Shop"] == "`Till` (creates it, calls `take`)"  # exceptions are no partners
    assert objects(facts, "worked_with_by")["Till"] == ("Shop",)
    assert sources(facts, "worked_with_by")["Till"] == [("works_with", "Shop")]


def test_the_relation_of_two_classes_says_where(view_of_files):
    facts = [f for f in flows.facts(view_of_files({"till.py": TILL})) if f.relation == "relation"]
    found = {(fact.subject, fact.objects[0]): fact.text for fact in facts}
    assert found["Shop", "ShopError"] == "raises `ShopError` in `Shop.open`"
    assert found["Shop", "Till"] == (
        "builds on `Till`, creates `Till` in `Shop.open` and calls `Till.take` in `Shop.open`"
    )
    assert all(fact.subject not in fact.objects for fact in facts)
