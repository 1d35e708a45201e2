"""What the generic reader has to be told of a language. To add one: write a module with a `Grammar`, list it in
`syntax/__init__.py`, and put a little repository of that language into tests/index/test_hostile.py.

Most of a grammar is one tree-sitter query. In each of its patterns one capture says what the captured node is:

    @class @struct @function @method @constant @enum ...   a definition of that kind; definitions nest by position
    @inner.KIND   a definition only where it stands right inside a type or a value: entries of an object literal
    @attribute    a member where it stands in an initialiser: this.x = ...
    @group        an object whose entries are the file's own: module.exports = {...}
    @extend       adds to the type that @owner names: impl blocks, reopened types
    @space        a namespace: what follows or is inside belongs to it
    @package      the same, where the whole file is imported by that name
    @block        a nameless function: what it assigns is local
    @hidden       a nameless type: nothing in it is a definition
    @holder       what wraps a definition: export, template<...>; the definition's span and comment start with it
    @base         a type that the type around it builds upon
    @decorator    a decorator, annotation or attribute of the definition around or after it
    @call @raise @catch   a call; what is thrown; what is caught
    @import       an import, taken apart by `imports`
    @alias        another word for what @name names: default
    @local        a local name, with its @type or @value
    @comment      a comment
    @none         nothing: keeps later patterns off the node

Where several patterns capture a node, the first one decides. Parts of a node are found by their usual field names;

a pattern says otherwise with @name, @owner, @parameters, @returns, @value, @type,
@target, @declarator.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from tree_sitter import Language, Node, Query

from forklift.index.syntax.model import Definition, Steps
from forklift.index.syntax.tree import one_line
from forklift.records import Parameter

Parts = dict[str, Node]
"""What a pattern captured beside the node itself: name, owner, parameters, returns, value, type, target."""


class Import(NamedTuple):
    """One imported name. `alias` is what the file calls it, "" when nothing; `star` makes all its names visible;
    with `is_export` it is what others call it."""

    name: str
    alias: str
    steps: Steps
    star: bool = False
    is_export: bool = False


def no_imports(_: Node) -> Iterator[Import]:
    return iter(())


def unchanged(source: bytes) -> bytes:
    return source


def as_captured(_: Node, __: Parts) -> None:
    """The parts as the pattern captured them."""


def as_said(kind: str, _: Node, __: Parts) -> str:
    """The kind that the pattern says."""
    return kind


def as_defined(_: Definition, __: Node) -> None:
    """The definition as the generic reader made it."""


def plain_parameters(listed: Node) -> Iterator[Parameter]:
    """Parameters that are nodes with the usual fields, or bare names."""
    for node in listed.named_children:
        name = next(filter(None, (node.child_by_field_name(one) for one in NAME_FIELDS)), None)
        default = node.child_by_field_name("value") or node.child_by_field_name("default_value")
        if name is not None or node.named_child_count == 0:
            kind = node.child_by_field_name("type")
            yield Parameter(one_line(name or node), one_line(kind).removeprefix(":").strip(), one_line(default))


NAME_FIELDS = ("name", "pattern")
RETURN_FIELDS = ("return_type", "returns", "result", "type")
VALUE_FIELDS = ("value", "right", "default_value")


@dataclass(frozen=True, kw_only=True, eq=False)
class Grammar:
    """One language."""

    languages: tuple[Language, ...]  # the first one that finds no error in a file reads it
    query: str
    names: frozenset[str]  # node types of plain names in expressions
    access: Mapping[str, tuple[str, str]]  # node type -> the fields of object and member, in expressions and types
    calls: Mapping[str, str]  # node type -> the field that is called; "" where it has object and name itself
    words: frozenset[str] = frozenset()  # node types of identifiers beside names
    through: frozenset[str] = frozenset()  # node types that mean what their first part means: (x), await x, X<T>, *X
    this: frozenset[str] = frozenset({"this"})
    parent: frozenset[str] = frozenset({"super"})  # how the base class is called
    fields: frozenset[str] = frozenset()  # node types of bare names that are members: Ruby's @x
    self_type: frozenset[str] = frozenset()  # how the type around is called
    creators: frozenset[str] = frozenset()  # methods that make an instance: Ruby's X.new
    initialisers: frozenset[str] = frozenset()  # methods in which @attribute counts
    owners: frozenset[str] = frozenset({"class", "struct", "union", "enum", "interface", "trait"})
    overloads: bool = False  # whether one name can have several definitions, told apart by their parameters
    reopens: bool = False  # whether several definitions of a type in different files are one type
    members_bare: bool = False  # whether a bare name inside a type can mean a member
    shared: Literal["file", "package", "outwards"] = "file"  # whose names need no import: those of the same file, of
    # its package or namespace too, of the namespaces around that too
    test_marks: str = r"(?!)"  # decorators of tests
    own_prefix: frozenset[str] = frozenset()  # node types before the first line of a definition: its annotations
    prepare: Callable[[bytes], bytes] = unchanged  # rewrites, in place, what the grammar cannot read
    parts: Callable[[Node, Parts], None] = as_captured  # fills in parts that no field names
    classify: Callable[[str, Node, Parts], str] = as_said
    refine: Callable[[Definition, Node], None] = as_defined
    parameters: Callable[[Node], Iterable[Parameter]] = plain_parameters
    imports: Callable[[Node], Iterator[Import]] = no_imports

    @cached_property
    def compiled(self) -> tuple[Query, ...]:
        """The query for each of the languages."""
        return tuple(Query(language, self.query) for language in self.languages)

    @cached_property
    def word_queries(self) -> tuple[Query, ...]:
        """A query for every identifier in code, for each of the languages."""
        return tuple(word_query(language, self.names | self.words) for language in self.languages)


def word_query(language: Language, kinds: Iterable[str]) -> Query:
    """A query for all nodes of these kinds, as far as the language has them."""
    known = " ".join(f"({kind})" for kind in sorted(kinds) if language.id_for_node_kind(kind, True))
    return Query(language, f"[{known}] @word")
