"""What is read from C, against what a person reads."""

from hypothesis import given
from hypothesis import strategies as st

from forklift.index import Index
from forklift.index.syntax import c
from forklift.records import Parameter, Symbol


def get(index: Index, name: str, path: str = "") -> Symbol:
    return next(one for one in index.symbols() if one.qualified_name == name and one.path.startswith(path))


def test_symbols_of_the_project(pond):
    found = {(one.qualified_name, one.kind, one.path) for one in pond.symbols() if not one.is_test}
    header, source, main = "include/pond.h", "src/pond.c", "src/main.c"
    assert found == {
        ("POND_DEPTH", "macro", header),
        ("POND_AREA", "macro", header),
        ("pond_drain", "function", header),  # defined nowhere: its prototype stands for it
        ("pond", "struct", header),
        ("pond.level", "member", header),
        ("pond.name", "member", header),
        ("pond.on_ripple", "member", header),
        ("weed", "enum", header),
        ("weed.REED", "enumerator", header),
        ("weed.LILY", "enumerator", header),
        ("frog_t", "struct", header),
        ("frog_t.legs", "member", header),
        ("depth_t", "typedef", header),
        ("twice", "function", header),
        ("limit", "variable", source),
        ("cursor", "variable", source),
        ("check", "function", source),
        ("pond_fill", "function", source),
        ("pond_name", "function", source),
        ("check", "function", main),
        ("main", "function", main),
    }


def test_a_function_has_the_comment_of_its_prototype(pond):
    fill = get(pond, "pond_fill")
    assert fill.doc == "pond_fill() - Fill a pond.\n@level: how high"
    assert fill.parameters == (Parameter("pond", "struct pond *"), Parameter("level", "int"))
    assert (fill.returns, fill.signature) == ("int", "(struct pond *pond, int level)")
    assert (fill.line, fill.end_line) == (13, 20)
    assert get(pond, "pond_name").returns == "const char *"
    assert get(pond, "check", "src/pond.c").doc == "Checks a level."


def test_types_values_and_comments_beside(pond):
    assert get(pond, "POND_DEPTH").value == "3"
    assert get(pond, "POND_DEPTH").doc == "metres"
    assert get(pond, "POND_AREA").value == "((w) * (h))"
    assert get(pond, "POND_AREA").parameters == (Parameter("w"), Parameter("h"))
    assert get(pond, "weed.REED").value == "1"
    assert (get(pond, "pond.level").doc, get(pond, "pond.level").returns) == ("in metres", "int")
    assert get(pond, "pond.on_ripple").returns == "void (*)(int strength)"
    assert get(pond, "pond.name").returns == "const char *[4]"
    assert get(pond, "pond").doc == "A body of water."
    assert get(pond, "depth_t").value == "unsigned long"
    assert (get(pond, "limit").value, get(pond, "cursor").returns) == ("10", "int *")


def test_calls(pond):
    symbols = {one.id: one for one in pond.symbols()}
    found = {
        (symbols[one.scope_id].qualified_name, one.name): f"{symbols[one.target_id].path}" if one.target_id else None
        for one in pond.references()
        if one.kind == "call" and one.scope_id
    }
    assert found == {
        ("pond_fill", "check"): "src/pond.c",  # the static one of the same file
        ("pond_fill", "check_later"): None,  # a local variable
        ("pond_fill", "printf"): None,
        ("pond_fill", "POND_AREA"): "include/pond.h",
        ("pond_fill", "pond->on_ripple"): None,
        ("pond_fill", "twice"): "include/pond.h",
        ("main", "pond_fill"): "src/pond.c",
        ("main", "check"): "src/main.c",
    }


def test_includes_and_file_docs(pond):
    includes = {(one.path, one.name) for one in pond.references() if one.kind == "import"}
    assert ("src/pond.c", "stdio.h") in includes
    assert ("src/main.c", "pond.h") in includes
    docs = {one.path: one.doc for one in pond.files()}
    assert docs["include/pond.h"] == "Ponds: small and wet."


def test_meta_without_git(pond):
    assert (pond.meta["name"], pond.meta["commit"], pond.meta["licence"]) == ("pond", "", "GPL-2.0")


def test_ctags_finds_what_macros_hide_from_the_grammar(reading):
    source = (
        "static int __init EXPORT foo(void)\n{\n\tbar();\n\treturn 0;\n}\n"
        "module_init(foo)\nint bar(void) { return 1; }\n"
    )
    index = reading({"a.c": source})
    foo, bar = get(index, "foo"), get(index, "bar")
    assert (foo.line, foo.end_line) == (1, 5)
    assert [(one.scope_id, one.target_id) for one in index.references() if one.name == "bar"] == [(foo.id, bar.id)]


def test_linux_system_calls_are_functions(reading):
    source = (
        "/* Reads. */\nSYSCALL_DEFINE3(read, unsigned int, fd, char *, buf,\n\tsize_t, count)\n{\n\treturn go(fd);\n}\n"
        "COMPAT_SYSCALL_DEFINE0(sync)\n{\n\tgo(1);\n}\nint go(int fd) { return fd; }\n"
    )
    index = reading({"a.c": source})
    read, sync = get(index, "sys_read"), get(index, "compat_sys_sync")
    assert (read.line, read.end_line, read.returns, read.doc) == (2, 6, "long", "Reads.")
    assert [(one.name, one.annotation) for one in read.parameters] == [
        ("fd", "unsigned int"), ("buf", "char *"), ("count", "size_t"),
    ]  # fmt: skip
    assert (sync.line, sync.end_line, sync.parameters) == (7, 10, ())
    go = get(index, "go").id
    assert [(one.scope_id, one.target_id) for one in index.references()] == [(read.id, go), (sync.id, go)]


def test_headers_are_cpp_where_the_sources_are(reading):
    index = reading({"a.h": "class A { public: int f(); };\n", "a.cpp": "#include <a>\nint A::f() { return 1; }\n"})
    assert {one.language for one in index.symbols()} == {"c++"}
    assert [one.path for one in index.find("A.f")] == ["a.cpp"]


def test_headers_alone_say_themselves_what_they_are(reading):
    index = reading({"a.h": "namespace a { struct S { int f(); }; }\n", "b.h": "struct b { int c; };\nint d(void);\n"})
    assert {one.path: one.language for one in index.files()} == {"a.h": "c++", "b.h": "c"}


def test_a_header_with_a_class_among_c_is_cpp(reading):
    index = reading(
        {"a.c": "int a;\n", "b.c": "int b;\n", "a.h": "class A\n{\npublic: int f();\n};\n", "b.h": "int d;\n"}
    )
    assert {one.path: one.language for one in index.files() if one.path[2] == "h"} == {"a.h": "c++", "b.h": "c"}


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(source):
    syntax = c.read(source)
    assert all(one.line >= 1 and one.end_line >= one.line for one in syntax.definitions)


@given(
    st.lists(st.sampled_from("struct int { } ( ) ; , x * = # typedef enum static \n /* */ // #define #if".split(" ")))
)
def test_any_tokens_can_be_read(tokens):
    c.read(" ".join(tokens).encode())
