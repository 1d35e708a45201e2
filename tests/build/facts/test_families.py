"""What belongs together."""

from stating import objects, texts

from forklift.build.facts import families

ZOO = """\
from enum import Enum


class Animal: pass
class Bird(Animal): pass
class Owl(Bird): pass
class SnowOwl(Owl): pass
class Mule(Horse, Donkey): pass
class Colour(Enum):
    BROWN = 1
    WHITE = 2
    _SECRET = 3


class FeedError(Exception): pass
class HungryError(FeedError): pass
class TiredError(FeedError): pass


def feed_owl(): pass
def feed_mule(): pass
def feed_all(): pass
def _feed_self(): pass


@app.route("/")
def index(): pass
@app.route("/owl")
def owl(): pass
class Page:
    @property
    def a(self): pass
    @property
    def b(self): pass
"""


def test_descendants_over_any_number_of_steps(view_of_files):
    facts = list(families.facts(view_of_files({"zoo.py": ZOO})))
    assert {name: set(found) for name, found in objects(facts, "descendants").items()} == {
        "Animal": {"Bird", "Owl", "SnowOwl"},
        "Bird": {"Owl", "SnowOwl"},
        "FeedError": {"HungryError", "TiredError"},
    }
    assert texts(facts, "descendants")["FeedError"].endswith(", all in `zoo.py`")


def test_ancestors_where_every_step_is_certain(view_of_files):
    facts = list(families.facts(view_of_files({"zoo.py": ZOO})))
    assert objects(facts, "ancestors") == {
        "Owl": ("Bird", "Animal"), "SnowOwl": ("Owl", "Bird", "Animal"),
        "HungryError": ("FeedError", "Exception"), "TiredError": ("FeedError", "Exception"),
    }  # fmt: skip


def test_a_base_from_elsewhere_ends_the_chain(view_of_files):
    code = "class A(Exception): pass\nclass B(A): pass\nclass C(B): pass\n"
    facts = list(families.facts(view_of_files({"errors.py": code})))
    assert objects(facts, "ancestors") == {"B": ("A", "Exception"), "C": ("B", "A", "Exception")}


def test_exceptions_of_the_repository(view_of_files, shop_facts):
    facts = list(families.facts(view_of_files({"zoo.py": ZOO})))
    assert set(objects(facts, "exceptions")["code"]) == {"FeedError", "HungryError", "TiredError"}
    assert set(objects(shop_facts, "exceptions")["shop"]) == {"ShopError", "OutOfStockError", "PaymentError"}


def test_names_of_one_pattern(view_of_files):
    facts = [f for f in families.facts(view_of_files({"zoo.py": ZOO})) if f.relation == "family"]
    assert {fact.text: set(fact.objects) for fact in facts} == {
        "classes ending in `Error`": {"FeedError", "HungryError", "TiredError"},
        "functions starting with `feed_`": {"feed_owl", "feed_mule", "feed_all"},
    }


def test_what_a_decorator_marks(view_of_files):
    facts = list(families.facts(view_of_files({"zoo.py": ZOO})))
    assert {name: set(found) for name, found in objects(facts, "decorated").items()} == {"app.route": {"index", "owl"}}


def test_members_of_enumerations(view_of_files):
    files = {"zoo.py": ZOO, "zoo.c": "enum size { SMALL, LARGE = 9 };\n"}
    facts = list(families.facts(view_of_files(files)))
    assert objects(facts, "enum_members") == {"Colour": ("BROWN", "WHITE"), "size": ("SMALL", "LARGE")}


def test_a_cut_list_says_of_all_what_holds_for_all(view_of_files):
    many = "class E0(Exception): pass\n" + "".join(f"class E{n}(E0): pass\n" for n in range(1, 9))
    files = {"a.py": many, "b.py": "from a import E0\n\n\nclass Far(E0): pass\n"}
    facts = list(families.facts(view_of_files(files)))
    assert "all in `a.py`" not in texts(facts, "descendants")["E0"]
    assert ", among 9 in all" in texts(facts, "descendants")["E0"]
