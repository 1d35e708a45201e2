"""What draws 15 to 18 of facts judged by hand showed to be wrong, once each."""

from stating import objects, said, texts

from forklift.build.facts import (
    architecture,
    calls,
    collect_facts,
    comparison,
    configuration,
    dependencies,
    families,
    hierarchy,
    purpose,
    reasons,
    signature,
    telling,
)
from forklift.build.facts.graph import short_purpose


def test_types_of_the_same_name_elsewhere_are_not_needed(view_of_files):
    rust = {
        "Cargo.toml": '[package]\nname = "zoo"\n',
        "src/error.rs": "pub type Result<T> = std::result::Result<T, Problem>;\npub struct Problem;\n",
        "src/lib.rs": "mod error;\nmod zoo;\npub struct Dog;\npub fn feed() -> Result<u8, ()> {\n    Ok(1)\n}\n",
        "src/zoo.rs": "use crate::error::Problem;\npub fn lock(one: Problem) -> Result<u8, ()> {\n    Ok(1)\n}\n",
    }
    go = {"a/a.go": "package a\n\ntype Dog struct{}\n", "b/b.go": "package b\n\nfunc feed(one Dog) {}\n"}
    java = {
        "c/Cat.java": "package c;\nclass Cat { }\n",
        "c/Zoo.java": "package c;\nclass Zoo { void feed(Cat cat) {} }\n",
        "d/Zoo.java": "package d;\nimport z.*;\nclass Cage { void feed(Cat cat) {} }\n",
    }
    facts = architecture.facts(view_of_files(rust | go | java))
    assert objects(facts, "needed_by") == {"src/error.rs": ("src/zoo.rs",), "c/Cat.java": ("c/Zoo.java",)}


def test_a_notation_is_no_call(view_of_files):
    text = '# One\n\nThe colour is `rgb(73, 39, 50)`.\n\n# Two\n\nCall `rgb("red")` for it.\n'
    view = view_of_files({"a.py": "def rgb(*a): ...\n", "README.md": text})
    assert objects(collect_facts(view.index)[1], "explains") == {"Two": ("rgb",)}


def test_what_ruby_has_itself_is_only_reopened(view_of_files):
    code = "module Net\n  module HTTPHeader\n    def digest\n    end\n  end\nend\n\n"
    code += "class String\n  def shout\n  end\nend\n"
    files = {
        "lib/zoo/net.rb": code,
        "lib/zoo/headers.rb": "module Zoo\n  class Headers\n    include ::Net::HTTPHeader\n  end\nend\n",
        "lib/logger.rb": "class Logger\n  def add\n  end\nend\n",
    }
    facts = collect_facts(view_of_files(files).index)[1]
    assert {"Zoo", "Logger"} <= objects(facts, "defined_in").keys()
    assert not {"Net", "Net.HTTPHeader", "String"} & objects(facts, "defined_in").keys()
    assert not objects(facts, "depends_on")
    assert not objects(facts, "subclassed_by")
    assert objects(facts, "has_methods") == {"Logger": ("add",)}


def test_a_base_that_two_declarations_name_is_told_once(view_of_files):
    code = "class Cage<T> {}\nexport class Zoo<T> extends Cage<T> {}\nexport interface Zoo<T> extends Cage<T> {}\n"
    assert objects(hierarchy.facts(view_of_files({"a.ts": code})), "inherits") == {"Zoo": ("Cage",)}


def test_remarks_above_functions_of_c_are_no_purposes(view_of_files):
    code = "// This should probably be renamed today.\nvoid feed(int x) {\n}\n\n"
    code += "// We have to lock cages at night.\nvoid lock(int x) {\n}\n\n"
    code += "// This function frees the animals.\nvoid release(int x) {\n}\n\n"
    code += "/** This should be called at night only. */\nvoid sleep_all(int x) {\n}\n"
    documented = objects(purpose.facts(view_of_files({"a.c": code})), "documented_as")
    assert documented.keys() == {"release", "sleep_all"}


def test_macros_are_no_types_that_are_returned(view_of_files):
    code = "#define ZOO_INLINE static inline\n#define ZOO_API(type) type\n\n"
    code += "ZOO_INLINE uint16_t feed(int x) {\n  return x;\n}\n\nZOO_INLINE int lock(int x) {\n  return x;\n}\n\n"
    code += "ZOO_INLINE\nlonger count(int x) {\n  return x;\n}\n\n"
    code += "ZOO_INLINE const Cage* find(int x) {\n  return x;\n}\n\nDWORD wait(int x) {\n  return x;\n}\n"
    returned = objects(signature.facts(view_of_files({"a.c": code})), "returns")
    assert all("ZOO" not in name for (name,) in returned.values())
    assert returned["wait"] == ("DWORD",)
    assert ("const *",) not in returned.values()


