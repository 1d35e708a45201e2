"""The dataset card: counts, licence, and nothing of a repository that a page would obey."""

import re

import yaml
from pyarrow.parquet import read_table

from forklift.build import build
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import WITHHELD, open_index
from forklift.workspace import create_lift, finished_stage
from shop import write_files


def test_the_card_counts_what_is_there(shop_lift):
    card = (shop_lift.dataset / "README.md").read_text(encoding="utf-8")
    counts = {row[1]: int(row[2]) for row in re.finditer(r"^\| (train|validation|[ABCD]) \| (\d+) \|", card, re.M)}
    entry = finished_stage(shop_lift, "build")
    assert sum(counts.values()) == entry["questions"]
    facets = {row[1]: int(row[2]) for row in re.finditer(r"^\| (\w+) \| (\d+) \| \d+ \|", card, re.M)}
    assert sum(facets.values()) == entry["facts"]
    assert facets["location"] > 40


def test_the_card_says_where_it_comes_from(shop_lift):
    card = (shop_lift.dataset / "README.md").read_text(encoding="utf-8")
    assert "Questions and answers about shop" in card
    assert "licence found in the repository: MIT" in card
    assert finished_stage(shop_lift, "build")["repository"]["commit"] in card
    assert "symbols that share their name and file stem with others | 2" in card


def test_its_head_is_what_the_hub_reads(shop_lift):
    _, head, _ = (shop_lift.dataset / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    files = yaml.safe_load(head)["configs"][0]["data_files"]
    assert {row["split"]: row["path"] for row in files} == {
        name: f"data/{name}.parquet" for name in ("train", "validation", "test")
    }
    assert all((shop_lift.dataset / row["path"]).is_file() for row in files)


def test_a_hostile_name_is_text(tmp_path):
    hostile = "<img src=x onerror=alert(1)> `![x](http:evil)` | a\n# b"
    code = {"code.py": "def greet(name):\n    return name\n"}
    repository = write_files(tmp_path / hostile, code)
    lift = create_lift(tmp_path / "lift")
    build(repository, lift, BuildConfig(wordings_per_fact=1), silent)
    card = (lift.dataset / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"<\w|!\[|\]\(", card)
    assert "# b" not in card
    assert "img srcx" in card


def test_secrets_reach_neither_index_nor_dataset_and_are_counted(tmp_path):
    key, password = "AKIA" + "Q7XK2LM9ZP4TV8RW", "gT7#" + "kQ92!x"
    code = (
        f'"""Talks to the store of the shop with {key}."""\n\nSTORE_KEY = "{key}"\nSTORE_PASSWORD = "{password}"\n'
        f'LIMIT = 3\n\n\ndef open_store(key="{key}"):\n    """Opens the store of the shop with {key} for reading."""\n'
    )
    repository = write_files(tmp_path / "shop", {"store.py": code, "README.md": f"# Shop\n\nThe key is {key}.\n"})
    lift = create_lift(tmp_path / "lift")
    build(repository, lift, BuildConfig(wordings_per_fact=2), silent)
    with open_index(lift.index) as index:
        shown = [*index.lines("store.py", 1, 99), *index.lines("README.md", 1, 99), *map(repr, index.symbols())]
    rows = [row for path in (lift.facts, *lift.dataset.glob("data/*")) for row in read_table(path).to_pylist()]
    assert len(rows) > 20
    for text in (*shown, *map(str, rows)):
        assert key not in text
        assert password not in text
        assert WITHHELD not in text or text in shown
    assert "secrets, withheld from every text | 6 |" in (lift.dataset / "README.md").read_text(encoding="utf-8")
