"""Names that exist, and where."""

import pytest

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.grading import ground, is_known
from forklift.index import build_index, open_index
from shop import write_files

TOOLS = {
    "pyproject.toml": '[project]\nname = "tools"\ndependencies = ["Some-Thing>=2", "attrs; python_version < \'4\'"]\n'
    '[project.optional-dependencies]\nfast = ["uvloop"]\n[dependency-groups]\ntest = ["hypothesis>=6"]\n',
    "requirements-dev.txt": "# for us\n-r other.txt\ntwine==5.1\n",
    "setup.py": "from setuptools import setup\n\nsetup(install_requires=['colorama>=0.4', \"rich\"])\n",
    "setup.cfg": "[options]\ninstall_requires =\n    pluggy>=1\n    iniconfig\n[flake8]\nignore = E203\n",
    "README.md": "# Tools\n\nStart it with `--dry-run`, or set TOOLS_HOME; `__hidden` is a directive.\n",
    "src/tools/__init__.py": "",
    "src/tools/fetch.py": "import json\nimport os.path\n\nimport requests\nfrom httpx import Client\n\n"
    "from tools import paths\n\n\ndef fetch(address):\n    parser = Client()\n"
    "    return json.loads(requests.get(address).text), paths, parser\n",
    "src/tools/paths.py": "def home():\n    return None\n",
}


@pytest.fixture(scope="module")
def tools_index(tmp_path_factory):
    root = tmp_path_factory.mktemp("known")
    build_index(write_files(root / "tools", TOOLS), root / "index.sqlite", BuildConfig(), silent)
    with open_index(root / "index.sqlite") as index:
        yield index


@pytest.mark.parametrize(
    "name",
    [
        *("json.dumps", "os.path.join", "os.getpid", "dumps", "join", "hashlib.sha256", "Path"),  # library
        *("requests", "requests.post", "requests.auth.HTTPBasicAuth", "httpx.Timeout", "Client"),  # imported
        *("some_thing", "attrs", "uvloop.run", "hypothesis", "twine", "colorama", "rich", "pluggy", "iniconfig"),
        *("--dry-run", "TOOLS_HOME", "__hidden", "fetch", "tools.fetch.fetch", "paths.home", "parser.fetch"),  # its own
        *("my_app", "MyModel.run", "your_key", "foo", "path/to/file.py"),  # made up and says so
        *("GET", "python", "len", "dict.items", "ValueError", "self", "__file__", "headers.append"),
    ],
)  # fmt: skip
def test_what_is_used_is_known(name, tools_index):
    assert is_known(name, tools_index)


@pytest.mark.parametrize(
    "name",
    [
        *("json.explode", "os.path.joins", "json.home", "hashlib.sha1024", "Paths", "OrderedDictionary"),
        *("flask.Flask", "django", "paths.homes", "fetch.explode", "parser.explode", "dict.explode", "str.fetch"),
        *("--wet-run", "--dry", "TOOLS_HOUSE", "__hide", "mystery", "my", "E203_", "other"),
        *("malloc", "stdio.h", "size_t"),  # no C here
    ],
)  # fmt: skip
def test_what_is_not_used_is_not_known(name, tools_index):
    assert not is_known(name, tools_index)


@pytest.mark.parametrize(
    "name", ["malloc", "stdio.h", "sys/stat.h", "size_t", "ENOMEM", "sqrtf", "std::vector", "const"]
)
def test_a_repository_with_c_knows_its_library(name, shop_index):
    assert is_known(name, shop_index)


def test_names_that_the_code_of_an_answer_makes_are_its_own(tools_index):
    text = "```python\nclass Robot:\n    pass\n\nold_robot = Robot(fetch(1))\n```\n`Robot` is new, not `Robots`."
    assert {one.text: one.known for one in ground(text, tools_index)} == {
        "Robot": True,
        "old_robot": True,
        "fetch": True,
        "Robots": False,
    }