def test_a_name_that_is_exported_twice_means_neither(view_of_files):
    files = {
        "lib/zoo.js": "function concat(a) {}\nfunction lock(a) {}\nmodule.exports = { concat, lock };\n"
        "if (!process.env.OLD) {\n  module.exports.concat = function (a) { return faster(a); };\n}\n",
        "lib/cage.js": "function feed() {}\nfunction other() {}\nexports.feed = other;\n",
        "lib/use.js": "const { concat, lock } = require('./zoo');\nconst { feed } = require('./cage');\n"
        "function run() {\n  concat();\n  lock();\n  feed();\n}\n",
    }
    view = view_of_files(files)
    called = {view.labels[one.target_id] for one in view.references if one.kind == "call" and one.target_id}
    assert called == {"lock"}


def test_what_a_project_is_is_no_notice_and_no_row_of_links(view_of_files):
    text = "# zoo\n\nThere are open issues and also workarounds.\n\n[News](a.md) • [Reference of it](b.md)\n\n"
    view = view_of_files({"a.py": "def a(): ...\n", "README.md": text + "Zoo keeps animals of many kinds.\n"})
    assert said(telling.facts(view), "project_is") == ['`README.md` says of `code`: "Zoo keeps animals of many kinds".']


def test_macros_in_a_class_are_no_methods(view_of_files):
    code = "class Zoo : public Base {\n    ZOO_DEF(Base, Zoo)\n    ZOO_SIMPLE(Zoo)\n};\n\n"
    code += "class Cage : public Base {\n    ZOO_DEF(Base, Cage)\n    explicit Cage(int size) : Cage(size, 1) {}\n"
    code += "    void lock() {}\n};\n"
    view = view_of_files({"a.cpp": code})
    assert set(view.labels.values()) == {"Zoo", "Cage", "Cage.Cage", "Cage.lock"}


def test_what_makes_an_exception_is_not_raised(view_of_files):
    code = "class Problem : public Base {\npublic:\n  static Problem of(int x) { return Problem(); }\n};\n"
    code += "void feed() { throw Problem::of(1); }\nvoid lock() { throw Problem(); }\n"
    php = "<?php\nfunction run() {\n    throw Problem::of(1);\n}\n"
    facts = list(calls.facts(view_of_files({"a.cpp": code, "b.php": php})))
    assert objects(facts, "raises") == {"lock": ("Problem",)}
    assert objects(facts, "raised_by") == {"Problem": ("lock",)}


def test_code_shown_in_a_comment_is_no_part_of_its_sentence(view_of_files):
    code = 'class A {\n    /** exclude regular expressions of names <pre>{@code a.exclude("b")}</pre> see also */\n'
    code += "    void exclude() {}\n}\n"
    assert texts(purpose.facts(view_of_files({"A.java": code})), "documented_as") == {
        "A.exclude": "exclude regular expressions of names"
    }


def test_a_purpose_keeps_the_verb_that_is_also_the_name(view_of_files):
    assert short_purpose("scan the given file for names", "scan") == "scan the given file for names"
    assert short_purpose("Scan returns the names", "Scan") == "returns the names"
    assert short_purpose("User: somebody") == ""


def test_annotations_of_java_mark_more_than_names(view_of_files):
    code = "class A {\n    @Mine void a() {}\n    @Mine void b() {}\n    void c(@Mine int x) {}\n}\n"
    python = "def mark(f): return f\n@mark\ndef a(): ...\n@mark\ndef b(): ...\n"
    facts = list(families.facts(view_of_files({"A.java": code, "a.py": python})))
    assert texts(facts, "decorated") == {"Mine": "others", "mark": ""}


def test_what_is_said_of_another_project_is_not_about_this_one(view_of_files):
    text = "# Influences\n\n* [Other](https://other.org) - its `ILogger` and levels\n"
    text += "\n# Types\n\n* [`ILogger`](https://zoo.org/ILogger) logs\n"
    view = view_of_files({"a.cs": "interface ILogger { void Log(); }\n", "README.md": text})
    assert objects(collect_facts(view.index)[1], "explains").keys() == {"Types"}


def test_some_exceptions_are_not_counted(view_of_files):
    code = "".join(f"class A{n}Error(ValueError): ...\n" for n in range(8))
    (found,) = said(families.facts(view_of_files({"a.py": code})), "exceptions")
    assert "in all" not in found


