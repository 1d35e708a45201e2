"""Expressions and types of any language as steps: the paths that the resolver walks."""

import re

from tree_sitter import Node

from forklift.index.syntax.grammar import Grammar
from forklift.index.syntax.model import Step, Steps
from forklift.index.syntax.tree import one_line, text

LONGEST_CHAIN, LONGEST_NAME, LONGEST_TYPE = 12, 120, 300
GENERIC = re.compile(r"<.*>", re.DOTALL)
SELF: Steps = (("self",),)


def chain(node: Node | None, grammar: Grammar) -> Steps:
    """The path an expression or a type's name walks: name, members, calls. () for anything else.

    It starts with ("name", x), ("self",) or ("parent",); the reader grounds that."""
    steps: list[Step] = []
    while node is not None and len(steps) < LONGEST_CHAIN:
        start = beginning(node, grammar)
        if start:
            return (*start, *reversed(steps))
        if node.type in grammar.through:
            node = inside(node)
        elif node.type in grammar.calls:
            node = called(node, steps, grammar)
        elif node.type in grammar.access:
            node = member(node, steps, grammar)
        else:
            return ()
    return ()


def beginning(node: Node, grammar: Grammar) -> Steps:
    """The first step, when `node` is one."""
    word = text(node) if node.end_byte - node.start_byte <= LONGEST_NAME else ""
    if word in grammar.this:
        return SELF
    if word in grammar.parent:
        return (("parent",),)
    if word in grammar.self_type:
        return (("self",), ("class",))
    if node.type in grammar.fields:
        return (("self",), ("get", word.lstrip("@")))
    return (("name", word),) if node.type in grammar.names and word else ()


def inside(node: Node) -> Node | None:
    """What a wrapper wraps."""
    return node.child_by_field_name("name") or next(
        (child for child in node.named_children if not child.is_extra), None
    )


def called(node: Node, steps: list[Step], grammar: Grammar) -> Node | None:
    """Takes the step of a call; gives what is called."""
    steps.append(("call",))
    field = grammar.calls[node.type]
    if field:
        return node.child_by_field_name(field) or inside(node)
    return member(node, steps, grammar) if node.type in grammar.access else None


def member(node: Node, steps: list[Step], grammar: Grammar) -> Node | None:
    """Takes the step to a member; gives its object, or the member's own node where there is no object."""
    of, name = grammar.access[node.type]
    found = node.child_by_field_name(name) or (node.named_children[-1] if node.named_children else None)
    holder = node.child_by_field_name(of) if of else None
    if holder is None and found is not None and node.named_child_count > 1 and node.type not in grammar.calls:
        holder = node.named_children[0]
    if holder is None or found is None:
        return found
    while found is not None and found.type in grammar.through:
        found = inside(found)
    if found is not None and found.type in grammar.access:  # a::(b::c)
        steps.extend(("get", part) for part in reversed(dotted(GENERIC.sub("", text(found))).split(".")))
    elif text(found) not in grammar.creators:
        steps.append(("get", text(found).lstrip("$")))
    return holder


def instance(node: Node | None, grammar: Grammar) -> Steps:
    """Steps to an instance of what a type names. () for anything but a plain type."""
    if node is None or node.end_byte - node.start_byte > LONGEST_TYPE:
        return ()
    steps = chain(node, grammar)
    return (*steps, ("of",)) if steps and ("call",) not in steps else ()


def dotted(name: str) -> str:
    """A name with dots between its parts."""
    for mark in ("::", "\\", "->", "?.", "#"):
        name = name.replace(mark, ".")
    return name.strip(".")


def used_name(node: Node, callee: Node | None) -> str:
    """What a use is called: from its beginning to the end of what is called, as written; the last part of a long
    one."""
    end = callee.end_byte if callee is not None else node.end_byte
    if end - node.start_byte <= LONGEST_NAME and node.start_byte < end:
        written = (node.text or b"")[: end - node.start_byte].decode("utf-8", "replace")
        return " ".join(written.split())
    return one_line(callee)[-LONGEST_NAME:].rpartition(".")[2] or "…"
