"""What is stated only where it is sure: names that mean one thing, lists that are whole or say that they are not."""

import pytest
from stating import objects, said, texts

from forklift.build.facts import (
    architecture,
    attributes,
    calls,
    collect_facts,
    comparison,
    configuration,
    dependencies,
    errors,
    families,
    flows,
    hierarchy,
    purpose,
    signature,
    usage,
)
from forklift.build.facts.told import told_of


def test_a_decorator_that_is_spelt_in_two_ways_has_no_list(view_of_files):
    head = "import contextlib\nfrom contextlib import contextmanager\n\n"
    code = "@contextmanager\ndef a(): ...\n@contextmanager\ndef b(): ...\n@mark\ndef d(): ...\n@mark\ndef e(): ...\n"
    view = view_of_files({"a.py": head + code + "@contextlib.contextmanager\ndef c(): ...\n"})
    assert objects(families.facts(view), "decorated").keys() == {"mark"}


def test_names_in_brackets_say_that_there_are_others(view_of_files):
    files = {"a.py": "A = 1\nB = 2\ndef c(): ...\n", "b.py": "from a import A, B, c\ndef d():\n    return c(A, B)\n"}
    assert texts(architecture.facts(view_of_files(files)), "depends_on")["b.py"] == "`a.py` (e.g. `c`, `A` and others)"


def test_calls_that_may_lack_some_say_so(view_of_files):
    code = "class Till:\n    def count(self): ...\n\ndef add(): ...\n\ndef pay(till):\n    add()\n    till.count()\n\n"
    code += "def give(till):\n    add()\n    till.smile()\n"
    facts = list(calls.facts(view_of_files({"a.py": code})))
    assert said(facts, "calls", "pay") == ["`pay` calls `add`, for instance."]
    assert said(facts, "calls", "give") == ["`give` calls `add`."]


def test_what_any_overload_does_counts(view_of_files):
    code = "class Zoo {\n  /** Made. */ Zoo() {}\n  Zoo(int size) { new Cage(); }\n}\nclass Cage { Cage() {} }\n"
    facts = list(calls.facts(view_of_files({"Zoo.java": code})))
    assert objects(facts, "called_by") == {"Cage": ("Zoo.Zoo",)} or "Zoo.Zoo" in str(objects(facts, "called_by"))


def test_whatever_replaces_a_method_further_below_counts_constructors_do_not(view_of_files):
    code = (
        "class A:\n    def run(self): ...\nclass B(A):\n    def run(self): ...\nclass C(B):\n    def run(self): ...\n"
    )
    facts = list(comparison.facts(view_of_files({"a.py": code})))
    assert set(objects(facts, "overridden_by")["A.run"]) == {"B.run", "C.run"}
    script = "class P { constructor() {} run() {} }\nclass Q extends P { constructor() {} run() {} }\n"
    facts = list(comparison.facts(view_of_files({"a.js": script})))
    assert objects(facts, "overrides")["Q"] == ("run", "P")


def test_in_go_nobody_lists_what_has_the_methods_of_an_interface(view_of_files):
    code = "package zoo\n\ntype Pet interface {\n\tEat()\n}\n\ntype Dog struct {\n\tPet\n}\n\nfunc (d Dog) Eat() {}\n\n"
    code += "type Cat struct {\n\tPet\n}\n"
    view = view_of_files({"go.mod": "module a.b/zoo\n", "zoo.go": code})
    assert objects(comparison.facts(view), "overridden_by") == {}
    assert said(families.facts(view), "descendants")[0].startswith("The types that embed `Pet`")


def test_types_are_no_classes(view_of_files):
    code = "".join(f"export interface {name}Context {{ a: string }}\n" for name in ("Big", "Old", "New"))
    assert set(texts(families.facts(view_of_files({"a.ts": code})), "family").values()) == {"types ending in `Context`"}


def test_a_label_is_no_member_of_a_class_that_is_called_like_the_file(view_of_files):
    files = {"Redis.ts": "const debug = 1;\nexport class Redis {}\n", "Other.ts": "const debug = 2;\n"}
    assert set(view_of_files(files).labels.values()) == {"Redis", "Other.debug"}


