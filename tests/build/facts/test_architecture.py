"""What things are made of, what needs what, where one comes in."""

from stating import objects, texts

from forklift.build.facts import architecture


def test_components_of_repository_directory_and_file(shop_facts):
    components = objects(shop_facts, "components")
    files = {f"src/shop/{name}.py" for name in ("errors", "orders", "prices", "stock")} | {"native/barcode.c"}
    assert set(components) == {"shop", "src/shop", "native"} | files
    assert set(components["shop"]) >= {"Container", "with_tax", "Order"}  # one of each file
    assert (
        "`Container` (Something with room inside, e.g. a shelf)" in texts(shop_facts, "components")["src/shop/stock.py"]
    )
    assert texts(shop_facts, "components")["src/shop"].endswith(", among 14 in all")


def test_directories_that_only_wrap_another_are_left_out(view_of_files):
    files = {"lib/deep/a.py": "def one():\n    pass\n", "lib/deep/b.py": "def two():\n    pass\n"}
    facts = list(architecture.facts(view_of_files(files)))
    assert set(objects(facts, "components")) == {"code", "lib/deep"}
    assert set(objects(facts, "modules")) == {"lib/deep"}


def test_files_of_a_directory_with_what_they_are_for(shop_facts):
    assert set(objects(shop_facts, "modules")) == {"src/shop", "native"}
    assert "`src/shop/orders.py` (Orders of customers)" in texts(shop_facts, "modules")["src/shop"]


def test_methods_with_what_they_do(shop_facts):
    assert texts(shop_facts, "key_methods") == {
        "Stock": "`take_items` (Takes items from the shelf), "
        "`add_items` (Puts `amount` items of an article on the shelf), among 3 in all",
    }


def test_files_that_use_definitions_of_others(shop_facts):
    needs = objects(shop_facts, "depends_on")
    assert set(needs["src/shop/orders.py"]) == {"src/shop/errors.py", "src/shop/prices.py", "src/shop/stock.py"}
    assert set(objects(shop_facts, "needed_by")["src/shop/errors.py"]) == {"src/shop/orders.py", "src/shop/stock.py"}
    assert "`src/shop/stock.py` (`OutOfStockError`)" not in texts(shop_facts, "depends_on").values()
    assert texts(shop_facts, "depends_on")["src/shop/stock.py"] == "`src/shop/errors.py` (e.g. `OutOfStockError`)"
    assert "tests/test_stock.py" not in str(objects(shop_facts, "needed_by"))


def test_directories_depend_on_each_other_too(view_of_files):
    files = {
        "web/__init__.py": "", "web/page.py": "from core.log import say\n\n\ndef show():\n    say()\n",
        "core/__init__.py": "", "core/log.py": "def say():\n    pass\n",
    }  # fmt: skip
    facts = list(architecture.facts(view_of_files(files)))
    assert objects(facts, "depends_on") == {"web/page.py": ("core/log.py",), "web": ("core",)}
    assert objects(facts, "needed_by") == {"core/log.py": ("web/page.py",), "core": ("web",)}


def test_headers_are_needed_by_what_includes_them(shop_facts):
    assert objects(shop_facts, "needed_by")["native/barcode.h"] == ("native/barcode.c",)


def test_commands_and_main_functions_are_entry_points(view_of_files):
    files = {
        "pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\nsell = "shop.till:run"\n',
        "shop/__init__.py": "", "shop/till.py": "def run():\n    pass\n", "shop/__main__.py": "import shop\n",
        "shop/stand.py": "def main():\n    pass\n",
        "package.json": '{"name": "shop-js", "bin": {"shopjs": "./bin/shop.js"}}',
    }  # fmt: skip
    facts = list(architecture.facts(view_of_files(files)))
    assert objects(facts, "entry_points") == {"code": ("sell", "shopjs", "shop/__main__.py")}
    assert "the command `sell` (`shop/till.py`)" in texts(facts, "entry_points")["code"]


def test_broken_manifests_say_nothing(view_of_files):
    files = {"pyproject.toml": "[project\n", "package.json": "[1, 2]", "setup.cfg": "nonsense", "a.py": "A = 1\n"}
    assert not objects(architecture.facts(view_of_files(files)), "entry_points")