def test_what_is_filled_later_has_no_value(view_of_files):
    code = 'data = {"a": 1}\ncount = 0\nversion = "1.2"\nCODES = {"b": 2}\n\nfor one in CODES:\n    count += 1\n'
    assert objects(configuration.facts(view_of_files({"a.py": code})), "value").keys() == {"version", "CODES"}


def test_headings_of_go_are_no_purposes(view_of_files):
    code = "package a\n\n// -- slice Value\ntype sliceValue struct {\n\tx int\n}\n\n"
    code += "// Splits names on blanks.\nfunc split(s string) {\n}\n"
    assert {one.name: one.doc for one in view_of_files({"a.go": code}).symbols} == {
        "sliceValue": "", "split": "Splits names on blanks.",
    }  # fmt: skip


def test_headings_and_comments_of_several_functions_of_c_are_no_purposes(view_of_files):
    code = '#include "a.h"\n\n/* Animal List API */\nint first(int x) {\n  return x;\n}\n\n'
    code += "".join(f"int {name}(int x) {{\n  return x;\n}}\n\n" for name in ("feed", "feed_all", "lock"))
    header = "/* Works like lock, but feeds everyone */\nint feed(int x);\nint feed_all(int x);\n\n"
    header += "/* Locks all cages of the zoo at night */\nint lock(int x);\n"
    documented = objects(purpose.facts(view_of_files({"a.c": code, "a.h": header})), "documented_as")
    assert documented.keys() == {"lock"}


def test_a_header_needs_no_file_that_includes_it(view_of_files):
    files = {
        "a.h": "typedef struct zoo Zoo;\nint feed(Zoo *zoo);\n",
        "a.c": '#include "a.h"\nstruct zoo {\n  int x;\n};\nint feed(Zoo *zoo) {\n  return 1;\n}\n',
    }
    assert objects(architecture.facts(view_of_files(files)), "depends_on") == {"a.c": ("a.h",)}


def test_what_a_how_to_uses_may_be_more(view_of_files):
    text = "# Zoo\n\n## Feeding the animals\n\nCall `feed_all()` at night.\n"
    facts = collect_facts(view_of_files({"a.py": "def feed_all(): ...\n", "README.md": text}).index)[1]
    assert said(facts, "how_to")[0].endswith("It uses, for instance, `feed_all`.")


def test_a_reference_link_around_code_leaves_no_brackets(view_of_files):
    text = "# Zoo\n\nThe zoo offers the function [`feed_all`] to keepers.\n\n[`feed_all`]: https://a.b\n"
    facts = collect_facts(view_of_files({"a.py": "def feed_all(): ...\n", "README.md": text}).index)[1]
    assert texts(facts, "document_begins") == {"README.md": "The zoo offers the function `feed_all` to keepers"}


def test_packages_of_node_are_told_apart(view_of_files):
    package = '{\n  "dependencies": {\n    "@zoo/redact": "^1.0",\n    "redact": "^1.0"\n  }\n}\n'
    code = "const channel = require('node:diagnostics_channel')\nconst redact = require('@zoo/redact')\n"
    facts = list(dependencies.facts(view_of_files({"package.json": package, "a.js": code + "function a() {}\n"})))
    assert objects(facts, "declares") == {"code": ("@zoo/redact", "redact")}
    assert objects(facts, "imports") == {"a.js": ("@zoo/redact",)}


def test_members_that_documents_list_are_not_functions_of_a_file(view_of_files):
    text = "# One\n\n- `write(msg)` writes\n\n# Two\n\nCall `write(1)` and `write(msg)`.\n\n# Three\n\n"
    text += "Then `logger.lock()` is called.\n"
    code = "function write() {}\nfunction make(logger) {\n  logger.lock = function () {}\n}\n"
    files = {"a.js": code, "b.js": "class Cage {\n  lock() {}\n}\n", "README.md": text}
    assert objects(collect_facts(view_of_files(files).index)[1], "explains").keys() == {"Two"}


def test_a_file_called_like_a_function_lends_its_name_to_nothing_else(view_of_files):
    files = {"lib/zoo.js": "function zoo() {}\nconst most = 1\n", "bench/zoo.js": "const max = 2\n"}
    files |= {"a.js": "const max = 1\n", "b.js": "const most = 1\n"}
    assert set(view_of_files(files).labels.values()) == {"zoo", "a.max", "b.most"}


