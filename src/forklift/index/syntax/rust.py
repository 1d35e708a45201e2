"""Rust."""

from collections.abc import Iterator

import tree_sitter_rust
from tree_sitter import Language, Node

from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar, Import
from forklift.index.syntax.tree import one_line, text
from forklift.records import Parameter

QUERY = """
[(line_comment) (block_comment)] @comment
(use_declaration) @import
(attribute_item) @decorator

(struct_item) @struct
(union_item) @union
(enum_item) @enum
(enum_variant) @enumerator
(trait_item) @trait
(mod_item body: (_)) @module
(impl_item trait: (_) @base type: (_) @_type)
(impl_item type: (_) @owner) @extend
(function_item) @function
(function_signature_item) @method
(field_declaration) @member
(const_item) @constant
(static_item) @variable
(type_item type: (_) @value) @typedef
(associated_type) @typedef
(macro_definition) @macro
(trait_item bounds: (trait_bounds [(type_identifier) (scoped_type_identifier) (generic_type)] @base))

(closure_expression) @block
(parameter pattern: (identifier) @name type: (_) @type) @local
(closure_parameters (identifier) @name) @local
(let_declaration pattern: (identifier) @name type: (_)? @type value: (_)? @value) @local
(tuple_struct_pattern (identifier) @name) @local
(tuple_pattern (identifier) @name) @local
(for_expression pattern: (identifier) @name) @local

(macro_invocation macro: (_) @target) @call
(call_expression function: [(identifier) (scoped_identifier) (field_expression) (generic_function)]) @call
"""


def parameters(listed: Node) -> Iterator[Parameter]:
    """Without self."""
    for node in listed.named_children:
        if node.type == "parameter":
            name = one_line(node.child_by_field_name("pattern"))
            yield Parameter(name, one_line(node.child_by_field_name("type")))


def imports(node: Node) -> Iterator[Import]:
    """Every name of a `use`, its tree taken apart."""
    argument = node.child_by_field_name("argument")
    stack: list[tuple[Node, str]] = [(argument, "")] if argument is not None else []
    while stack:
        one, before = stack.pop()
        if one.type == "scoped_use_list":
            path = joined(before, one.child_by_field_name("path"))
            listed = one.child_by_field_name("list")
            stack.extend((child, path) for child in reversed(listed.named_children if listed else []))
        elif one.type == "use_list":
            stack.extend((child, before) for child in reversed(one.named_children))
        elif one.type == "use_wildcard":
            path = joined(before, one.named_children[0] if one.named_children else None)
            yield Import(f"{path}::*", "", (("import", "0", path, ""),), star=True)
        elif one.type == "use_as_clause":
            path = joined(before, one.child_by_field_name("path"))
            yield Import(path, text(one.child_by_field_name("alias")), (("import", "0", path, ""),))
        elif not one.is_extra:
            path = before if one.type == "self" and before else joined(before, one)
            yield Import(path, path.rpartition("::")[2], (("import", "0", path, ""),))


def joined(before: str, node: Node | None) -> str:
    return "::".join(part for part in (before, one_line(node)) if part)


read = Reader(
    Grammar(
        languages=(Language(tree_sitter_rust.language()),),
        query=QUERY,
        names=frozenset({"identifier", "type_identifier", "crate", "super"}),
        words=frozenset({"field_identifier", "metavariable"}),
        access={
            "field_expression": ("value", "field"),
            "scoped_identifier": ("path", "name"),
            "scoped_type_identifier": ("path", "name"),
        },
        calls={"call_expression": "function", "struct_expression": "name"},
        through=frozenset(
            {"generic_type", "reference_type", "generic_function", "parenthesized_expression", "reference_expression"}
        ),
        this=frozenset({"self"}),
        parent=frozenset(),
        self_type=frozenset({"Self"}),
        test_marks=r"#\[(cfg\(test\)|(\w+::)*test\b)",
        parameters=parameters,
        imports=imports,
    )
)
