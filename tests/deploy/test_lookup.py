"""What the index tells agents: facts apart from guesses, one line for what is not there."""

import shutil
import subprocess

import pytest

from forklift.deploy.history import what_changed
from forklift.deploy.lookup import Lookup, NotHereError, plain
from forklift.errors import WorkspaceError
from forklift.workspace import create_lift, record_stage
from shop import write_files


@pytest.fixture(scope="module")
def lookup(shop_index):
    return Lookup(shop_index)


def names(calls):
    return [call.symbol and call.symbol.name for call in calls]


def test_symbol_by_name_by_words_and_by_a_slip(lookup):
    found = lookup.find_symbol("Stock.take_items", 5)
    assert found.exact
    assert [(one.name, one.kind, one.at) for one in found.matches] == [
        ("Stock.take_items", "method", "src/shop/stock.py:45")
    ]
    assert found.matches[0].quoted_signature == "(self, article: str, amount: int) -> int"
    words = lookup.find_symbol("write an order for the customer", 3)
    assert not words.exact
    assert "place_order" in [one.name for one in words.matches]
    assert len(words.matches) <= 3
    slip = lookup.find_symbol("plaec_order", 5)
    assert slip.closest[0].name == "place_order"


def test_quoted_doc_is_the_first_sentence(lookup):
    assert lookup.find_symbol("Stock", 1).matches[0].quoted_doc == "All items that the shop can sell."


def test_callers_and_callees_with_the_place_of_each_call(lookup):
    callees = lookup.callees("place_order", "", 9)
    assert [(call.symbol.name, call.at) for call in callees.calls] == [
        ("check_amount", "src/shop/orders.py:12"),
        ("Stock.take_items", "src/shop/orders.py:13"),
        ("Order", "src/shop/orders.py:14"),
        ("round_price", "src/shop/orders.py:14"),
        ("price_of", "src/shop/orders.py:14"),
    ]
    callers = lookup.callers("price_of", "", 1)
    assert names(callers.calls) == ["place_order"]
    assert callers.total == 2  # main calls it too, and was cut


def test_what_cannot_be_resolved_is_no_fact(lookup):
    callees = lookup.callees("Stock", "", 9)
    assert callees.calls == []
    assert "self.counts.get" in [one.quoted_name for one in callees.unresolved]
    assert callees.unresolved_total == len(callees.unresolved) == 4


def test_several_definitions_are_named_and_can_be_chosen(lookup):
    first = lookup.callers("main", "", 9)
    assert len(first.other_definitions) == 1
    chosen = lookup.callees("main", "tools/prices.py", 9)
    assert chosen.symbol.at == "src/shop/tools/prices.py:1"
    with pytest.raises(NotHereError, match=r"no symbol 'main' in 'nowhere.py'"):
        lookup.callees("main", "nowhere.py", 9)


def test_path_follows_resolved_calls(lookup):
    path = lookup.path_between("place_order", "with_tax", 8)
    assert [(step.symbol.name, step.called_at) for step in path.steps] == [
        ("place_order", None),
        ("price_of", "src/shop/orders.py:14"),
        ("with_tax", "src/shop/prices.py:9"),
    ]
    assert not lookup.path_between("place_order", "with_tax", 1).found
    away = lookup.path_between("with_tax", "place_order", 8)
    assert (away.found, away.steps) == (False, [])
    assert "may still connect" in away.note


def test_a_called_class_runs_its_constructor_and_stands_for_its_methods(lookup):
    path = lookup.path_between("place_order", "Order.__init__", 8)
    assert [(step.symbol.name, step.called_at) for step in path.steps[1:]] == [
        ("Order", "src/shop/orders.py:14"),
        ("Order.__init__", None),
    ]
    assert lookup.path_between("Container", "free_places", 3).steps[0].symbol.name.startswith("Container.")


def test_verified_names(lookup):
    checked = lookup.verify_names(
        "`Stock.take_items` calls `json.dumps` and `Stock.take_itmes` twice: `Stock.take_itmes`"
    )
    assert [(name.name, name.status, name.at) for name in checked.names] == [
        ("Stock.take_items", "defined", "src/shop/stock.py:45"),
        ("json.dumps", "known", None),
        ("Stock.take_itmes", "unknown", None),
    ]
    assert checked.names[-1].closest == "Stock.take_items"
    assert checked.unknown == 1


def test_unknown_symbol_is_one_line_with_the_closest(lookup):
    with pytest.raises(NotHereError) as error:
        lookup.callers("plaec_order\n\x1b[31m", "", 9)
    assert "place_order (src/shop/orders.py:10)" in str(error.value)
    assert str(error.value).isprintable()


def test_text_of_a_repository_is_one_printable_line():
    assert plain("a\n\x1b[2Jb\u202e  c") == "a [2Jb c"
    assert len(plain("x" * 900)) == 300


# history


def test_commits_that_changed_a_symbol(shop_lift, lookup):
    symbol = lookup.resolve("place_order", "")[0]
    changes = what_changed(shop_lift, lookup.index, symbol, 5).changes
    assert [change.quoted_subject for change in changes] == ["Open the shop"]
    assert len(changes[0].commit) == 40


def lift_of(tmp_path, path, commit):
    lift = create_lift(tmp_path / "lift")
    record_stage(lift, "build", "key", None, repository={"name": "shop", "commit": commit, "path": str(path)})
    return lift


def test_repository_that_is_gone_or_has_no_history(tmp_path, shop, lookup):
    symbol = lookup.resolve("place_order", "")[0]
    for path, commit, said in (
        (tmp_path / "nowhere", "a" * 40, "no longer at"),
        (shop, "a" * 40, "no longer has commit"),
        (shop, "", "not under git"),
        (shop, "--output=/tmp/x", "not under git"),
    ):
        with pytest.raises(WorkspaceError, match=said):
            what_changed(lift_of(tmp_path, path, commit), lookup.index, symbol, 5)


def git(root, *arguments, stdin=""):
    identity = ("-c", "user.name=Shop", "-c", "user.email=shop@example.org")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, input=stdin, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_nothing_that_the_repository_configures_runs(tmp_path, shop, lookup):
    copy = tmp_path / "hostile"
    shutil.copytree(shop, copy)
    ran = tmp_path / "ran"
    program = write_files(tmp_path, {"program": f"#!/bin/sh\ntouch {ran}\n"}) / "program"
    program.chmod(0o755)
    for key in ("gpg.program", "diff.external", "diff.evil.textconv", "core.pager", "core.fsmonitor"):
        git(copy, "config", key, str(program))
    git(copy, "config", "log.showSignature", "true")
    write_files(copy / ".git" / "info", {"attributes": "*.py diff=evil\n"})
    head, body = git(copy, "cat-file", "commit", "HEAD").split("\n\n", 1)
    signed = f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n{body}\n"
    commit = git(copy, "hash-object", "-t", "commit", "-w", "--stdin", stdin=signed)
    assert what_changed(lift_of(tmp_path, copy, commit), lookup.index, lookup.resolve("place_order", "")[0], 5).changes
    assert not ran.exists()