def test_numbers_and_names_before_a_text_are_not_quoted(view_of_files):
    text = "# Zoo\n\n## One\n\n1 Clone your fork of the zoo\n\n## Two\n\n"
    text += "**[Ann Lee](https://a.b)** - Author of many zoos\n"
    facts = collect_facts(view_of_files({"a.py": "def a(): ...\n", "README.md": text}).index)[1]
    assert not said(facts, "section_says")


def test_some_sections_that_explain_are_not_counted(view_of_files):
    text = "".join(f"# Part {n}\n\nA `Cage{n}` and a `Zoo` are there.\n\n" for n in range(5))
    facts = collect_facts(view_of_files({"a.py": "class Zoo: ...\n", "README.md": text}).index)[1]
    assert "in all" not in next(one for one in said(facts, "explained_in") if "`Zoo`" in one)


def test_a_comment_that_begins_behind_code_is_quoted_from_its_beginning_or_not(view_of_files):
    code = (
        "function feed() {\n  return a\n    ? // Animals are fed by definition, but it gets here without having been\n"
    )
    code += "      // counted, so a hungry one must not escape as a bare number.\n      b\n    : c\n}\n"
    assert list(reasons.facts(view_of_files({"a.js": code}))) == []


def test_a_type_in_a_file_called_like_another_one_is_not_inside_of_it(view_of_files):
    code = "namespace A { class Cage { void A() {} } }\n"
    files = {
        "src/Zoo.cs": code + "namespace A { class Zoo { void B() {} } }\n",
        "src/Cage.cs": code.replace("A {", "B {"),
    }
    files["src/Zoo.Feeding.cs"] = "namespace B { partial class Zoo { void C() {} } }\n"
    labels = set(view_of_files(files).labels.values())
    assert not any(label.startswith(("Zoo.Cage", "src.Zoo.Cage", "Zoo.Feeding", "src.Zoo.Feeding")) for label in labels)


def test_nothing_builds_on_its_own_name(view_of_files):
    code = "public class Mark { }\npublic class Mark<T> : Mark { }\npublic class Other : Mark { }\n"
    facts = list(hierarchy.facts(view_of_files({"a.cs": code})))
    assert all(fact.subject not in fact.objects for fact in facts)


def test_a_document_does_not_begin_with_its_second_sentence(view_of_files):
    text = "# Zoo\n\nWrite to `keeper@zoo.example`. Make sure to include all of the animals.\n"
    facts = collect_facts(view_of_files({"a.py": "def a(): ...\n", "README.md": text}).index)[1]
    assert "document_begins" not in {one.relation for one in facts}


def test_checks_and_remarks_about_what_was_said_before_are_no_reasons(view_of_files):
    code = "def feed():\n    # Check to make sure both or neither are fed.\n    return 1\n"
    code += (
        "\n\ndef lock():\n    # If they are not able to find it in the cage, it must not do anything.\n    return 1\n"
    )
    assert list(reasons.facts(view_of_files({"a.py": code}))) == []


def test_links_of_rust_and_sentences_by_line_in_comments(view_of_files):
    code = "/// Extracts a [ByteKind] out of the given animals.\npub fn feed() {\n    let x = 1;\n}\n\n"
    code += (
        "/// Prints all animals in their cages\n/// Return the number of animals.\npub fn lock() {\n    let x = 1;\n}\n"
    )
    assert texts(purpose.facts(view_of_files({"src/lib.rs": code})), "documented_as") == {
        "feed": "Extracts a ByteKind out of the given animals", "lock": "Prints all animals in their cages",
    }  # fmt: skip


def test_an_enumeration_of_rust_is_no_package(view_of_files):
    code = "enum Problem {\n    Empty,\n}\nfn feed() {\n    use Problem::*;\n}\nuse anyhow::Context;\n"
    assert objects(dependencies.facts(view_of_files({"src/main.rs": code})), "imports") == {"src/main.rs": ("anyhow",)}


def test_overriding_methods_without_a_label_are_others(view_of_files):
    pond = "import z.Zoo;\nclass Pond extends Zoo {\n  @Override void feed() {}\n}\n"
    files = {f"{folder}/Pond.java": f"package {folder};\n{pond}" for folder in ("a", "b")}
    files["z/Zoo.java"] = "package z;\npublic class Zoo {\n  void feed() {}\n}\n"
    files["z/Cage.java"] = "package z;\nclass Cage extends Zoo {\n  @Override void feed() {}\n}\n"
    assert texts(comparison.facts(view_of_files(files)), "overridden_by") == {"Zoo.feed": "others"}
