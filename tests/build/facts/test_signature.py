"""Parameters, defaults, return types; and which function takes what."""

from stating import objects, sources

from forklift.build.facts import signature


def test_parameters_are_listed_as_written(shop_facts):
    parameters = objects(shop_facts, "parameters")
    assert parameters["place_order"] == ("stock", "article", "amount", "customer")
    assert parameters["Stock.add_items"] == ("article", "amount", "strict")
    assert parameters["Order.ship"] == ("*parcels", "**labels")
    assert parameters["weighted_sum"] == ("code", "length")
    assert "Container.free_places" not in parameters


def test_return_types_are_told_unless_nothing_is_returned(shop_facts):
    returns = objects(shop_facts, "returns")
    assert returns["refund"] == ("float",)
    assert returns["barcode_checksum"] == ("int",)
    assert {"cancel_order", "Order.ship", "Stock.__init__"}.isdisjoint(returns)


def test_a_quoted_return_type_is_a_name(shop_facts):
    assert objects(shop_facts, "returns")["place_order"] == ("Order",)


def test_defaults_are_told_unless_they_are_none(shop_facts):
    defaults = {(f.subject, *f.objects): f.text for f in shop_facts if f.relation == "default"}
    assert defaults == {
        ("Container.has_room", "wanted"): "1",
        ("Stock.__init__", "capacity"): "MAX_ITEMS",
        ("Stock.add_items", "amount"): "1",
        ("Stock.add_items", "strict"): "True",
        ("place_order", "amount"): "1",
        ("refund", "voucher_code"): '"NONE"',
        ("round_price", "digits"): "2",
        ("with_tax", "rate"): "TAX_RATE",
    }


def test_telling_parameters_lead_to_their_functions(shop_facts):
    taken_by = objects(shop_facts, "taken_by")
    assert taken_by["voucher_code"] == ("refund",)
    assert set(taken_by["order"]) == {"cancel_order", "refund"}
    assert taken_by["parcels"] == ("Order.ship",)  # written *parcels
    assert "article" not in taken_by  # more functions take it than anyone wants to hear
    assert sources(shop_facts, "taken_by")["voucher_code"] == [("parameters", "refund")]


def test_long_defaults_and_short_names_say_nothing(view_of_files):
    code = f"def paint(x, colours=({', '.join(['1'] * 30)})):\n    pass\n"
    facts = list(signature.facts(view_of_files({"paint.py": code})))
    assert objects(facts, "default") == {}
    assert objects(facts, "taken_by") == {"colours": ("paint",)}


def test_a_parameter_of_functions_that_cannot_be_named_leads_nowhere(view_of_files):
    code = "class A:\n    def put(self, parcel): ...\n"
    twins = "class B:\n    def put(self, parcel): ...\n"
    files = {"a.py": code, "x/b.py": twins, "y/b.py": twins}
    assert "parcel" not in objects(signature.facts(view_of_files(files)), "taken_by")
