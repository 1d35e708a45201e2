"""Where things are, and what files define."""

from stating import objects, sources

from forklift.build.facts import location


def test_every_symbol_has_its_file(shop_facts, shop_view):
    where = objects(shop_facts, "defined_in")
    assert where["Stock.take_items"] == ("src/shop/stock.py",)
    assert where["barcode_checksum"] == ("native/barcode.c",)
    assert where["struct barcode".removeprefix("struct ")] == ("native/barcode.h",)
    assert len(where) == len(shop_view.symbols)


def test_files_define_their_top_level_symbols(shop_facts):
    defines = objects(shop_facts, "defines")
    assert set(defines["src/shop/errors.py"]) == {"ShopError", "OutOfStockError", "PaymentError"}
    assert set(defines["native/barcode.h"]) == {"barcode", "BARCODE_DIGITS"}
    assert "Stock.take_items" not in defines["src/shop/stock.py"]
    assert "docs/conf.py" not in defines
    assert "tests/test_stock.py" not in defines


def test_what_a_file_defines_follows_from_where_its_symbols_are(shop_facts):
    assert sorted(sources(shop_facts, "defines")["src/shop/errors.py"]) == [
        ("defined_in", "OutOfStockError"),
        ("defined_in", "PaymentError"),
        ("defined_in", "ShopError"),
    ]


def test_a_long_list_is_cut_and_says_so(view_of_files):
    view = view_of_files({"many.py": "".join(f"def action_{n}():\n    pass\n\n\n" for n in range(12))})
    (fact,) = [fact for fact in location.facts(view) if fact.relation == "defines"]
    assert len(fact.objects) == len(fact.sources) == location.MAX_LISTED
    assert fact.text == "12"