def test_what_is_empty_or_varies_has_no_value(view_of_files):
    files = {"a.js": "const keys = [];\nlet count = 1;\nconst most = 5;\n", "b.py": "SEEN = {}\n"}
    assert objects(configuration.facts(view_of_files(files)), "value") == {"most": ("5",)}


def test_a_message_that_stands_elsewhere_too_leads_nowhere(view_of_files):
    code = 'def a():\n    raise ValueError("no good coin was found: " + x)\n\n'
    code += (
        'def b():\n    raise fail("no good coin was found: ")\n\ndef c():\n    raise ValueError("no such coin known")\n'
    )
    assert objects(errors.facts(view_of_files({"a.py": code})), "message_from") == {"no such coin known": ("c",)}


def test_entry_points_are_main_functions_that_run_by_themselves(view_of_files):
    files = {"bin/index.js": "function main() {}\nmain();\n", "bench/a.go": "package main\n\nfunc main() {}\n"}
    files |= {"cmd/b.go": "package main\n\nfunc main() {}\n", ".hidden/c.py": "def main(): ...\n"}
    (points,) = objects(architecture.facts(view_of_files(files)), "entry_points").values()
    assert points == ("b.main",)


def test_helpers_of_tests_are_no_tests_in_javascript(view_of_files):
    files = {"a.js": "export function shuffle() {}\n", "test/a.js": "import { shuffle } from '../a';\n"}
    files["test/a.js"] += "function testShuffle() { shuffle(); }\n"
    assert objects(usage.facts(view_of_files(files)), "tested_by") == {}


def test_the_heading_of_several_definitions_is_no_purpose(view_of_files):
    code = "/** Context types for the tracing channels */\nexport interface Command {}\n"
    code += (
        "/** What a batch of commands is told */\nexport interface Batch {}\n// What stays\nexport interface Rest {}\n"
    )
    assert objects(purpose.facts(view_of_files({"a.ts": code})), "documented_as").keys() == {"Batch"}


@pytest.mark.parametrize(
    "text",
    [
        "To understand this better let's start with the default behaviour",
        "Steps 1 and 2 represent all of the changes",
        "Do this before deeply reading the code",
        "This event is only triggered after the node was used",
    ],
)
def test_what_goes_on_from_something_else_is_not_quoted(view_of_files, text):
    assert told_of(view_of_files({"a.py": "A = 1\n"}).index).quotable(text) == ""


def test_comments_on_members_and_pieces_of_sentences_give_no_reason(view_of_files):
    code = "package zoo\n\n// Dog is kept.\ntype Dog struct {\n\t// Needs a long tail because it wags all day long.\n"
    code += "\tTail int\n}\n\n// Feed feeds. Necessary for all of the dogs, so do it.\nfunc Feed() {}\n\n"
    code += "// Walk walks.\n// The dog is tired because of\n//   run();\n// and sleeps.\nfunc Walk() {}\n"
    facts = collect_facts(view_of_files({"go.mod": "module a.b/zoo\n", "zoo.go": code}).index)[1]
    assert texts(facts, "reason") == {}


def test_the_same_class_is_meant_first_by_what_is_to_be_used_instead(view_of_files):
    code = "class {0}:\n    def set_mode(self): ...\n    def set_easy(self):\n"
    code += '        """Sets it.\n\n        .. deprecated:: 1.0\n            '
    code += 'Use set_mode(Mode) instead of this one.\n        """\n'
    view = view_of_files({"a.py": code.format("Reader") + "\n\n" + code.format("Writer")})
    replaced = objects(collect_facts(view.index)[1], "replaced_by")
    assert replaced == {"Reader.set_easy": ("Reader.set_mode",), "Writer.set_easy": ("Writer.set_mode",)}


