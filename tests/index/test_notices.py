"""Marks of versions and deprecations in documentation and code, and entries of change logs."""

import pytest
from repositories import indexed, write

from forklift.index.notices import entries_of

CODE = '''\
import warnings


class Stock:
    """All items.

    .. versionadded:: 1.2

    .. versionchanged:: 2.0
        Items are counted :func:`twice`
        by default.
    """

    def take(self):
        """Takes one."""
        warnings.warn(
            "'take' is deprecated and will be removed."
            " Use 'pick' instead.",
            DeprecationWarning,
            stacklevel=2,
        )

    @deprecated("Use pick instead of grab.")
    def grab(self):
        pass


def open_shop():
    """Opens.

    .. deprecated:: 2.1 Use :class:`Stock`.
    """
'''
LOG = """\
# Changes

## Version 2.1.0 (2024-05-01)

- `open_shop` no longer rings
  the bell. {issue}`12`
- Thanks to @someone for `Stock`!
- Nothing to see

## Unreleased things

- `Stock` may fly.

1.0
---

* Add :class:`Stock` and ``nothing_known``.
"""


@pytest.fixture(scope="module")
def notices(tmp_path_factory):
    root = write(tmp_path_factory.mktemp("notices") / "shop", {"shop.py": CODE, "CHANGES.md": LOG})
    with indexed(root) as index:
        yield [(n.kind, index.symbol(n.symbol_id).qualified_name, n.version, n.text, n.line) for n in index.notices()]


@pytest.mark.parametrize(
    "notice",
    [
        ("added", "Stock", "1.2", "", 7),
        ("changed", "Stock", "2.0", "Items are counted `twice` by default.", 9),
        ("warns", "Stock.take", "", "'take' is deprecated and will be removed. Use 'pick' instead.", 16),
        ("deprecated", "Stock.grab", "", "Use pick instead of grab.", 23),
        ("deprecated", "open_shop", "2.1", "Use `Stock`.", 31),
        ("log", "open_shop", "2.1.0", "`open_shop` no longer rings the bell.", 5),
        ("log", "Stock", "1.0", "Add `Stock` and `nothing_known`.", 17),
    ],
)
def test_every_mark_is_found_where_it_stands(notices, notice):
    assert notice in notices


def test_nothing_else_is_found(notices):
    assert len(notices) == 7


@pytest.mark.parametrize(
    ("path", "code", "version", "text"),
    [
        ("a.rs", '#[deprecated(since = "1.4", note = "use fresh instead")]\npub fn stale() {}\n', "1.4",
         "use fresh instead"),
        ("a.go", "package a\n\n// Stale does it.\n//\n// Deprecated: use Fresh instead of it.\nfunc stale() {}\n", "",
         "use Fresh instead of it."),
        ("A.java", "class A {\n  /** Does it.\n   * @deprecated use fresh instead\n   */\n  void stale() {}\n}\n", "",
         "use fresh instead"),
    ],
)  # fmt: skip
def test_other_languages_deprecate_in_their_own_ways(tmp_path, path, code, version, text):
    with indexed(write(tmp_path / "repo", {path: code})) as index:
        (symbol,) = index.find("stale")
        assert [(n.kind, n.version, n.text) for n in index.notices_of(symbol.id)] == [("deprecated", version, text)]


def test_entries_know_their_version_and_line():
    text = "2.0 (2020-01-01)\n++++++++++++++++\n\n**Bugs**\n\n- One\n  more\n- Two\n\n[1.9.1] - 2019\n- Three 3.4.5\n"
    assert list(entries_of(text)) == [("2.0", 6, "One more"), ("2.0", 8, "Two"), ("1.9.1", 11, "Three 3.4.5")]


def test_an_entry_below_another_one_says_what_that_is_about():
    text = "# 2.0\n\n* Call back when the client leaves\n  - Applies to `send`\n  - And to `stop`.\n* Three\n"
    assert [entry for _, _, entry in entries_of(text)] == [
        "Call back when the client leaves", "Call back when the client leaves: Applies to `send`",
        "Call back when the client leaves: And to `stop`.", "Three",
    ]  # fmt: skip


def test_a_word_in_an_entry_is_no_method(tmp_path):
    code = "class Shop:\n    def path(self): ...\n    def sell(self, item): ...\n"
    code += "    def take_item(self): ...\n\n\ndef item(): ...\n"
    log = "# 2.0\n\n- An empty `path` of `item` is refused\n- Fix `sell()` and `Shop.path` and `take_item` as well\n"
    with indexed(write(tmp_path / "repo", {"shop.py": code, "CHANGES.md": log})) as index:
        told = {index.symbol(one.symbol_id).qualified_name for one in index.notices() if one.text.startswith("An")}
        called = {index.symbol(one.symbol_id).qualified_name for one in index.notices() if one.text.startswith("Fix")}
    assert told == set()
    assert called == {"Shop.sell", "Shop.path", "Shop.take_item"}
