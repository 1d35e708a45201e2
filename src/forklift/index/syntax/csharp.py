"""C#."""

from collections.abc import Iterator

import tree_sitter_c_sharp
from tree_sitter import Language, Node

from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar, Import, Parts
from forklift.index.syntax.model import Definition
from forklift.index.syntax.tree import one_line, text
from forklift.records import Parameter

QUERY = """
(comment) @comment
(namespace_declaration) @space
(file_scoped_namespace_declaration) @space
(using_directive) @import

(class_declaration) @class
(record_declaration) @class
(struct_declaration) @struct
(interface_declaration) @interface
(enum_declaration) @enum
(enum_member_declaration) @enumerator
(delegate_declaration) @typedef
(method_declaration) @method
(constructor_declaration) @method
(local_function_statement) @function
(property_declaration) @property
(operator_declaration ["+" "-" "*" "/" "==" "!=" "<" ">" "<=" ">="] @name) @method
(field_declaration (variable_declaration type: (_) @returns (variable_declarator name: (_) @name))) @member
(event_field_declaration (variable_declaration type: (_) @returns (variable_declarator name: (_) @name))) @member

(base_list [(identifier) (generic_name) (qualified_name)] @base)
(base_list (primary_constructor_base_type type: (_) @base))
(attribute) @decorator

(lambda_expression) @block
(parameter type: (_) @type name: (_) @name) @local
(lambda_expression parameters: (implicit_parameter) @local)
(implicit_parameter) @local
(local_declaration_statement
  (variable_declaration type: (implicit_type) (variable_declarator name: (_) @name . (_) @value) @local))
(local_declaration_statement (variable_declaration type: (_) @type (variable_declarator name: (_) @name) @local))
(using_statement (variable_declaration type: (_) @type (variable_declarator name: (_) @name) @local))
(foreach_statement type: (_) @type left: (identifier) @name) @local
(catch_declaration type: (_) @type name: (_) @name) @local
(declaration_pattern name: (identifier) @name) @local
(declaration_expression name: (identifier) @name) @local

(throw_statement (object_creation_expression type: (_) @target) @raise)
(throw_expression (object_creation_expression type: (_) @target) @raise)
(catch_declaration type: (_) @catch)
(object_creation_expression type: (_) @target) @call
(invocation_expression function: (identifier) @_f (#eq? @_f "nameof")) @none
(invocation_expression) @call
"""
LITERALS = ("equals_value_clause", "bracketed_argument_list")


def parameters(listed: Node) -> Iterator[Parameter]:
    """The grammar leaves `params` arrays flat in the list."""
    kind = ""
    for number, node in enumerate(listed.children):
        field = listed.field_name_for_child(number)
        if node.type == "parameter":
            parts = node.named_children
            name = node.child_by_field_name("name")
            default = parts[-1] if name is not None and parts and parts[-1].start_byte >= name.end_byte else None
            yield Parameter(text(name), one_line(node.child_by_field_name("type")), one_line(default))
        elif field == "type":
            kind = one_line(node)
        elif field == "name":
            yield Parameter(text(node), f"params {kind}")


def parts(node: Node, found: Parts) -> None:
    """The value of a variable, and a record's parameters, have no field."""
    name = found.get("name")
    if node.type == "field_declaration" and name is not None:
        behind = name.next_named_sibling
        found |= {"value": behind} if behind is not None and behind.type not in LITERALS else {}
    if node.type == "record_declaration":
        listed = next((one for one in node.named_children if one.type == "parameter_list"), None)
        found |= {"parameters": listed} if listed is not None else {}


def classify(kind: str, node: Node, _: Parts) -> str:
    """`const` and `static readonly` fields are constants."""
    words = {text(child) for child in node.children if child.type == "modifier"}
    return "constant" if kind == "member" and ("const" in words or {"static", "readonly"} <= words) else kind


def refine(one: Definition, node: Node) -> None:
    """What delegates and operators are called and worth."""
    if node.type == "delegate_declaration":
        one.value = (
            f"delegate {one_line(node.child_by_field_name('type'))} {one_line(node.child_by_field_name('parameters'))}"
        )
    if node.type == "operator_declaration":
        one.name, one.qualified_name = (
            f"operator {one.name}",
            one.qualified_name.removesuffix(one.name) + f"operator {one.name}",
        )


def imports(node: Node) -> Iterator[Import]:
    alias = text(node.child_by_field_name("name"))
    path = one_line(node.named_children[-1]) if node.named_children else ""
    static = any(child.type == "static" for child in node.children)
    steps = (("import", "0", path, ""),)
    yield Import(path, alias, steps, star=not alias and not static)
    if static:
        yield Import("", "", steps, star=True)


read = Reader(
    Grammar(
        languages=(Language(tree_sitter_c_sharp.language()),),
        query=QUERY,
        names=frozenset({"identifier"}),
        access={
            "member_access_expression": ("expression", "name"),
            "qualified_name": ("qualifier", "name"),
            "conditional_access_expression": ("condition", ""),
        },
        calls={"invocation_expression": "function", "object_creation_expression": "type"},
        through=frozenset(
            {"parenthesized_expression", "generic_name", "nullable_type", "await_expression"}
            | {"member_binding_expression"}
        ),
        parent=frozenset({"base"}),
        overloads=True,
        reopens=True,
        members_bare=True,
        own_prefix=frozenset({"attribute_list"}),
        shared="outwards",
        parameters=parameters,
        parts=parts,
        classify=classify,
        refine=refine,
        imports=imports,
    )
)