def test_what_a_package_offers(view_of_files):
    files = {
        "shop/__init__.py": "from shop.stock import Stock, _hidden\nfrom .order import Order\n",
        "shop/stock.py": "class Stock:\n    pass\n\n\ndef _hidden():\n    pass\n",
        "shop/order.py": "class Order:\n    pass\n",
    }
    (fact,) = [f for f in architecture.facts(view_of_files(files)) if f.relation == "exports"]
    assert (fact.subject, set(fact.objects)) == ("shop", {"Stock", "Order"})
    assert (fact.path, fact.line, fact.end_line) == ("shop/__init__.py", 1, 2)


def test_objects_with_functions_are_components(view_of_files):
    code = "/** Answers a client. */\nvar res = {};\n/** Sends a body. */\nres.send = function send(body) {};\n"
    code += "/** Ends it all. */\nres.end = function end() {};\nmodule.exports = res;\nfunction helper() {}\n"
    facts = list(architecture.facts(view_of_files({"lib/response.js": code})))
    assert set(objects(facts, "components")["lib/response.js"]) == {"res", "helper"}
    assert texts(facts, "key_methods")["res"] == "`send` (Sends a body) and `end` (Ends it all)"


def test_the_name_that_a_comment_starts_with_is_not_repeated(view_of_files):
    code = "package zoo\n\n// Feed feeds them all.\nfunc Feed() {}\n\n// Clean sweeps.\nfunc Clean() { Feed() }\n"
    facts = list(architecture.facts(view_of_files({"zoo.go": code})))
    assert texts(facts, "components")["zoo.go"] == "`Feed` (feeds them all) and `Clean` (sweeps)"


def test_a_file_needs_the_types_that_it_names(view_of_files):
    files = {
        "go.mod": "module a.b/shop\n",
        "till.go": "package shop\n\ntype Till struct{}\n",
        "shop.go": "package shop\n\ntype Shop struct {\n\ttill Till\n}\n",
        "more.go": "package shop\n\nfunc (s *Shop) Open() {}\n",
    }
    facts = list(architecture.facts(view_of_files(files)))
    assert objects(facts, "depends_on") == {"shop.go": ("till.go",), "more.go": ("shop.go",)}
    assert objects(facts, "needed_by") == {"till.go": ("shop.go",), "shop.go": ("more.go",)}


def test_a_module_that_is_imported_as_a_whole_is_needed(view_of_files):
    files = {"shop/__init__.py": "", "shop/a.py": "from . import b\ndef sell(): ...\n", "shop/b.py": "X = 1\n"}
    assert objects(architecture.facts(view_of_files(files)), "depends_on") == {"shop/a.py": ("shop/b.py",)}


def test_classes_of_one_name_are_told_apart_by_their_folders(view_of_files):
    code = "class Item:\n    pass\n"
    view = view_of_files({"shop/base/parts.py": code, "shop/full/parts.py": code})
    assert set(view.labels.values()) == {"base.parts.Item", "full.parts.Item"}


def test_a_file_needs_the_types_of_its_package_and_the_macros_that_its_code_writes(view_of_files):
    files = {
        "Cargo.toml": '[package]\nname = "shop"\nversion = "1.0.0"\n',
        "src/lib.rs": "#[macro_use]\nmod sums;\nmod other;\n",
        "src/sums.rs": "macro_rules! add_up {\n    ($x:expr) => { $x };\n}\n",
        "src/other.rs": "fn open() {\n    add_up!(2);\n}\n",
        "a/Drawer.java": "package a;\nclass Drawer {}\n",
        "a/Till.java": "package a;\nclass Till {\n  void open() { Object o = Drawer.class; } // Other\n}\n",
        "b/Till.java": "package b;\nimport x.Drawer;\nclass Other {\n  void open() { Object o = Drawer.class; }\n}\n",
    }
    needs = objects(architecture.facts(view_of_files(files)), "depends_on")
    assert needs["src/other.rs"] == ("src/sums.rs",)
    assert needs["a/Till.java"] == ("a/Drawer.java",)
    assert "b/Till.java" not in needs


def test_directories_need_what_their_files_include(view_of_files):
    files = {"a/one.h": "int one(void);\n", "b/two.c": '#include "a/one.h"\nint two(void) { return 2; }\n'}
    facts = list(architecture.facts(view_of_files(files)))
    assert objects(facts, "depends_on") == {"b/two.c": ("a/one.h",), "b": ("a",)}
    assert objects(facts, "needed_by") == {"a/one.h": ("b/two.c",), "a": ("b",)}
