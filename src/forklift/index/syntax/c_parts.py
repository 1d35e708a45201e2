"""The parts of C definitions: declarators, types, parameters, comments."""

import re
from collections.abc import Sequence

from tree_sitter import Node

from forklift.index.syntax.tree import end_line_of, is_header, line_of, one_line, text
from forklift.records import Parameter

RECORDS = {"struct_specifier": "struct", "union_specifier": "union", "enum_specifier": "enum"}
WORD = re.compile(r"\w+")
WRAPPERS = {
    "pointer_declarator",
    "array_declarator",
    "function_declarator",
    "parenthesized_declarator",
    "init_declarator",
    "attributed_declarator",
}
NAMES = {"identifier", "field_identifier", "type_identifier"}
DOCUMENTED = {"function_definition", "type_definition", "declaration", "preproc_def", *RECORDS}


def inner_declarator(node: Node) -> Node | None:
    """The declarator that a pointer, array, function... declarator wraps."""
    found = node.child_by_field_name("declarator")
    return found or next((child for child in node.named_children if child.type in WRAPPERS | NAMES), None)


def declared_name(node: Node | None) -> str:
    """The name inside a declarator, "" for an abstract one."""
    while node is not None and node.type in WRAPPERS:
        node = inner_declarator(node)
    return text(node) if node is not None and node.type in NAMES else ""


def function_declarator(node: Node | None) -> Node | None:
    """The declarator that names a function itself, through the pointers of what it returns."""
    while node is not None and node.type in ("pointer_declarator", "attributed_declarator"):
        node = inner_declarator(node)
    if node is None or node.type != "function_declarator":
        return None
    inner = node.child_by_field_name("declarator")
    return node if inner is not None and inner.type in ("identifier", "type_identifier") else None


def storage_of(node: Node) -> set[str]:
    """static, extern, inline..."""
    return {text(child) for child in node.children if child.type == "storage_class_specifier"}


def type_of(node: Node, declarator: Node | None) -> str:
    """The type in front of a declarator: qualifiers, name and stars; storage classes are dropped."""
    named = node.child_by_field_name("type")
    words = [
        short_type(child)
        for child in node.children
        if child == named
        or (child.type == "type_qualifier" and (not declarator or child.end_byte <= declarator.start_byte))
    ]
    return " ".join(words) + stars(declarator)


def short_type(node: Node) -> str:
    """A type without the body that a struct may carry in place, or the macro around it."""
    if node.type in RECORDS:
        return f"{RECORDS[node.type]} {text(node.child_by_field_name('name'))}".strip()
    if node.type == "macro_type_specifier":  # EXPORTED(int)
        return one_line(node.child_by_field_name("type"))
    return one_line(node)


def stars(declarator: Node | None) -> str:
    """The pointers of a declarator: " **"."""
    count = 0
    while declarator is not None and declarator.type in ("pointer_declarator", "init_declarator"):
        count += declarator.type == "pointer_declarator"
        declarator = declarator.child_by_field_name("declarator")
    return " " + "*" * count if count else ""


def parameters_of(declarator: Node) -> tuple[Parameter, ...]:
    """The named parameters; (void) has none."""
    listed = declarator.child_by_field_name("parameters")
    found = []
    for child in listed.named_children if listed else ():
        inner = child.child_by_field_name("declarator")
        name = declared_name(inner)
        if child.type == "parameter_declaration" and name:
            found.append(Parameter(name=name, annotation=member_type(child, inner, name)))
    return tuple(found)


def member_type(node: Node, declarator: Node | None, name: str) -> str:
    """The type of a parameter, member or variable; where its declarator has more than stars, those parts too."""
    base = type_of(node, declarator)
    if declarator is not None and declarator.type == "init_declarator":
        declarator = declarator.child_by_field_name("declarator")
    if declarator is None or declarator.type in NAMES:
        return base
    rest = without_word(one_line(declarator), name)
    return base if not rest.strip("* ") else f"{base.rstrip(' *')} {rest}"


def without_word(written: str, word: str) -> str:
    """`written` without the first `word` in it and the spaces around that."""
    for found in WORD.finditer(written):
        if found[0] == word:
            return written[: found.start()].rstrip() + written[found.end() :].lstrip()
    return written


def cleaned(comments: Sequence[Node]) -> str:
    """The words of comments without their marks."""
    lines: list[str] = []
    for comment in comments:
        body = re.sub(r"^/\*[*!]*<?|(?<!\*)\*+/$|^//[/!]*<?", "", text(comment))
        lines += [re.sub(r"^\s*\*(?!\*) ?|^\s*(?=\S)", "", line, count=1).rstrip() for line in body.split("\n")]
    return "\n".join(lines).strip("*-=/ \t\r\n")


def file_doc(root: Node) -> str:
    """The first comment before any code that is no licence and does not belong to the definition below it."""
    children = root.children
    at = 0
    while at < len(children) and children[at].type == "comment":
        block = [children[at]]
        while at + 1 < len(children) and adjacent(children[at], children[at + 1]):
            at += 1
            block.append(children[at])
        words = cleaned(block)
        below = children[at + 1] if at + 1 < len(children) else None
        stuck = below is not None and below.type in DOCUMENTED and line_of(below) == end_line_of(block[-1]) + 1
        if words and not is_header(words) and not stuck:
            return words
        at += 1
    return ""


def adjacent(one: Node, other: Node) -> bool:
    """Whether `other` is a comment on the line below the comment `one`."""
    return other.type == "comment" and line_of(other) == end_line_of(one) + 1
