"""What is read from Python, against what a person reads."""

from hypothesis import given
from hypothesis import strategies as st

from forklift.index import Index
from forklift.index.syntax import python
from forklift.records import Parameter, Symbol


def get(index: Index, name: str) -> Symbol:
    return next(one for one in index.symbols() if one.qualified_name == name and not one.is_test)


def calls(index: Index, scope: str) -> dict[str, str | None]:
    """Name as written -> qualified name of the target, of the calls inside `scope`."""
    symbols = {one.id: one for one in index.symbols()}
    return {
        one.name: symbols[one.target_id].qualified_name if one.target_id else None
        for one in index.references()
        if one.kind == "call" and one.scope_id and symbols[one.scope_id].qualified_name == scope
    }


def test_symbols_of_a_module_in_order(boats):
    found = [(one.qualified_name, one.kind) for one in boats.symbols() if one.path == "src/boats/hull.py"]
    assert found == [
        ("MAX_DEPTH", "constant"),
        ("default_name", "variable"),
        ("Base", "class"),
        ("Base.registry", "variable"),
        ("Base.__init__", "method"),
        ("Base.name", "variable"),
        ("Base.log", "variable"),
        ("Base.sink", "method"),
        ("Base.named", "method"),
        ("Hull", "class"),
        ("Hull.thickness", "variable"),
        ("Hull.__init__", "method"),
        ("Hull.length", "variable"),
        ("Hull.area", "method"),
        ("Hull.area.helper", "function"),
        ("Hull.wet", "property"),
        ("Hull.weight", "property"),
        ("Hull.weigh", "method"),
        ("Hull.depth", "method"),
        ("Log", "class"),
        ("Log.write", "method"),
        ("launch", "function"),
        ("make", "function"),
        ("fallback", "function"),
    ]


def test_a_class(boats):
    hull = get(boats, "Hull")
    assert hull.bases == ("Base",)
    assert hull.doc == "A hull.\n\nIt keeps the water out."
    lines = boats.lines(hull.path, hull.line, hull.end_line)
    assert lines[0] == "class Hull(Base):"
    assert lines[-1] == "        return self.sink()"


def test_parameters_as_written_without_self_and_markers(boats):
    made = get(boats, "Hull.__init__")
    assert made.parameters == (
        Parameter("length", "float"),
        Parameter("beam", "float", "2.0"),
        Parameter("*decks", "str"),
        Parameter("colour", "str", '"red"'),
        Parameter("**extra", "t.Any"),
    )
    assert made.signature.startswith("(self, length: float, /, beam: float = 2.0, *decks: str, colour")
    assert made.returns == "None"
    assert get(boats, "Hull.weigh").parameters == (Parameter("stuff"), Parameter("scale", "", "1"))
    assert get(boats, "Base.named").parameters == (Parameter("name"),)
    assert get(boats, "launch").parameters == (Parameter("hull", "Hull"), Parameter("champagne", "bool", "True"))


def test_of_overloads_the_implementation_stays(boats):
    area = get(boats, "Hull.area")
    assert (area.decorators, area.doc, area.signature) == ((), "The wetted area.", "(self, unit=None)")


def test_of_conditional_definitions_the_first_stays(boats):
    assert get(boats, "fallback").parameters == ()


def test_docs_and_values_of_variables(boats):
    depth = get(boats, "MAX_DEPTH")
    assert (depth.value, depth.doc) == ("12.5", "How deep a hull may go,\nin metres.")
    assert get(boats, "default_name").doc == "famous last words"
    assert get(boats, "Hull.thickness").doc == "Thickness in millimetres."
    assert get(boats, "Base.name").doc == "What is painted on the bow."


def test_decorators_and_parents(boats):
    wet = get(boats, "Hull.wet")
    assert (wet.decorators, wet.doc) == (("property",), "Whether water is inside.")
    assert wet.parent_id == get(boats, "Hull").id
    assert get(boats, "Hull.area.helper").parent_id == get(boats, "Hull.area").id


def test_calls_that_are_certain(boats):
    assert calls(boats, "Hull.__init__") == {"super().__init__": "Base.__init__"}
    assert calls(boats, "Hull.depth") == {"self.weigh": "Hull.weigh", "self.sink": "Base.sink"}
    assert calls(boats, "Base.sink") == {"self.log.write": "Log.write"}
    assert calls(boats, "Base.named") == {"cls": "Base"}
    assert calls(boats, "Hull.area") == {"helper": "Hull.area.helper"}
    assert calls(boats, "make") == {"Hull.named": "Base.named"}
    assert calls(boats, "launch") == {
        "Hull": "Hull",
        "other.sink": "Base.sink",
        "hull.area": "Hull.area",
        "unknown.area": None,
        "local": None,
        "make().depth": "Hull.depth",
        "make": "make",
    }


