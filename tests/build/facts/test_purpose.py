"""What the documentation says, and back."""

from stating import objects, sources, texts

from forklift.build.facts import purpose

OF_DOCUMENTS = ("usage", "documentation", "telling", "tasks", "reasons")  # whose evidence may be a document


def test_documented_as_quotes_the_first_sentence(shop_facts):
    purpose = texts(shop_facts, "documented_as")
    assert purpose["Stock"] == "All items that the shop can sell"
    assert purpose["Container"] == "Something with room inside, e.g. a shelf"
    assert purpose["ColdStock"] == "Stock that is kept below `TEMPERATURE` degrees"
    assert purpose["Container.has_room"] == "Tells whether `add_items` would succeed for so many items"
    assert purpose["barcode_checksum"] == "Computes the last digit of a barcode from all the others"
    assert purpose["src/shop/stock.py"] == "The shelves of the shop, in memory"


def test_a_docstring_that_begins_with_fields_is_read_past_them(shop_facts):
    assert texts(shop_facts, "documented_as")["Stock.take_items"] == "Takes items from the shelf"


def test_two_words_are_no_documentation(shop_facts):
    purpose = texts(shop_facts, "documented_as")
    assert "cancel_order" not in purpose  # "Undoes an order"
    assert "src/shop/orders.py" not in purpose  # "Orders of customers."
    assert "PaymentError" not in purpose


def test_documentation_and_tests_are_not_asked_about(shop_facts):
    assert not [f for f in shop_facts if f.path.startswith(("docs/", "tests/")) and f.facet not in OF_DOCUMENTS]


def test_descriptions_lead_back_to_their_symbol(shop_facts):
    described = objects(shop_facts, "described_by")
    assert described["All items that the shop can sell"] == ("Stock",)
    assert sources(shop_facts, "described_by")["All items that the shop can sell"] == [("documented_as", "Stock")]


def test_a_description_of_two_things_leads_to_neither(view_of_files):
    code = "".join(f'def {name}(x):\n    """Does what everybody expects of it."""\n\n\n' for name in ("left", "right"))
    facts = list(purpose.facts(view_of_files({"twins.py": code})))
    assert set(texts(facts, "documented_as")) == {"left", "right"}
    assert objects(facts, "described_by") == {}
