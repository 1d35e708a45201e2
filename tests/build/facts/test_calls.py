"""Who calls whom, who raises what."""

import pytest
from stating import objects, sources

from forklift.build.facts import calls, collect_facts
from forklift.build.teachers.builtin import lesson


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


CLOSURES = {
    "later.py": """\
def helper(): return 1
def other(): return 2
def direct(): return helper() + sum(helper() for _ in range(3))
def keeps(): return lambda: helper()
def mixed():
    other()
    return lambda: (helper(), other())
""",
    "later.js": """\
function helper() {}
function other() {}
function direct() { (function () { helper(); })(); }
function keeps(items) { return () => helper(); }
function mixed() { other(); return { get: function () { other(); helper(); } }; }
""",
    "later.go": """\
package later

func helper() {}
func other()  {}
func direct() { defer func() { helper() }() }
func keeps() func() { return func() { helper() } }
func mixed() func() { other(); return func() { other(); helper() } }
""",
    "Later.java": """\
class Later {
  void helper() {}
  void other() {}
  void direct() { helper(); }
  Runnable keeps() { return () -> helper(); }
  Runnable mixed() { other(); return new Runnable() { public void run() { other(); helper(); } }; }
}
""",
    "later.rb": """\
class Later
  def helper; end
  def other; end
  def direct; helper(); end
  def keeps; -> { helper() }; end
  def mixed; other(); lambda { other(); helper() }; end
end
""",
    "later.php": """\
<?php
function helper() {}
function other() {}
function direct() { (function () { helper(); })(); }
function keeps() { return fn() => helper(); }
function mixed() { other(); return function () { other(); helper(); }; }
""",
    "later.rs": """\
fn helper() {}
fn other() {}
fn direct() { helper(); }
fn keeps() -> impl Fn() { || helper() }
fn mixed() -> impl Fn() { other(); || { other(); helper() } }
""",
}


def test_a_function_that_is_named_by_assigning_it_is_not_nameless(view_of_files):
    code = """\
function helper() {}
const direct = () => helper();
const keeps = () => () => helper();
var res = {};
res.send = function send() { helper(); };
res.type = res.kind = function type() { helper(); };
class Page { load = () => { helper(); }; }
"""
    facts = list(calls.facts(view_of_files({"named.js": code})))
    later = {fact.subject: fact.text for fact in facts if fact.relation == "calls"}
    assert later.pop("keeps") == "helper"
    assert {"direct", "res.send"} <= later.keys()
    assert set(later.values()) == {""}


@pytest.mark.parametrize("path", CLOSURES)
def test_what_a_nameless_function_calls_its_maker_does_not(view_of_files, path):
    facts = list(calls.facts(view_of_files({path: CLOSURES[path]})))
    owner = "Later." if path in ("Later.java", "later.rb") else ""
    said = {
        fact.subject.removeprefix(owner): lesson(fact).completion.replace(owner, "")
        for fact in facts
        if fact.relation == "calls"
    }
    assert said == {
        "direct": "`direct` calls `helper`.",
        "keeps": "`keeps` has a nameless function inside that calls `helper`.",
        "mixed": "`mixed` calls `other` and has a nameless function inside that calls `helper`.",
    }
    (callers,) = (lesson(f).completion for f in facts if f.relation == "called_by" and f.subject.endswith("helper"))
    assert "by a nameless function inside" in callers
    assert callers.index("`" + owner + "direct`") < callers.index("by a nameless function inside")


def test_flows_run_through_no_nameless_function(view_of_files):
    code = (
        "def deep(): pass\ndef middle(): deep()\ndef side(): pass\n"
        "def start():\n    side()\n    return lambda: middle()\n"
    )
    facts = [fact for fact in collect_facts(view_of_files({"flow.py": code}).index)[1] if fact.facet == "flows"]
    assert facts == []


CATCHING = {
    "shop.py": """\
class Late(Exception): pass
def wait():
    try: pass
    except (Late, KeyError) as error: raise
def rest():
    try: pass
    except Late: pass
    except: pass
""",
    "Shop.java": """\
class Late extends Exception {}
class Shop {
  void wait_() { try { go(); } catch (Late | KeyError error) {} }
  void rest() { try { go(); } catch (Late error) {} }
  void go() {}
}
""",
    "shop.cs": """\
class Late : Exception {}
class Shop {
  void wait_() { try { go(); } catch (Late e) {} catch (KeyError) {} }
  void rest() { try { go(); } catch (Late) {} catch {} }
  void go() {}
}
""",
    "shop.php": """\
<?php
class Late extends Exception {}
function wait() { try { go(); } catch (Late | KeyError $e) {} }
function rest() { try { go(); } catch (Late) {} }
function go() {}
""",
    "shop.rb": """\
class Late < StandardError; end
class Shop
  def wait; go(); rescue Late, KeyError => e; end
  def rest; begin; go(); rescue Late; end; end
  def go; end
end
""",
    "shop.cpp": """\
class Late {};
void go() {}
void wait_() { try { go(); } catch (const Late& e) {} catch (KeyError e) {} catch (...) {} }
void rest() { try { go(); } catch (Late& e) {} }
""",
}


@pytest.mark.parametrize("path", CATCHING)
def test_what_is_caught_and_by_whom(view_of_files, path):
    facts = list(calls.facts(view_of_files({path: CATCHING[path]})))
    found = objects(facts, "catches").items()
    caught = {subject.removeprefix("Shop.").rstrip("_"): set(names) for subject, names in found}
    assert caught == {"wait": {"Late", "KeyError"}, "rest": {"Late"}}
    assert {name.removeprefix("Shop.").rstrip("_") for name in objects(facts, "caught_by")["Late"]} == {"wait", "rest"}


def test_callers_are_told_of_only_where_all_of_them_are_known(view_of_files):
    files = {
        "a.py": "def top(): ...\ndef guessed(): ...\ndef clear(): ...\n"
        "def user(x):\n    top()\n    guessed()\n    clear()\n    x.guessed()\n\n\ntop()\n",
        "b/x.py": "from a import clear\ndef twin(): ...\n",
        "test_a.py": "from a import clear\nclear()\ndef test_clear(): clear()\n",
    }
    facts = list(calls.facts(view_of_files(files)))
    assert objects(facts, "called_by") == {"clear": ("user",)}  # tests are told of elsewhere


def test_a_caller_without_a_label_of_its_own_spoils_the_list(view_of_files):
    files = {
        "a.py": "def clear(): ...\ndef user(): clear()\n",
        "b/x.py": "from a import clear\ndef twin(): clear()\n",
        "c/x.py": "def twin(): ...\n",
    }
    assert objects(calls.facts(view_of_files(files)), "called_by") == {}


def test_to_convert_is_not_to_call_and_to_create_neither(view_of_files):
    go = "package a\n\ntype names []string\n\ntype Till struct{}\n\nfunc sort() names { return names(nil) }\n"
    assert list(calls.facts(view_of_files({"a.go": go}))) == []
    facts = list(calls.facts(view_of_files({"a.py": "class Desk: ...\ndef open_it(): return Desk()\n"})))
    assert [lesson(one).completion for one in facts if one.relation == "called_by"] == [
        "`Desk` is created by `open_it`."
    ]
