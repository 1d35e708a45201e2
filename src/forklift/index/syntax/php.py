"""PHP."""

from collections.abc import Iterator

import tree_sitter_php
from tree_sitter import Language, Node

from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar, Import, Parts
from forklift.index.syntax.tree import one_line
from forklift.records import Parameter

QUERY = """
(comment) @comment
(namespace_definition) @package
(namespace_use_declaration) @import

(class_declaration) @class
(interface_declaration) @interface
(trait_declaration) @trait
(enum_declaration) @enum
(enum_case) @enumerator
(function_definition) @function
(method_declaration) @method
(const_declaration (const_element . (name) @name (_) @value)) @constant
(function_call_expression function: (name) @_f (#eq? @_f "define")
  arguments: (arguments . (argument (string (string_content) @name)) . (argument (_) @value))) @constant
(property_declaration (property_element name: (_) @name)) @member
(property_promotion_parameter type: (_)? @type name: (_) @name) @attribute
(anonymous_class) @hidden

(base_clause (_) @base)
(class_interface_clause (_) @base)
(declaration_list (use_declaration [(name) (qualified_name)] @base))
(attribute) @decorator

(anonymous_function) @block
(arrow_function) @block
(simple_parameter type: (_)? @type name: (_) @name) @local
(variadic_parameter name: (_) @name) @local
(assignment_expression left: (variable_name) @name right: (_) @value) @local
(foreach_statement (variable_name) (variable_name) @local)
(foreach_statement (pair (_) (variable_name) @local))
(catch_clause type: (_) name: (variable_name) @name) @local

(throw_expression (object_creation_expression . [(name) (qualified_name)] @target) @raise)
(catch_clause type: (type_list (named_type [(name) (qualified_name)] @catch)))
(object_creation_expression . [(name) (qualified_name) (relative_scope)] @target) @call
(function_call_expression function: [(name) (qualified_name)]) @call
(member_call_expression) @call
(nullsafe_member_call_expression) @call
(scoped_call_expression) @call
"""


def parameters(listed: Node) -> Iterator[Parameter]:
    """Names with their $, as PHP writes them, and ... before the variadic one."""
    for node in listed.named_children:
        name = one_line(node.child_by_field_name("name"))
        if name:
            dots = "..." if node.type == "variadic_parameter" else ""
            kind, default = node.child_by_field_name("type"), node.child_by_field_name("default_value")
            yield Parameter(dots + name, one_line(kind), one_line(default))


def parts(node: Node, found: Parts) -> None:
    """The default of a property stands in its element."""
    if node.type == "property_declaration" and "name" in found:
        value = found["name"].next_named_sibling
        found |= {"value": value} if value is not None else {}
    if node.type == "namespace_definition" and node.child_by_field_name("name") is None:
        found.pop("name", None)


def imports(node: Node) -> Iterator[Import]:
    """use A\\B; use A\\B as C; use function A\\f; use A\\{B, C as D}."""
    group = node.child_by_field_name("body")
    prefix = next((one_line(one) + "\\" for one in node.named_children if one.type == "namespace_name"), "")
    for clause in (group or node).named_children:
        if clause.type == "namespace_use_clause" and clause.named_children:
            path = (prefix if group is not None else "") + one_line(clause.named_children[0]).lstrip("\\")
            alias = one_line(clause.child_by_field_name("alias")) or path.rpartition("\\")[2]
            yield Import(path, alias, (("import", "0", path, ""),))


read = Reader(
    Grammar(
        languages=(Language(tree_sitter_php.language_php()),),
        query=QUERY,
        names=frozenset({"name", "variable_name", "qualified_name"}),
        access={
            "member_access_expression": ("object", "name"),
            "nullsafe_member_access_expression": ("object", "name"),
            "member_call_expression": ("object", "name"),
            "nullsafe_member_call_expression": ("object", "name"),
            "scoped_call_expression": ("scope", "name"),
        },
        calls={
            "function_call_expression": "function",
            "member_call_expression": "",
            "nullsafe_member_call_expression": "",
            "scoped_call_expression": "",
            "object_creation_expression": "class",
        },
        through=frozenset({"parenthesized_expression", "optional_type", "named_type"}),
        this=frozenset({"$this"}),
        parent=frozenset({"parent"}),
        self_type=frozenset({"self", "static"}),
        initialisers=frozenset({"__construct"}),
        own_prefix=frozenset({"attribute_list"}),
        shared="package",
        parameters=parameters,
        parts=parts,
        imports=imports,
    )
)
