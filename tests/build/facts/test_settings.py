"""Environment variables and options."""

import pytest
from stating import objects, texts

from forklift.build.facts import settings

FILES = {
    "shop.py": """\
import os


def open_shop():
    \"\"\"Like this:

    os.environ["NOT_READ"]
    \"\"\"
    # os.environ["NOT_EITHER"]
    return os.environ.get("SHOP_KEY") or os.environ["SHOP_DOOR"]


def close_shop():
    return os.getenv("SHOP_KEY")


def arguments(parser):
    parser.add_argument("-v", "--verbose", help="say more")
    parser.add_argument(
        "--quiet",
    )
    parser.add_argument("path")
""",
    "shop.js": "function key() { return process.env.SHOP_JS; }\n",
    "shop.go": 'package shop\n\nimport "os"\n\nfunc Key() string { return os.Getenv("SHOP_GO") }\n',
}


def test_environment_variables_and_who_reads_them(view_of_files):
    facts = list(settings.facts(view_of_files(FILES)))
    assert objects(facts, "read_from_environment") == {
        "SHOP_KEY": ("open_shop", "close_shop"), "SHOP_DOOR": ("open_shop",), "SHOP_JS": ("key",), "SHOP_GO": ("Key",),
    }  # fmt: skip
    assert objects(facts, "reads_environment")["open_shop"] == ("SHOP_KEY", "SHOP_DOOR")
    assert texts(facts, "read_from_environment")["SHOP_GO"] == "`Key` (`shop.go`)"


def test_the_evidence_is_the_line_that_reads(view_of_files):
    facts = [f for f in settings.facts(view_of_files(FILES)) if f.relation == "read_from_environment"]
    assert {fact.subject: fact.line for fact in facts}["SHOP_KEY"] == 10


def test_options_of_a_file(view_of_files):
    (fact,) = [f for f in settings.facts(view_of_files(FILES)) if f.relation == "options"]
    assert (fact.subject, fact.objects) == ("shop.py", ("--verbose", "--quiet"))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ('x = os.environ["SHOP_MODE"] == "open"', ["SHOP_MODE"]),
        ('os.environ["SHOP_MODE"] = "open"', []),
        ("process.env.SHOP_MODE = 'open'", []),
        ("process.env.SHOP_MODE === 'open'", ["SHOP_MODE"]),
        ('ENV["SHOP_MODE"] ||= "open"', []),
        ('ENV.fetch("SHOP_MODE")', ["SHOP_MODE"]),
    ],
)
def test_what_is_set_is_not_read(line, names):
    assert settings._read(line) == names


def test_options_of_two_forms_and_of_many_lines_count(view_of_files):
    code = "import click\n\n\n@click.option('--port')\n@click.option('--debug/--no-debug')\n@click.option(\n"
    code += "    '--cert',\n" + "    a=1,\n" * 9 + ")\ndef run(): ...\n"
    view = view_of_files({"cli.py": code})
    assert objects(settings.facts(view), "options") == {"cli.py": ("--port", "--debug", "--cert")}