def test_lists_that_are_cut_say_so(view_of_files):
    parts = "".join(
        f"## Using the shop in way {number}\n\nCall `sell()` for number {number}.\n\n" for number in range(5)
    )
    view = view_of_files({"a.py": "def sell():\n    pass\n\ndef sell_more(): ...\n", "docs/a.md": f"# Shop\n\n{parts}"})
    facts = collect_facts(view.index)[1]
    assert texts(facts, "explained_in")["sell"].endswith(" and others")
    assert texts(facts, "used_to")["sell"].endswith("; and others")


def test_what_stands_in_a_class_does_not_run_with_what_makes_its_objects(view_of_files):
    code = (
        "def mark(): ...\n\ndef look(): ...\n\nclass Till:\n    mark()\n    look()\n\ndef pay():\n    return Till()\n"
    )
    facts = list(flows.facts(view_of_files({"a.py": code})))
    assert not [one for one in facts if one.relation in ("main_line", "reaches")]


def test_what_is_required_nearby_is_no_package(view_of_files):
    files = {"lib/a.rb": "require_relative 'b'\nrequire 'json'\nA = 1\n", "lib/b.rb": "autoload :C, 'c'\nB = 1\n"}
    view = view_of_files(files | {"lib/c.rb": "C = 1\n"})
    assert objects(dependencies.facts(view), "imports") == {}
    assert objects(architecture.facts(view), "depends_on") == {"lib/a.rb": ("lib/b.rb",), "lib/b.rb": ("lib/c.rb",)}


def test_a_class_that_is_exported_with_its_name_is_there(view_of_files):
    view = view_of_files(
        {"a.js": "module.exports = class Shop extends Base {\n  sell () {}\n  get size () { return 1 }\n}\n"}
    )
    assert set(view.labels.values()) == {"Shop", "Shop.sell", "Shop.size"}


def test_functions_of_c_tests_that_take_something_are_helpers(view_of_files):
    files = {"a.c": "int sell(int a) { return a; }\n"}
    files["tests/a.c"] = (
        "int sell(int a);\nstatic int test_it(int b) { return sell(b); }\nvoid test_all(void) { sell(1); }\n"
    )
    assert texts(usage.facts(view_of_files(files)), "tested_by")["sell"].startswith("`test_all`")


@pytest.mark.parametrize(
    "text", ["You could also keep your shop outside of it", "The shop also sells many other things"]
)
def test_what_adds_to_something_is_not_quoted(view_of_files, text):
    assert told_of(view_of_files({"a.py": "A = 1\n"}).index).quotable(text) == ""


def test_comments_that_stand_apart_or_name_what_is_needed_give_no_reason(view_of_files):
    make = "# NOTE: this file is meant to give an easy way to run all of the steps there are.\n\nRUN := go run a.go\n"
    c = "int sell(void)\n{\n    /* number of characters needed for escaping it all */\n    int more = 1;\n"
    c += "    return more;\n}\n"
    facts = collect_facts(view_of_files({"Makefile": make, "a.c": c}).index)[1]
    assert [one for one in facts if one.relation in ("reason", "caution")] == []


def test_what_goes_on_in_a_list_and_rows_of_tables_tell_nothing_of_the_project(view_of_files):
    text = (
        "# Shop\n\nShop is a simple and fast package for selling fruit, featuring:\n\n- speed\n\n## Version support\n\n"
    )
    text += "".join(
        f"| 3.{number}.x | Bug fixes and security patches |\n" + "|-|-|\n" * (number == 0) for number in range(5)
    )
    facts = collect_facts(view_of_files({"a.py": "def sell(): ...\n", "README.md": text}).index)[1]
    assert [one for one in facts if one.relation in ("project_is", "project_features")] == []


def test_names_of_other_packages_are_needed_in_go(view_of_files):
    files = {"go.mod": "module a.b/shop\n", "level.go": "package shop\n\ntype Level int\n\nvar All = []Level{1}\n"}
    files["sub/a.go"] = (
        'package sub\n\nimport (\n\t"fmt"\n\t"a.b/shop"\n)\n\nfunc f(l shop.Level) { fmt.Print(shop.All) }\n'
    )
    assert objects(architecture.facts(view_of_files(files)), "depends_on")["sub/a.go"] == ("level.go",)


