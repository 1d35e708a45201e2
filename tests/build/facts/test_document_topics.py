"""Topics of documents without code: phrases that a few sections share."""

from forklift.build.facts import collect_facts
from forklift.build.teachers.builtin import lesson
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.index import build_index, open_index
from shop import write_files

TEXTS = {
    "README.md": "# Bees\n\nA handbook.\n\n## Spring\n\nCheck each brood frame twice.\n\n"
    "## Summer\n\nNo brood frame is moved.\n\n## Winter\n\nThe brood frame stays warm.\n\n"
    "## Honey\n\nA honey jar is glass.\n",
    "more.md": "# More\n\nNothing.\n\n## Jars\n\nWash the honey jar.\n",
}


def topics_of(root, files):
    build_index(write_files(root / "bees", files), root / "index.sqlite", BuildConfig(), silent)
    with open_index(root / "index.sqlite") as index:
        return [fact for fact in collect_facts(index)[1] if fact.relation == "comes_up_in"]


def test_a_phrase_of_several_sections_is_a_topic_with_all_of_them(tmp_path):
    (fact,) = topics_of(tmp_path, TEXTS)
    told = lesson(fact)
    assert (fact.subject, fact.objects, fact.path) == ("brood frame", ("Spring", "Summer", "Winter"), "README.md")
    assert told.completion == 'The documents speak of "brood frame" in the sections "Spring", "Summer" and "Winter".'
    assert told.keys == ("spring", "summer", "winter")


def test_where_there_is_code_topics_are_its(tmp_path):
    assert topics_of(tmp_path, {**TEXTS, "hive.py": "def brood_frame():\n    pass\n"}) == []
