"""What a grammar's query finds in one file, in order, and the parts of each find."""

import re
import time
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node, Query, QueryCursor

from forklift.index.syntax import tree
from forklift.index.syntax.expressions import dotted
from forklift.index.syntax.grammar import RETURN_FIELDS, VALUE_FIELDS, Grammar, Parts
from forklift.index.syntax.tree import parse

GENERIC = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
LENT = re.compile(r"'\w+\s|(?<=[&\s*])mut\s")  # how Rust borrows it
PARTS = {"name", "owner", "parameters", "returns", "value", "type", "target", "declarator"}
LONGEST_NAME, LONGEST_TYPE = 150, 300
MOST_UNCLOSED = 1_000
ANGLES = re.compile(rb"(?:<[^<>;(){}]{0,40}){500}")
DEEPEST = 1_000  # nesting; deeper, the queries would take time in square


class Found(NamedTuple):
    """One match of the query."""

    start: int
    end: int
    pattern: int
    what: str
    node: Node
    parts: Parts


def best_tree(source: bytes, grammar: Grammar) -> tuple[Node, int] | None:
    """The tree of the first of the grammar's languages that finds no error, else of the first one, with its number.
    None for what takes too long."""
    if is_hopeless(source):
        return None
    first: tuple[Node, int] | None = None
    for number, language in enumerate(grammar.languages):
        root = parse(language, source)
        if root is not None and not root.has_error:
            return root, number
        first = first or ((root, number) if root is not None else None)
    return first


def is_hopeless(source: bytes) -> bool:
    """Whether so much is opened and never closed that the parser's recovery from it, which nothing can interrupt, would
    take minutes."""
    opened = max(source.count(one) - source.count(other) for one, other in ((b"(", b")"), (b"[", b"]"), (b"{", b"}")))
    angles = source.count(b"<") - source.count(b">")
    return opened > MOST_UNCLOSED or (angles > MOST_UNCLOSED and ANGLES.search(source) is not None)


def search(root: Node, number: int, grammar: Grammar) -> list[Found] | None:
    """What the query finds, in order; of several patterns for one node the first one. None when out of time."""
    deadline = time.monotonic() + tree.TIME_LIMIT_S
    cursor = shallow(grammar.compiled[number])
    matches: list[tuple[int, dict[str, list[Node]]]] = []
    for child in root.children:  # one by one: the time is looked at in between
        matches += cursor.matches(child)
        if time.monotonic() > deadline:
            return None
    finds = [found for pattern, captures in matches for found in finds_of(pattern, captures)]
    finds.sort(key=lambda found: (found.start, -found.end, found.pattern))
    decided: dict[int, int] = {}
    return [found for found in finds if decided.setdefault(found.node.id, found.pattern) == found.pattern]


def shallow(query: Query) -> QueryCursor:
    """A cursor that leaves out what is nested absurdly deep."""
    cursor = QueryCursor(query)
    cursor.set_max_start_depth(DEEPEST)
    return cursor


def finds_of(pattern: int, captures: dict[str, list[Node]]) -> Iterator[Found]:
    parts = {name: nodes[0] for name, nodes in captures.items() if name in PARTS}
    for what, nodes in captures.items():
        if what not in PARTS and not what.startswith("_"):
            for node in nodes:
                yield Found(node.start_byte, node.end_byte, pattern, what, node, parts)


def first_field(node: Node, fields: tuple[str, ...]) -> Node | None:
    return next(filter(None, (node.child_by_field_name(one) for one in fields)), None)


def name_node(found: Found) -> Node | None:
    return found.parts.get("name") or found.node.child_by_field_name("name")


def type_node(found: Found) -> Node | None:
    """The type of a value, or of what a function gives."""
    said = found.parts.get("type") or found.parts.get("returns") or first_field(found.node, RETURN_FIELDS)
    return unwrapped(said)


def value_node(found: Found) -> Node | None:
    return found.parts.get("value") or first_field(found.node, VALUE_FIELDS)


def callee_of(node: Node, grammar: Grammar) -> Node | None:
    """The node that a call's name ends with."""
    field = grammar.calls[node.type] or grammar.access[node.type][1]
    return node.child_by_field_name(field) or next(iter(node.named_children), None)


def unwrapped(node: Node | None) -> Node | None:
    """The type inside `: T`."""
    while node is not None and node.type in ("type_annotation", "type_descriptor") and node.named_child_count:
        node = node.named_children[0]
    return node


def plain_type(written: str) -> str:
    """The dotted name of a type, without its parameters and pointers."""
    name, before = LENT.sub("", written[:LONGEST_TYPE]), ""
    while name != before:
        name, before = GENERIC.sub("", name), name
    return dotted("".join(name.replace("&", " ").replace("*", " ").split())).removesuffix(".prototype")


def bare_type(name: str) -> str:
    """A type as written, without its parameters."""
    return GENERIC.sub("", name).partition("<")[0].partition("(")[0].strip()
