"""Names are checked while an answer comes."""

from forklift.config import BuildConfig
from forklift.deploy.grounding import Grounding
from forklift.engine import silent
from forklift.index import build_index, open_index
from shop import write_files

FARM = {"lib/farm.rb": "class Farm\n  def has_key?(name) = name\n  def close!; end\nend\n"}


def test_names_that_end_in_a_mark_are_known_while_they_come(tmp_path):
    build_index(write_files(tmp_path / "farm", FARM), tmp_path / "index.sqlite", BuildConfig(), silent)
    with open_index(tmp_path / "index.sqlite") as index:
        grounding = Grounding(index)
        names = [
            one
            for piece in ("Call has_key", "? and ", "`Farm#close", "!` or ", "has_kay? now ")
            for one in grounding.feed(piece)
        ]
        assert [(one.text, one.known) for one in names] == [
            ("has_key?", True),
            ("Farm#close!", True),
            ("has_kay?", False),
        ]
