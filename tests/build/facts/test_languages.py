"""Facts of languages in which one name has several definitions, and types stand apart from their members."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forklift.build.facts import collect_facts
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from forklift.records import Fact

FILES = {
    "Zoo.java": """\
package org.zoo;
/** Keeps many wild animals safe. */
class Zoo implements Open {
  static final int MAX = 3;
  static final Zoo MAIN = new Zoo();
  /** Feeds every hungry animal here. */
  void feed(String meal) {}
  void feed(String meal, int times) {}
}
interface Open { void enter(String ticket); }
""",
    "lib/park.rb": "module Park\n  class Bench; def sit(weight = nil, days = 2); end; end\nend\n",
    "pond.go": "package pond\n\n// Pond is wet.\ntype Pond struct{}\n",
    "fill.go": "package pond\n\nfunc (p *Pond) Fill(level int) error { return nil }\n",
}


@pytest.fixture(scope="module")
def stated(tmp_path_factory) -> Iterator[list[Fact]]:
    root: Path = tmp_path_factory.mktemp("facts") / "zoo"
    for path, content in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    build_index(root, root.parent / "zoo.sqlite", BuildConfig(), silent)
    with open_index(root.parent / "zoo.sqlite") as index:
        yield collect_facts(index)[1]


def of(facts: list[Fact], relation: str) -> dict[str, tuple[str, ...]]:
    return {fact.subject: fact.objects for fact in facts if fact.relation == relation}


def test_one_overload_speaks_for_all(stated):
    assert of(stated, "parameters")["Zoo.feed"] == ("meal",)  # the documented one
    assert of(stated, "documented_as").keys() >= {"Zoo", "Zoo.feed"}


def test_files_define_what_a_reader_meets_at_their_top(stated):
    defined = of(stated, "defines")
    assert set(defined["Zoo.java"]) == {"Zoo", "Open"}
    assert set(defined["lib/park.rb"]) == {"Park", "Park.Bench"}
    assert defined["fill.go"] == ("Pond.Fill",)


def test_bases_methods_and_values(stated):
    assert of(stated, "inherits")["Zoo"] == ("Open",)
    assert of(stated, "subclassed_by")["Open"] == ("Zoo",)
    assert of(stated, "has_methods")["Pond"] == ("Fill",)
    assert of(stated, "value") == {"Zoo.MAX": ("3",)}  # what is computed says nothing by itself
    assert of(stated, "default")["Park.Bench.sit"] == ("days",)