def test_calls_through_imports_and_shadowed_names(boats):
    assert calls(boats, "Captain.command") == {
        "go": "launch",
        "hulls.launch": "launch",
        "hull.depth": "Hull.depth",
        "launch": None,
    }
    assert calls(boats, "test_area") == {
        "Hull": "Hull",
        "Hull(3.0).area": "Hull.area",
        "Captain": "Captain",
        "Captain().command": "Captain.command",
    }


def test_inheritance_and_raises(boats):
    symbols = {one.id: one.qualified_name for one in boats.symbols()}
    edges = {
        (one.kind, symbols[one.scope_id], symbols.get(one.target_id or 0))
        for one in boats.references()
        if one.kind in ("inherit", "raise") and one.scope_id
    }
    assert edges == {
        ("inherit", "Hull", "Base"),
        ("inherit", "BoatError", None),
        ("inherit", "LeakError", "BoatError"),
        ("raise", "Hull.depth", "LeakError"),
        ("raise", "Captain.command", "BoatError"),
    }


def test_imports_have_absolute_names(boats):
    symbols = {one.id: one.qualified_name for one in boats.symbols()}
    found = {
        one.name: symbols.get(one.target_id or 0) for one in boats.references() if one.path == "src/boats/crew.py"
        and one.kind == "import"
    }  # fmt: skip
    assert found == {
        "boats.hull": None,
        "boats.errors": None,
        "boats.hull.launch": "launch",
    }


def test_module_docs(boats, reading):
    docs = {one.path: one.doc for one in boats.files()}
    assert docs["src/boats/hull.py"] == "Hulls and their errors."
    index = reading({"a.py": "#!/usr/bin/python\n# Copyright 2020 Me\n\n# Feeds\n# fish.\n\nx = 1\n"})
    assert [one.doc for one in index.files()] == ["Feeds\nfish."]


def test_two_modules_of_one_name_are_told_apart_by_nearness(reading):
    index = reading(
        {
            "a/__init__.py": "",
            "one/util.py": "def f(): ...\n",
            "one/main.py": "import util\n\n\ndef g():\n    util.f()\n",
            "two/util.py": "def f(): ...\n",
            "far/away.py": "import util\n\n\ndef h():\n    util.f()\n",
        }
    )
    paths = {one.id: one.path for one in index.symbols()}
    targets = {one.path: paths.get(one.target_id or 0) for one in index.references() if one.kind == "call"}
    assert targets == {"one/main.py": "one/util.py", "far/away.py": None}


def test_an_unknown_base_that_comes_first_makes_a_member_uncertain(reading):
    source = """\
import other

class Known:
    def f(self): ...

class A(other.Thing, Known):
    def g(self):
        self.f()

class B(Known, other.Thing):
    def g(self):
        self.f()
"""
    index = reading({"a.py": source})
    assert calls(index, "A.g") == {"self.f": None}
    assert calls(index, "B.g") == {"self.f": "Known.f"}


def test_circles_of_classes_and_imports_end(reading):
    index = reading(
        {
            "a.py": "from b import x\nclass A(A): pass\nclass C(D):\n  def f(self): self.g()\nclass D(C): pass\nx()\n",
            "b.py": "from a import x\nfrom b import *\ny = y.z()\ndef f(): z = z; z.q()\n",
        }
    )
    assert {one.name for one in index.symbols()} >= {"A", "C", "D", "y"}


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(source):
    syntax = python.read(source)
    assert all(one.line >= 1 and one.end_line >= one.line for one in syntax.definitions)


TOKENS = [*"class def ( ) : \n x , * = lambda @ . import from as [ ] \" # if for in ' 1".split(" "), "\n  "]


@given(st.lists(st.sampled_from(TOKENS)))
def test_any_tokens_can_be_read(tokens):
    python.read(" ".join(tokens).encode())


def test_hostile_nesting_ends_quickly():
    deep = b"x" + b".a()" * 20_000
    assert len(python.read(deep).uses) == 20_000
    assert python.read(b"(" * 50_000).broken


def test_values_and_signatures_have_no_comments_inside(reading):
    source = (
        'PAIR = (  # two\n    1,  # first\n    "#2",\n)\n\n\ndef f(\n    a={  # odd\n        1: 2\n    },\n): ...\n'
    )
    index = reading({"a.py": source})
    assert index.find("PAIR")[0].value == '( 1, "#2", )'
    assert index.find("f")[0].signature == "(a={ 1: 2 })"


def test_a_type_variable_is_no_class(reading):
    source = """\
import typing as t

V = t.TypeVar("V")
class A: ...

def f(kind: type[V], other: type[A]):
    kind()
    other()
"""
    assert calls(reading({"a.py": source}), "f") == {"kind": None, "other": "A"}


def test_a_builtin_offered_for_import_is_no_definition(reading):
    index = reading({"compat.py": "str = str\nbytes = bytes\nX = 1\n", "a.py": "from compat import str\n\nstr(1)\n"})
    assert [one.name for one in index.symbols()] == ["X"]
    assert all(one.target_id is None for one in index.references())