def test_what_typescript_imports_as_javascript_is_needed(view_of_files):
    files = {"a.ts": "export type Wide<T> = T extends string ? 1 : 2;\n"}
    files["b.ts"] = "import type {Wide} from './a.js';\nexport const b = 1;\n"
    assert objects(architecture.facts(view_of_files(files)), "depends_on") == {"b.ts": ("a.ts",)}


def test_only_enumerators_are_members_of_an_enumeration(view_of_files):
    code = "enum Mode {\n  base(1), wide(2);\n  private int number;\n  Mode(int number) { this.number = number; }\n}\n"
    assert objects(families.facts(view_of_files({"Mode.java": code})), "enum_members") == {"Mode": ("base", "wide")}


def test_a_class_does_not_derive_from_a_type_alias(view_of_files):
    code = "type Error = { code: string };\nexport class A extends Error {}\nexport class B extends A {}\n"
    assert objects(families.facts(view_of_files({"a.ts": code})), "ancestors") == {"B": ("A", "Error")}


def test_what_is_deprecated_of_a_function_is_not_the_function(view_of_files):
    code = 'def sell(size, width):\n    """Sells it all.\n\n    .. deprecated:: 2.0 '
    code += "*size* is deprecated in favor of *width*.\n"
    facts = collect_facts(view_of_files({"a.py": code + '    """\n'}).index)[1]
    assert not [one for one in facts if one.relation == "deprecated_since"]


@pytest.mark.parametrize(
    "text",
    [
        "With its help you can write code like that one",
        "Using this selector will modify the whole document",
        "If you want to connect to local syslog (Ex",
        "This argument is provided for all of the older code",
        "Which handles all of the older sequences there are",
        "A larger and more complete example can be found here",
        "The shop is introduced, with an example, in this blog post",
        "You can specify an option for which nothing can be given using below syntax",
        "This overrides what was in the older response",
        "In order to use this heuristic, we pass it to our constructor",
        "In our example, we first convert the documents to avoid an exception",
        "The method is deprecated in version 9.22 use another one instead",
        "Additionally, you can specify shops inside a larger group",
        "The second type are shops of the form `a` for everybody",
        "More information about all shops stands on their homepage",
        "This is what these shops usually do at night",
    ],
)
def test_more_that_goes_on_from_something_else(view_of_files, text):
    assert told_of(view_of_files({"a.py": "A = 1\n"}).index).quotable(text) == ""


def test_stubs_give_way_and_their_dots_are_no_defaults(view_of_files):
    files = {"p/__init__.py": "", "p/a.py": "A = 1\n", "p/a.pyi": "A: int\ndef f(x: int = ...) -> int: ...\n"}
    files["p/b.py"] = "from . import a\nB = 1\n"
    view = view_of_files(files)
    assert objects(architecture.facts(view), "depends_on")["p/b.py"] == ("p/a.py",)
    assert objects(signature.facts(view), "default") == {}


def test_headers_that_are_included_from_beside_are_needed(view_of_files):
    files = {"ini.h": "int ini(void);\n", "cpp/a.cpp": '#include "../ini.h"\nint two() { return 2; }\n'}
    assert objects(architecture.facts(view_of_files(files)), "depends_on")["cpp/a.cpp"] == ("ini.h",)


def test_optional_packages_are_not_needed(view_of_files):
    cargo = '[package]\nname = "shop"\n\n[dependencies]\nsval = { version = "2", optional = true }\nbase64 = "1"\n'
    view = view_of_files({"Cargo.toml": cargo, "src/lib.rs": "pub fn sell() {}\n"})
    assert list(objects(dependencies.facts(view), "declares").values()) == [("base64",)]


