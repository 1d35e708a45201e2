"""What classes of one base share, and how they differ."""

from stating import objects, sources, texts

from forklift.build.facts import comparison

BIRDS = """\
class Bird:
    def sing(self): pass
    def fly(self): pass
    def _own(self): pass


class Owl(Bird):
    def sing(self): pass
    def hunt(self): pass


class Duck(Bird):
    def sing(self): pass
    def swim(self): pass
    hunt = None


class Robot(Unknown, Bird):
    def fly(self): pass
"""


def test_methods_that_replace_those_of_a_base(view_of_files, shop_facts):
    facts = list(comparison.facts(view_of_files({"birds.py": BIRDS})))
    assert texts(facts, "overrides") == {
        "Owl": "overrides `sing` of `Bird`", "Duck": "overrides `sing` of `Bird`", "Robot": "overrides `fly` of `Bird`",
    }  # fmt: skip
    assert set(objects(facts, "overridden_by")["Bird.sing"]) == {"Owl.sing", "Duck.sing"}
    assert objects(shop_facts, "overridden_by")["Container.describe"] == ("ColdStock.describe",)  # over two steps
    assert sources(shop_facts, "overridden_by")["Container.free_places"] == [("overrides", "Stock")]


def test_siblings_differ_in_what_only_one_defines(view_of_files):
    facts = [f for f in comparison.facts(view_of_files({"birds.py": BIRDS})) if f.relation == "differs"]
    found = {frozenset((fact.subject, fact.objects[0])): fact.text for fact in facts}
    text = found[frozenset(("Owl", "Duck"))]
    assert text.startswith("build on `Bird`; both define `sing`")
    assert "only `Duck` defines `swim`" in text
    assert "`hunt`" not in text  # Duck has a member of that name too


def test_methods_that_several_classes_have(view_of_files, shop_facts):
    facts = list(comparison.facts(view_of_files({"birds.py": BIRDS})))
    assert {name: set(found) for name, found in objects(facts, "method_of_several").items()} == {
        "sing": {"Bird", "Owl", "Duck"},
        "fly": {"Bird", "Robot"},
    }
    assert set(objects(shop_facts, "method_of_several")["describe"]) == {"Container", "ColdStock", "Order"}
