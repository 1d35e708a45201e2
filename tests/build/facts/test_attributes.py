"""What objects hold."""

from stating import objects, sources, texts

from forklift.build.facts import attributes


def test_attributes_of_classes_and_fields_of_structs(shop_facts):
    held = objects(shop_facts, "attributes")
    assert held["Stock"] == ("capacity", "counts")
    assert held["Order"] == ("cancelled", "article", "amount", "total", "number")
    assert held["barcode"] == ("digits", "width")
    assert texts(shop_facts, "attributes")["Stock"] == "`capacity` and `counts` (`dict[str, int]`)"


def test_the_class_of_an_attribute_that_only_one_has(shop_facts):
    owners = objects(shop_facts, "attribute_of")
    assert owners["capacity"] == ("Stock",)
    assert sources(shop_facts, "attribute_of")["capacity"] == [("attributes", "Stock")]
    assert "describe" not in owners


def test_a_type_is_told_where_the_source_states_it(shop_facts, shop_index):
    types = {fact.subject: fact for fact in shop_facts if fact.relation == "attribute_type"}
    assert types["Stock.counts"].objects == ("dict[str, int]",)
    assert (
        "counts"
        in shop_index.lines(types["Stock.counts"].path, types["Stock.counts"].line, types["Stock.counts"].line)[0]
    )
    assert "Stock.capacity" not in types


def test_many_attributes_are_cut_and_say_so(view_of_files):
    code = "package a\n\ntype Big struct {\n" + "".join(f"\tfield{n} int\n" for n in range(13)) + "}\n"
    (fact,) = [f for f in attributes.facts(view_of_files({"big.go": code})) if f.relation == "attributes"]
    assert len(fact.objects) == attributes.MAX_LISTED
    assert fact.text.endswith(", among 13 in all")


def test_properties_with_what_they_say(view_of_files):
    code = (
        'class Cup:\n    @property\n    def full(self):\n        """Whether no drop fits."""\n'
        "    @property\n    def empty(self):\n        pass\n    @property\n    def _own(self):\n        pass\n"
    )
    facts = list(attributes.facts(view_of_files({"cup.py": code})))
    assert texts(facts, "properties") == {"Cup": "`full` (Whether no drop fits), `empty` and `_own`"}


def test_a_macro_before_a_function_pointer_is_no_attribute(view_of_files):
    code = "struct hooks {\n    void *(CDECL *allocate)(int size);\n    int count;\n};\n"
    facts = list(attributes.facts(view_of_files({"hooks.c": code})))
    assert objects(facts, "attributes")["hooks"] == ("allocate", "count")


def test_an_attribute_may_be_called_as_what_it_is(view_of_files):
    code = "ANY = 1\nclass Cup:\n    ANY = ANY\n    size = 2\n"
    assert objects(attributes.facts(view_of_files({"cup.py": code})), "attributes") == {"Cup": ("ANY", "size")}