def test_traits_that_other_files_implement_are_others(view_of_files):
    files = {
        "Cargo.toml": '[package]\nname = "shop"\n',
        "src/lib.rs": "mod b;\npub struct Till;\nimpl Clone for Till {}\n",
    }
    files["src/b.rs"] = "use crate::Till;\nimpl Drop for Till {\n    fn drop(&mut self) {}\n}\n"
    assert said(list(hierarchy.facts(view_of_files(files))), "inherits", "Till") == [
        "`Till` implements `Clone`, for instance."
    ]


def test_defaults_of_fields_and_generic_calls_are_no_values(view_of_files):
    files = {"a.py": "class State:\n    stopped: bool = False\n    MODE: str = 'x'\n", "a.ts": "const x = f<Y>();\n"}
    assert objects(configuration.facts(view_of_files(files)), "value") == {"State.MODE": ("'x'",)}


def test_lists_of_what_files_need_are_examples(view_of_files):
    files = {"a.py": "def take(): ...\n", "b.py": "from a import take\n\ndef give():\n    take()\n"}
    facts = list(architecture.facts(view_of_files(files)))
    assert said(facts, "depends_on", "b.py") == ["`b.py` depends, for instance, on `a.py` (e.g. `take`)."]
    assert said(facts, "needed_by", "a.py") == ["`a.py` is needed, for instance, by `b.py`."]


def test_macros_call_too(view_of_files):
    code = "pub fn take() {}\npub fn give() { take(); }\npub fn keep() {}\npub fn hold() { keep(); }\n"
    code += "macro_rules! all {\n    () => { $crate::take::<u8>() };\n}\n"
    facts = list(calls.facts(view_of_files({"src/lib.rs": code})))
    assert said(facts, "called_by") == ["`keep` is called, for instance, by `hold`."]


def test_attributes_of_the_compiler_are_no_families(view_of_files):
    code = "#[derive(Debug)]\npub struct A;\n#[derive(Debug)]\npub struct B;\n"
    assert said(families.facts(view_of_files({"src/lib.rs": code})), "decorated") == []


def test_qualifiers_are_no_types(view_of_files):
    code = "from typing import Final\n\n\nclass A:\n    def __init__(self):\n        self.b: Final = 1\n"
    code += "        self.c: Final[dict[str, int]] = {}\n"
    facts = list(attributes.facts(view_of_files({"a.py": code})))
    assert said(facts, "attribute_type") == ["`A.c` is of type `dict[str, int]`."]


def test_scripts_beside_the_packages_are_no_way_in(view_of_files):
    main = "def main():\n    pass\n"
    files = {"shop/__init__.py": "", "shop/till.py": main, "downstream/run.py": main}
    facts = list(architecture.facts(view_of_files(files)))
    assert [one.objects for one in facts if one.relation == "entry_points"] == []


def test_packages_that_are_called_like_a_module_may_be_imported_too(view_of_files):
    files = {
        "src/lib.rs": "mod paint;\nuse serde::Serialize;\nuse paint;\npub fn a() {}\n",
        "src/paint.rs": "fn b() {}\n",
    }
    assert said(dependencies.facts(view_of_files(files)), "imports") == [
        "From outside, `src/lib.rs` imports `serde`, for instance."
    ]


def test_headings_that_hold_all_others_are_sections(view_of_files):
    text = "# Zoo\n\n## All\n\n### Dogs\n\nDogs bark all day long.\n\n### Cats\n\nCats sleep all day long.\n"
    facts = collect_facts(view_of_files({"a.py": "A = 1\n", "README.md": text}).index)[1]
    assert said(facts, "sections_of") == []


def test_words_that_are_files_or_functions_of_the_language_are_no_mentions(view_of_files):
    code = "pub fn paint() {}\npub struct Wall;\nimpl Wall { pub fn puts(&self) {} }\n"
    text = "# Use\n\n- `paint`: support painting with the other crate.\n- `puts()` of C is slow, `Wall` is not.\n"
    facts = collect_facts(view_of_files({"src/paint.rs": code, "README.md": text}).index)[1]
    assert [one.subject for one in facts if one.relation == "explained_in"] == ["Wall"]


