"""Universal Ctags: languages without a syntax module, and a ctags that misbehaves."""

import stat
import time
from threading import Timer

import pytest
from repositories import write

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.errors import IndexingError
from forklift.index import build_index, ctags

PROTO = """\
// Copyright 2020 The Authors.

// Package shop sells things.
syntax = "proto3";
package shop;

// Item is for sale.
message Item {
  int32 price = 1;
}

// Shop sells.
//
// It never fails.
service Shop {
  rpc Sell (Item) returns (Item);
}
"""


def test_definitions_of_protobuf(reading):
    index = reading({"shop.proto": PROTO})
    found = {one.qualified_name: one for one in index.symbols()}
    assert {name: one.kind for name, one in found.items()} == {
        "shop": "package",
        "shop.Item": "message",
        "shop.Item.price": "member",
        "shop.Shop": "service",
        "shop.Shop.Sell": "rpc",
    }
    assert found["shop.Shop"].doc == "Shop sells.\n\nIt never fails."
    assert (found["shop.Shop.Sell"].signature, found["shop.Shop.Sell"].returns) == ("Item", "Item")
    assert found["shop.Item.price"].parent_id == found["shop.Item"].id
    assert (found["shop.Item"].line, found["shop.Item"].end_line) == (8, 10)
    assert index.knows("Sell")
    assert not index.knows("Buy")


def test_many_languages_by_name_and_by_first_line(reading):
    index = reading(
        {
            "a.js": "/** Adds. */\nfunction add(a, b) { return a + b }\nclass K { m() {} }\n",
            "b.rs": "pub fn run() {}\n",
            "Makefile": "all:\n\techo\n",
            "tool": "#!/usr/bin/env python3\ndef main(): ...\n",
            "run": "#!/bin/bash\nhello() { :; }\n",
            "weird.PY": "def upper(): ...\n",
            "stub.pyi": "def stub() -> int: ...\n",
            "T.java": "class T { int size() { return 1; } }\n",
        }
    )
    languages = {file.path: file.language for file in index.files()}
    assert languages == {
        "a.js": "javascript", "b.rs": "rust", "Makefile": "make", "tool": "python", "run": "sh",
        "weird.PY": "python", "stub.pyi": "python", "T.java": "java",
    }  # fmt: skip
    assert index.find("add")[0].doc == "Adds."
    assert {one.name for one in index.symbols()} >= {"add", "K", "m", "run", "all", "main", "hello", "upper", "size"}


def test_a_missing_ctags_is_answered_with_how_to_install_it(tmp_path, monkeypatch):
    ctags.program.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(IndexingError, match="apt-get install universal-ctags"):
        build_index(tmp_path, tmp_path / "x.sqlite", BuildConfig(), silent)
    fake = tmp_path / "ctags"
    fake.write_text("#!/bin/sh\necho Exuberant Ctags 5.8\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(IndexingError, match="no Universal Ctags"):
        ctags.program()
    monkeypatch.undo()
    ctags.program.cache_clear()
    assert ctags.program()


class SlowTimer(Timer):
    """Starts so late that a process which dies at once is dead by then."""

    def start(self):
        time.sleep(0.3)
        super().start()


def test_a_file_that_hangs_ctags_is_left_and_the_next_one_read(tmp_path, monkeypatch):
    """The stand-in hangs on the first file it is given, dies on the second, and is the real one afterwards."""
    count = tmp_path / "count"
    script = tmp_path / "stand-in"
    script.write_text(
        f"#!/bin/sh\nn=$(cat {count} 2>/dev/null || echo 0)\necho $((n + 1)) > {count}\n"
        f'[ $n = 0 ] && exec sleep 60\n[ $n = 1 ] && exit 3\nexec {ctags.program()} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setattr(ctags, "program", lambda: str(script))
    monkeypatch.setattr(ctags, "Timer", SlowTimer)
    with ctags.Ctags(time_limit_s=3.0) as tagger:
        assert tagger.tags("protobuf", PROTO.encode()) is None
        assert tagger.tags("protobuf", PROTO.encode()) is None
        found = tagger.tags("protobuf", PROTO.encode())
    assert found is not None
    assert "Item" in {tag["name"] for tag in found}


def test_options_in_the_repository_and_the_home_directory_are_not_read(tmp_path, monkeypatch):
    root = write(tmp_path / "repo", {"a.proto": PROTO, ".ctags.d/evil.ctags": "--languages=-Protobuf\n"})
    write(tmp_path / "home", {".ctags.d/evil.ctags": "--languages=-Protobuf\n"})
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(root)
    with ctags.Ctags() as tagger:
        assert tagger.tags("protobuf", PROTO.encode())