@pytest.mark.parametrize(
    "name",
    ["Stock", "Stock.take_items", "take_items()", "src/shop/stock.py", "stock.py", "shop.stock", "barcode_checksum",
     "voucher_code", "stock.take_items", "order.total", "len", "ValueError", "json.dumps", "os.path.join", "self",
     "`Order`", "dict.items", "append"],
)  # fmt: skip
def test_what_the_repository_or_the_language_has_is_known(name, shop_index):
    assert is_known(name, shop_index)


@pytest.mark.parametrize(
    "name", ["Stokc", "Stock.sell_items", "src/shop/sales.py", "order.shipping_date", "shop.sales", "place_orders"]
)
def test_what_nobody_has_is_not_known(name, shop_index):
    assert not is_known(name, shop_index)


def test_what_the_question_says_is_known(shop_index):
    assert is_known("Stokc", shop_index, question="Where is Stokc?")
    assert not is_known("Stok", shop_index, question="Where is Stokc?")


def test_names_are_grounded_in_the_repository(shop_index):
    text = "`Stock.take_items` in `src/shop/stock.py` raises `OutOfStokError` and `ValueError`."
    found = ground(text, shop_index)
    assert [(one.text, one.known) for one in found] == [
        ("Stock.take_items", True),
        ("src/shop/stock.py", True),
        ("OutOfStokError", False),
        ("ValueError", True),
    ]
    assert all(text[one.start : one.end] == one.text for one in found)
    assert (found[0].location.path, found[0].location.line) == ("src/shop/stock.py", 45)
    assert found[2].closest == "OutOfStockError"
    assert (found[3].location, found[3].closest) == (None, "")


PARAMETERS = {
    "shop/files.py": "path = 'data'\n\n\nclass Store:\n    path = ''\n\n    def read(self, path, key):\n        pass\n",
    "shop/other.py": "def load(name, path=None):\n    return name, path\n",
}


def test_a_parameter_is_that_of_what_was_named_before(tmp_path):
    build_index(write_files(tmp_path / "shop", PARAMETERS), tmp_path / "index.sqlite", BuildConfig(), silent)
    with open_index(tmp_path / "index.sqlite") as index:

        def places(text):
            return [(each.location.kind, each.location.path, each.location.line) for each in ground(text, index)]

        load, read = ("parameter", "shop/other.py", 1), ("parameter", "shop/files.py", 7)
        assert places("`load` takes `name` and `path`.")[1:] == [load, load]
        assert places("`Store.read` takes `path` and `key`; `load` takes `name`.")[1:] == [
            read, read, ("function", "shop/other.py", 1), load,
        ]  # fmt: skip
        assert places("`path` is not what `load` reads.")[0][0] != "parameter"


RUBY = {
    "lib/farm.rb": "class Farm\n  def has_key?(name) = name\n  def close!; end\n"
    "  def dear_owner=(name)\n    @owner = name\n  end\nend\n",
}


@pytest.mark.parametrize(
    "text",
    [
        "Ask `has_key?`, then `Farm#close!`; `dear_owner=` sets it, as `farm.dear_owner = 1` does.",
        "First call has_key?, then farm.close! and has_key? again.",
        "```ruby\nfarm = Farm\nfarm.close! if farm.has_key?(1)\nputs 'x' if farm.has_key?\n```",
    ],
)
def test_names_that_end_in_a_mark_exist(tmp_path, text):
    build_index(write_files(tmp_path / "farm", RUBY), tmp_path / "index.sqlite", BuildConfig(), silent)
    with open_index(tmp_path / "index.sqlite") as index:
        assert [one.text for one in ground(text, index) if not one.known] == []
        assert [one.text for one in ground("`has_keys?`, has_keys? or", index) if one.known] == []


def test_a_mark_that_ends_a_sentence_is_no_part_of_a_name(shop_index):
    text = "Is it take_items? It is `take_items!`"
    assert [one.text for one in ground(text, shop_index)] == ["take_items", "take_items"]
    assert [one.text for one in ground(text[:17], shop_index)] == ["take_items"]