def test_types_that_are_imported_from_elsewhere_are_not_those_of_other_files(view_of_files):
    files = {"src/lib.rs": "mod a;\npub struct Fault;\npub struct Till;\n"}
    files["src/a.rs"] = "use serde::de::Fault;\nfn give<D: De>() -> Result<D::Till, Fault> { todo!() }\n"
    assert said(architecture.facts(view_of_files(files)), "depends_on", "src/a.rs") == []


@pytest.mark.parametrize(
    ("command", "installs"),
    [
        ("pip install code", True),
        ("pip install --editable code/docs/examples/eggs", False),
        ("pip install 'code[all]'", True),
        ("pip install 'code>=2'", False),
        ("go get github.com/shop/code/v2", True),
        ("composer require shop/code:^9.0", True),
        ("npm install codec", False),
    ],
)
def test_what_installs_another_package_does_not_install_this_one(view_of_files, command, installs):
    text = f"# Code\n\nCode does many things.\n\n## Installation\n\n```\n{command}\n```\n"
    facts = collect_facts(view_of_files({"a.py": "A = 1\n", "README.md": text}).index)[1]
    assert [one.relation for one in facts if one.relation == "installed_with"] == ["installed_with"] * installs


def test_a_member_that_replaces_another_one_is_named(view_of_files):
    code = "class Till { void give() {} }\n/** Old.\n * @deprecated Since 1.3, use {@link Till#give()} instead. */\n"
    facts = collect_facts(view_of_files({"Till.java": f"{code}@Deprecated class Old {{ int a; }}\n"}).index)[1]
    assert objects(facts, "replaced_by") == {"Old": ("Till.give",)}


def test_shouts_and_what_scripts_need_document_nothing(view_of_files):
    code = '# /// script\n# requires-python = ">=3.11"\n# dependencies = []\n# ///\n\n\n'
    code += 'def take():\n    """DEPRECATION WARNING TO ALL! Gone soon."""\n'
    assert said(purpose.facts(view_of_files({"a.py": code})), "documented_as") == []


def test_what_is_required_is_no_reason(view_of_files):
    code = "def take():\n    # An option is required to have a short name or a long name.\n    pass\n"
    facts = collect_facts(view_of_files({"a.py": code}).index)[1]
    assert said(facts, "reason") == []


def test_what_an_example_says_of_a_term_is_not_what_it_means(view_of_files):
    text = "# Modes\n\nModes are many. For example, with 2 and 1000:\n\n"
    text += "- **Strict**: Enforces that no more than 2 run at once.\n"
    facts = collect_facts(view_of_files({"a.py": "A = 1\n", "README.md": text}).index)[1]
    assert said(facts, "term_means") == []


def test_labels_hold_no_quotation_marks(view_of_files):
    files = {"List`1.cs": "class List<T> { int a; }\n", "Old.cs": "class List { int b; }\n"}
    assert not [label for label in view_of_files(files).labels.values() if "`" in label]


def test_features_that_something_else_must_have_are_not_its_own(view_of_files):
    text = "# Code\n\nCode is fine.\n\n# Requirements\n\nIt requires a compiler that supports features such as:\n\n"
    text += "* regex\n* constexpr\n* default constructors\n"
    facts = collect_facts(view_of_files({"a.py": "A = 1\n", "README.md": text}).index)[1]
    assert said(facts, "project_features") == []


def test_keywords_of_ruby_are_parameters_of_the_same_name(view_of_files):
    code = "class Log\n  def initialize(format: nil)\n  end\n  def set(format)\n  end\nend\n"
    facts = list(signature.facts(view_of_files({"a.rb": code})))
    assert [set(one.objects) for one in facts if one.relation == "taken_by"] == [{"Log.initialize", "Log.set"}]


def test_what_is_defined_twice_has_no_one_value(view_of_files):
    code = "class A\n  if ODD\n    MODE = 1\n  else\n    MODE = 2\n  end\n  SIZE = 3\nend\n"
    assert said(configuration.facts(view_of_files({"a.rb": code})), "value") == ["The value of `A.SIZE` is `3`."]


