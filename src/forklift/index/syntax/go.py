"""Go."""

from collections.abc import Iterator

import tree_sitter_go
from tree_sitter import Language, Node

from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar, Import
from forklift.index.syntax.tree import one_line, text
from forklift.records import Parameter

QUERY = """
(comment) @comment
(package_clause (package_identifier) @name) @package
(import_spec) @import

(type_spec name: (_) @name type: (struct_type)) @struct
(type_spec name: (_) @name type: (interface_type)) @interface
(type_spec name: (_) @name type: (_) @value) @typedef
(type_alias name: (_) @name type: (_) @value) @typedef
(function_declaration) @function
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @owner))) @function
(method_elem) @method
(field_declaration name: (_) @name type: (_) @returns) @member
(field_declaration !name type: (_) @base)
(type_elem . (_) @base .)
(const_spec name: (identifier) @name) @constant
(var_spec name: (identifier) @name) @variable

(func_literal) @block
(parameter_declaration name: (_) @name type: (_) @type) @local
(variadic_parameter_declaration name: (_) @name) @local
(short_var_declaration left: (expression_list . (identifier) @name) right: (expression_list . (_) @value)) @local
(short_var_declaration left: (expression_list (_) . (identifier) @name)) @local
(range_clause left: (expression_list (identifier) @name)) @local

(call_expression function: [(identifier) (selector_expression) (type_instantiation_expression)]) @call
"""


def parameters(listed: Node) -> Iterator[Parameter]:
    """Several names can share one type."""
    for node in listed.named_children:
        kind = one_line(node.child_by_field_name("type"))
        variadic = node.type == "variadic_parameter_declaration"
        for name in node.children_by_field_name("name"):
            if name.is_named:
                yield Parameter(text(name), f"...{kind}" if variadic else kind)


def imports(node: Node) -> Iterator[Import]:
    path = text(node.child_by_field_name("path")).strip('"`')
    name = text(node.child_by_field_name("name"))
    steps = (("import", "0", path, ""),)
    last = path.rpartition("/")[2]
    if last[:1] == "v" and last[1:].isdigit():  # a major version is no part of the name
        last = path.rpartition("/")[0].rpartition("/")[2]
    yield Import(path, "" if name in ("_", ".") else name or last, steps, star=name == ".")


read = Reader(
    Grammar(
        languages=(Language(tree_sitter_go.language()),),
        query=QUERY,
        names=frozenset({"identifier", "type_identifier", "package_identifier"}),
        words=frozenset({"field_identifier", "blank_identifier", "label_name"}),
        access={"selector_expression": ("operand", "field"), "qualified_type": ("package", "name")},
        calls={"call_expression": "function", "composite_literal": "type"},
        through=frozenset(
            {"pointer_type", "generic_type", "parenthesized_expression", "unary_expression", "type_elem"}
            | {"type_instantiation_expression"}
        ),
        this=frozenset(),
        parent=frozenset(),
        shared="package",
        parameters=parameters,
        imports=imports,
    )
)
