"""Who calls whom, who raises what."""

from stating import objects, sources

from forklift.build.facts import calls


def test_callees_are_those_that_resolve(shop_facts):
    called = {subject: set(names) for subject, names in objects(shop_facts, "calls").items()}
    assert called == {
        "Container.has_room": {"Container.free_places"},
        "place_order": {"check_amount", "Stock.take_items", "Order", "round_price", "price_of"},
        "price_of": {"with_tax"},
        "refund": {"cancel_order"},
        "barcode_checksum": {"weighted_sum"},
    }


def test_callers_follow_from_callees(shop_facts):
    callers = objects(shop_facts, "called_by")
    assert callers["with_tax"] == ("price_of",)
    assert callers["weighted_sum"] == ("barcode_checksum",)
    assert sources(shop_facts, "called_by")["with_tax"] == [("calls", "price_of")]


def test_what_is_raised_and_by_whom(shop_facts):
    assert objects(shop_facts, "raises") == {
        "Stock.take_items": ("OutOfStockError",),
        "Order.ship": ("OutOfStockError",),
        "check_amount": ("ValueError",),
        "refund": ("PaymentError",),
    }
    raised = {subject: set(names) for subject, names in objects(shop_facts, "raised_by").items()}
    assert raised == {"OutOfStockError": {"Stock.take_items", "Order.ship"}, "PaymentError": {"refund"}}
    assert sources(shop_facts, "raised_by")["PaymentError"] == [("raises", "refund")]


def test_a_function_that_calls_itself_is_not_told_of(view_of_files):
    code = "def count(n):\n    return count(n - 1)\n"
    assert list(calls.facts(view_of_files({"recursion.py": code}))) == []


def test_whoever_calls_everything_is_not_listed_and_spoils_no_list(view_of_files):
    names = [f"step_{n}" for n in range(calls.MAX_LISTED + 1)]
    code = "".join(f"def {name}():\n    pass\n\n\n" for name in names)
    code += "def everything():\n" + "".join(f"    {name}()\n" for name in names)
    code += "\n\ndef first():\n    step_0()\n"
    facts = list(calls.facts(view_of_files({"steps.py": code})))
    assert objects(facts, "calls") == {"first": ("step_0",)}
    assert objects(facts, "called_by") == {}  # "step_0 is called by first" would be half of the truth