def test_properties_are_no_methods(view_of_files):
    code = "class A { int B { get; } void C() {} }\nclass D { int B { get; } void C() {} }\n"
    assert set(objects(comparison.facts(view_of_files({"a.cs": code})), "method_of_several")) == {"C"}


def test_a_comment_that_may_be_about_several_documents_none(view_of_files):
    ruby = "# Numbers counting dog lives.\nONE = 1\nTWO = 2\n\n# Largest weight measured today.\nWEIGHT = 3\n\n"
    go = "package zoo\n\n// Common animals kept indoors.\nconst (\n\tDog = 1\n\tCat = 2\n)\n\n"
    go += "// Feed feeds every hungry animal.\nfunc Feed() {}\n"
    c = "/* Sizes measured among animals */\n#define SMALL 1\n#define LARGE 2\n\n"
    c += "/* Highest number fitting inside. */\n#define MOST 3\n"
    cs = "// Everything important begins below.\nclass Till {}\n\n"
    cs += "/// <summary>Keeps golden coins safe.</summary>\n[Old]\nclass Box {}\n"
    view = view_of_files({"a.rb": ruby, "go.mod": "module a.b/zoo\n", "zoo.go": go, "a.c": c, "a.cs": cs})
    assert objects(purpose.facts(view), "documented_as").keys() == {"WEIGHT", "Feed", "MOST", "Box"}


def test_values_are_literals_that_no_condition_guards(view_of_files):
    c = "#ifndef A_H\n#define A_H\n#define ONE 1\n#ifdef ODD\n#define TWO 2\n#endif\n#define SUM (ONE + 1)\n#endif\n"
    view = view_of_files({"a.h": c, "a.rb": "MODE = File::A | 1\nNAME = 'x'\n"})
    assert objects(configuration.facts(view), "value") == {"ONE": ("1",), "NAME": ("'x'",)}


def test_what_sets_is_no_call_of_what_reads_and_properties_are_not_called(view_of_files):
    ruby = "class Log\n  attr_accessor :form\n  def level\n    @level\n  end\n  def quiet\n    self.level = 1\n"
    ruby += "    self.form = 2\n  end\n  def loud\n    level\n    self.level()\n  end\nend\n"
    facts = list(calls.facts(view_of_files({"a.rb": ruby})))
    assert objects(facts, "calls") == {"Log.loud": ("Log.level",)}


def test_members_are_meant_where_their_class_is_named(view_of_files):
    code = "pub struct Wall;\nimpl Wall { pub fn from_str(&self) {} }\npub fn put_up() {}\n"
    text = "# One\n\nUse `from_str` and `put_up` of it.\n\n# Two\n\nA `Wall` has `from_str` as well.\n"
    facts = collect_facts(view_of_files({"src/lib.rs": code, "README.md": text}).index)[1]
    assert {one: set(said) for one, said in objects(facts, "explains").items()} == {
        "One": {"put_up"}, "Two": {"Wall", "Wall.from_str"},
    }  # fmt: skip


def test_names_of_elsewhere_and_of_the_project_are_no_mentions(view_of_files):
    rust = "use std::fmt::Display;\npub struct Code;\npub mod a {\n    pub struct Display;\n    pub struct Wall;\n}\n"
    text = "# One\n\nCode prints whatever `Display` gives to `Wall`.\n\n# Two\n\nMake a `Code` of it.\n"
    facts = collect_facts(view_of_files({"src/lib.rs": rust, "README.md": text}).index)[1]
    assert {one: set(said) for one, said in objects(facts, "explains").items()} == {"One": {"a.Wall"}, "Two": {"Code"}}


def test_lists_without_what_has_no_label_say_that_there_is_more(view_of_files):
    code = "pub struct Till;\nimpl A<u8> for Till { fn eq(&self) {} }\nimpl A<u16> for Till { fn eq(&self) {} }\n"
    code += "impl Till { fn give(&self) {} }\n"
    assert said(hierarchy.facts(view_of_files({"src/lib.rs": code})), "has_methods") == [
        "`Till` has the methods `give`, for instance."
    ]


