"""Constants and their values."""

from stating import objects

from forklift.build.facts import configuration


def test_only_literals_have_a_value_worth_telling(shop_facts):
    values = objects(shop_facts, "value")
    assert values["MAX_ITEMS"] == ("1_000",)
    assert values["TAX_RATE"] == ("0.19",)
    assert values["CURRENCIES"] == ('("EUR", "USD")',)
    assert values["ColdStock.TEMPERATURE"] == ("4",)
    assert values["BARCODE_DIGITS"] == ("13",)
    assert "FALLBACK" not in values  # MAX_ITEMS // 2
    assert "_shelves" not in values  # None


def test_long_values_are_left_out(view_of_files):
    code = f"LONG = '{'x' * 80}'\nSHORT = 'x'\n"
    assert objects(configuration.facts(view_of_files({"values.py": code})), "value") == {"SHORT": ("'x'",)}


def test_a_place_in_a_list_of_constants_is_no_value(view_of_files):
    code = "package shop\n\nconst (\n\tFirst = iota\n\tMost = 5\n)\n"
    assert objects(configuration.facts(view_of_files({"values.go": code})), "value") == {"Most": ("5",)}


def test_a_call_with_a_text_below_it_is_no_value(view_of_files):
    code = "PAGE = ERB.new <<-HTML\n<p>\nHTML\nMOST = 5\n"
    assert objects(configuration.facts(view_of_files({"values.rb": code})), "value") == {"MOST": ("5",)}
