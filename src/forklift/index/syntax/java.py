"""Java."""

from collections.abc import Iterator

import tree_sitter_java
from tree_sitter import Language, Node

from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar, Import, Parts
from forklift.index.syntax.tree import one_line, text
from forklift.records import Parameter

QUERY = """
[(line_comment) (block_comment)] @comment
(package_declaration (_) @name) @package
(import_declaration) @import

(class_declaration) @class
(record_declaration) @class
(interface_declaration) @interface
(annotation_type_declaration) @interface
(enum_declaration) @enum
(enum_constant) @enumerator
(method_declaration) @method
(annotation_type_element_declaration) @method
(constructor_declaration) @method
(compact_constructor_declaration) @method
(field_declaration type: (_) @returns declarator: (variable_declarator name: (_) @name value: (_)? @value)) @member
(constant_declaration
  type: (_) @returns declarator: (variable_declarator name: (_) @name value: (_)? @value)) @constant
(object_creation_expression (class_body) @hidden)

(superclass (_) @base)
(super_interfaces (type_list (_) @base))
(extends_interfaces (type_list (_) @base))
[(marker_annotation) (annotation)] @decorator

(lambda_expression) @block
(formal_parameter type: (_) @type name: (_) @name) @local
(spread_parameter (variable_declarator name: (_) @name)) @local
(local_variable_declaration
  type: (_) @type declarator: (variable_declarator name: (_) @name value: (_)? @value)) @local
(enhanced_for_statement type: (_) @type name: (_) @name) @local
(resource type: (_) @type name: (_) @name) @local
(catch_formal_parameter (catch_type) name: (_) @name) @local
(inferred_parameters (identifier) @name) @local
(lambda_expression parameters: (identifier) @name) @block

(throw_statement (object_creation_expression type: (_) @target) @raise)
(catch_type (_) @catch)
(method_invocation) @call
(object_creation_expression type: (_) @target) @call
(explicit_constructor_invocation) @none
"""


def parameters(listed: Node) -> Iterator[Parameter]:
    for node in listed.named_children:
        if node.type == "formal_parameter":
            dimensions = one_line(node.child_by_field_name("dimensions"))
            kind = one_line(node.child_by_field_name("type")) + dimensions
            yield Parameter(text(node.child_by_field_name("name")), kind)
        elif node.type == "spread_parameter":
            plain = [one for one in node.named_children if one.type not in ("modifiers", "variable_declarator")]
            yield Parameter(text(node.named_children[-1]), one_line(plain[0]) + "..." if plain else "")


def imports(node: Node) -> Iterator[Import]:
    path = next((one_line(one) for one in node.named_children if one.type in ("scoped_identifier", "identifier")), "")
    star = any(one.type == "asterisk" for one in node.children)
    static = any(one.type == "static" for one in node.children)
    steps = (("import", "0", path, ""),)
    if star:
        yield Import(f"{path}.*", "", steps, star=True)
    elif path:
        owner, _, last = path.rpartition(".")
        yield Import(path, last, (("import", "0", owner, ""), ("get", last)) if static else steps)


def classify(kind: str, node: Node, _: Parts) -> str:
    """A static final field is a constant."""
    modifiers = {text(one) for found in node.children if found.type == "modifiers" for one in found.children}
    return "constant" if kind == "member" and {"static", "final"} <= modifiers else kind


read = Reader(
    Grammar(
        languages=(Language(tree_sitter_java.language()),),
        query=QUERY,
        names=frozenset({"identifier", "type_identifier"}),
        access={
            "field_access": ("object", "field"),
            "method_invocation": ("object", "name"),
            "scoped_identifier": ("scope", "name"),
            "scoped_type_identifier": ("scope", "name"),
        },
        calls={"method_invocation": "", "object_creation_expression": "type"},
        through=frozenset({"parenthesized_expression", "generic_type", "annotated_type"}),
        overloads=True,
        members_bare=True,
        own_prefix=frozenset({"modifiers", "marker_annotation", "annotation"}),
        shared="package",
        parameters=parameters,
        imports=imports,
        classify=classify,
    )
)