def test_bases_keep_their_arrays(view_of_files):
    facts = list(hierarchy.facts(view_of_files({"A.java": "class A implements Turns<Float[]> { int a; }\n"})))
    assert objects(facts, "inherits") == {"A": ("Turns<Float[]>",)}


def test_manifests_of_another_language_are_of_something_beside(view_of_files):
    files = {"package.json": '{"dependencies": {"docsify": "1"}}', "lib/a.rb": "A = 1\n", "lib/b.rb": "B = 1\n"}
    assert objects(dependencies.facts(view_of_files(files)), "declares") == {}


def test_what_a_value_holds_is_called_not_the_value(view_of_files):
    view = view_of_files({"a.rb": "Env = Options.new\n\nclass Till\n  def give\n    Env.new\n  end\nend\n"})
    assert objects(calls.facts(view), "calls") == {}


def test_what_stands_in_html_does_not_say_what_the_project_is(view_of_files):
    text = "<div>\n\n<sup>Meeting notes and automations for every team.</sup>\n\n</div>\n\n# Code\n\n"
    text += "Code keeps every coin safe.\n"
    facts = collect_facts(view_of_files({"a.py": "A = 1\n", "README.md": text}).index)[1]
    assert not [one for one in facts if "Meeting" in f"{one.text} {one.subject}"]


def test_a_path_does_not_lead_through_one_of_several_overloads(view_of_files):
    code = "class Till {\n  void a() { b(1); }\n  void b(int x) {}\n  void b(String x) { c(); }\n  void c() { d(); }\n"
    facts = list(flows.facts(view_of_files({"Till.java": code + "  void d() {}\n}\n"})))
    assert not [one for one in facts if one.relation in ("reaches", "main_line") and one.subject == "Till.a"]


def test_constructors_are_no_methods_that_a_list_lacks(view_of_files):
    code = "class Till {\n  Till() {}\n  Till(int a) {}\n  void open() {}\n}\n"
    assert said(hierarchy.facts(view_of_files({"Till.java": code})), "has_methods") == [
        "`Till` has the methods `open`."
    ]


def test_a_default_is_no_meaning_and_what_lost_an_address_is_not_quoted(view_of_files):
    text = "# Modes\n\nModes (see <https://a.b>) are many things to people.\n\n- `methods`: `get` `put` `head`\n"
    text += "- `Strict`: Enforces that no more run at once.\n\n"
    text += "# Kinds\n\nType: `string`\\\nDefault: `get` or anything else\n"
    facts = collect_facts(view_of_files({"a.py": "A = 1\n", "README.md": text}).index)[1]
    assert said(facts, "term_means") == [
        'By `README.md`, "Strict" stands for this: "Enforces that no more run at once".'
    ]
    assert said(facts, "section_says") == []


def test_packages_of_the_toolchain_come_not_from_outside(view_of_files):
    code = "extern crate test;\nuse test::Bencher;\nuse serde::Serialize;\npub fn a() {}\n"
    assert objects(dependencies.facts(view_of_files({"src/lib.rs": code})), "imports") == {"src/lib.rs": ("serde",)}


def test_types_of_any_kind_belong_to_a_family(view_of_files):
    code = "package a\n\n" + "".join(f"type {name}Fault struct{{}}\n" for name in ("Big", "Old", "New"))
    view = view_of_files({"go.mod": "module a.b/a\n", "a.go": f"{code}type ManyFault map[string]error\n"})
    assert set(texts(families.facts(view), "family").values()) == {"4 types ending in `Fault`"}


def test_types_of_go_in_comments_are_no_links(view_of_files):
    code = "package a\n\n// Decode decodes values from a map[string][]string quickly.\nfunc Decode() {}\n"
    view = view_of_files({"go.mod": "module a.b/a\n", "a.go": code})
    said_of = texts(purpose.facts(view), "documented_as")
    assert said_of == {"Decode": "Decode decodes values from a map[string][]string quickly"}
