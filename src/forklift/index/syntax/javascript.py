"""JavaScript with JSX; TypeScript goes on from here."""

from collections.abc import Iterator

import tree_sitter_javascript
from tree_sitter import Language, Node

from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar, Import, Parts
from forklift.index.syntax.model import Steps
from forklift.index.syntax.tree import one_line, text
from forklift.records import Parameter

WHOLE = "module.exports"  # the name of what a CommonJS module exports as a whole
QUERY = """
(comment) @comment
(import_statement) @import
(export_statement (export_clause)) @import
(export_statement source: (_)) @import
(export_statement "default" @alias value: (identifier) @name)
(export_statement "default" @alias declaration: (_ name: (_) @name))
(export_statement) @holder
(decorator) @decorator

(variable_declarator value: (call_expression function: (identifier) @_f (#eq? @_f "require"))) @import
(variable_declarator
  value: (member_expression object: (call_expression function: (identifier) @_f (#eq? @_f "require")))) @import
(variable_declarator
  value: (call_expression function: (call_expression function: (identifier) @_f (#eq? @_f "require")))) @import
(assignment_expression left: (_) @_to (#any-of? @_to "module.exports" "exports")
  right: [(identifier) (call_expression) (new_expression) (assignment_expression)]) @import
(assignment_expression left: (member_expression object: (_) @_to (#any-of? @_to "module.exports" "exports"))
  right: [(identifier) (member_expression) (call_expression)]) @import

(assignment_expression left: (member_expression object: (_) @_to (#any-of? @_to "module.exports" "exports")) @exported
  right: [(arrow_function) (function_expression) (generator_function)])

(variable_declarator name: (identifier) @name
  value: (assignment_expression left: (member_expression) @alias (#eq? @alias "module.exports")))
(class_declaration) @class
(variable_declarator value: (class)) @class
(assignment_expression right: (class name: (_)) @class)
(function_declaration) @function
(generator_function_declaration) @function
(variable_declarator name: (identifier)
  value: [(arrow_function) (function_expression) (generator_function)]) @function
(assignment_expression left: (member_expression object: (_) @owner property: (property_identifier) @name)
  right: [(arrow_function) (function_expression) (generator_function)] @value) @function
(assignment_expression left: (member_expression object: (_) @owner property: (property_identifier) @name) @function
  right: (assignment_expression right: [(arrow_function) (function_expression)] @value))
(assignment_expression left: (member_expression object: (this) property: (_) @name) right: (_) @value) @attribute
(assignment_expression left: (_) @_to (#any-of? @_to "module.exports" "exports") right: (object) @group) @import
(export_statement "default" value: (object) @group)
(class_body (method_definition ["get" "set"]) @property)
(class_body (method_definition) @method)
(object (method_definition ["get" "set"]) @inner.property)
(object (method_definition) @inner.function)
(pair key: [(property_identifier) (string)] @name
  value: [(arrow_function) (function_expression)] @value) @inner.function
(pair key: [(property_identifier) (string)] @name value: (object) @value) @inner.member
(lexical_declaration "const" (variable_declarator name: (identifier)) @constant)
(variable_declarator name: (identifier)) @variable

(arrow_function) @block
(function_expression) @block
(generator_function) @block
(class) @hidden
(assignment_pattern left: (identifier) @local)
(rest_pattern (identifier) @local)
(arrow_function parameter: (identifier) @local)
(shorthand_property_identifier_pattern) @local
(pair_pattern value: (identifier) @local)
(array_pattern (identifier) @local)
(catch_clause parameter: (identifier) @local)
(for_in_statement left: (identifier) @local)

(call_expression function: (identifier) @_f (#eq? @_f "require")) @none
(throw_statement (new_expression constructor: (_) @target) @raise)
(new_expression) @call
(call_expression function: [(identifier) (member_expression)]) @call
"""
PLAIN = """
(formal_parameters (identifier) @local)
(class_heritage [(identifier) (member_expression)] @base)
(class_heritage (call_expression (arguments [(identifier) (member_expression)] @base)))
(field_definition property: (_) @name value: [(arrow_function) (function_expression)] @value) @method
(field_definition property: (_) @name) @member
"""


def parameters(listed: Node) -> Iterator[Parameter]:
    """Names as written: patterns, and rest parameters with their dots."""
    nodes = listed.named_children if listed.type == "formal_parameters" else [listed]
    for node in nodes:
        if node.is_extra or node.type == "this":
            continue
        name = node.child_by_field_name("pattern") or node.child_by_field_name("left") or node
        default = node.child_by_field_name("value") or node.child_by_field_name("right")
        kind = one_line(node.child_by_field_name("type")).removeprefix(":").strip()
        mark = "?" if node.type == "optional_parameter" else ""
        if one_line(name) != "this":
            yield Parameter(one_line(name) + mark * 0, kind, one_line(default))


def parts(node: Node, found: Parts) -> None:
    """A function bound to a name has its parameters on its value; what `exports` owns is the file's own."""
    value = found.get("value") or node.child_by_field_name("value") or node.child_by_field_name("right")
    if value is not None and value.type in ("arrow_function", "function_expression", "generator_function"):
        listed = value.child_by_field_name("parameters") or value.child_by_field_name("parameter")
        returns = value.child_by_field_name("return_type")
        found |= {"parameters": listed} if listed is not None else {}
        found |= {"returns": returns} if returns is not None else {}
    if "owner" in found and text(found["owner"]) in ("exports", "module.exports", "module", "this", "self", "window"):
        del found["owner"]


def imports(node: Node) -> Iterator[Import]:
    if node.type == "variable_declarator":
        yield from required(node)
    elif node.type == "assignment_expression":
        yield from exported(node)
    else:
        yield from clauses(node)


def clauses(node: Node) -> Iterator[Import]:
    """import a, {b as c}, * as d from "x"; export {e} from "x"; export * from "x"; export {f}."""
    source = node.child_by_field_name("source")
    module = text(source).strip("'\"`")
    if source is not None:
        yield Import(module, "", (("import", "0", module, ""),), star=any(one.type == "*" for one in node.children))
    stack = [child for child in node.named_children if child.type in LISTS]
    while stack:
        one = stack.pop()
        if one.type in LISTS - {"namespace_import", "namespace_export"}:
            stack.extend(child for child in one.named_children if not child.is_extra)
            continue
        name = text(one.child_by_field_name("name") or (one.named_children[0] if one.named_children else one))
        alias = text(one.child_by_field_name("alias")) or name
        if one.type == "identifier":  # the default import
            yield Import("", text(one), (("import", "0", module, "default"),))
        elif one.type in ("namespace_import", "namespace_export"):
            yield Import("", alias, (("import", "0", module, ""),))
        elif source is None:
            yield Import("", alias, (("name", name),), is_export=True)
        else:
            is_export = node.type == "export_statement"
            yield Import("", alias, (("import", "0", module, name),), is_export=is_export)


LISTS = frozenset({"import_clause", "named_imports", "export_clause", "namespace_import", "namespace_export"})


def required(node: Node) -> Iterator[Import]:
    """const a = require("x"), {b: c} = require("x"), d = require("x").e"""
    value, name = node.child_by_field_name("value"), node.child_by_field_name("name")
    member = ""
    if value is not None and value.type == "member_expression":
        member = text(value.child_by_field_name("property"))
        value = value.child_by_field_name("object")
    called = value.child_by_field_name("function") if value is not None else None
    if called is not None and called.type == "call_expression":  # what the module gives is called at once
        inner = called.child_by_field_name("arguments")
        if inner is not None and inner.named_children and inner.named_children[0].type == "string":
            yield Import(text(inner.named_children[0]).strip("'\"`"), "", ())
        return
    listed = value.child_by_field_name("arguments") if value is not None else None
    if listed is None or name is None or not listed.named_children or listed.named_children[0].type != "string":
        return  # what is required is only known when it runs
    module = text(listed.named_children[0]).strip("'\"`")
    whole: Steps = (("import", "0", module, member or WHOLE),)
    yield Import(module, text(name) if name.type == "identifier" else "", whole)
    for one in name.named_children if name.type == "object_pattern" else ():
        key = text(one.child_by_field_name("key") or one)
        yield Import("", text(one.child_by_field_name("value") or one), (("import", "0", module, key),))


def exported(node: Node) -> Iterator[Import]:
    """module.exports = a; exports.b = c; () for what is no name."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    while right is not None and right.type == "assignment_expression":
        right = right.child_by_field_name("right")
    whole = text(left) in ("module.exports", "exports")
    name = WHOLE if whole else text(left.child_by_field_name("property") if left else None)
    if right is not None and right.type != "object":
        yield Import("", name, (("name", text(right)),) if right.type == "identifier" else (), is_export=True)
    for one in right.named_children if right is not None and right.type == "object" else ():
        value = one.child_by_field_name("value")
        if one.type == "shorthand_property_identifier" or (value is not None and value.type == "identifier"):
            key = text(one.child_by_field_name("key") or one)
            yield Import("", key, (("name", text(value or one)),), is_export=True)


GRAMMAR = Grammar(
    languages=(Language(tree_sitter_javascript.language()),),
    query=QUERY + PLAIN,
    names=frozenset({"identifier", "type_identifier", "property_identifier", "private_property_identifier"}),
    access={"member_expression": ("object", "property"), "nested_type_identifier": ("module", "name")},
    calls={"call_expression": "function", "new_expression": "constructor"},
    through=frozenset(
        {"parenthesized_expression", "await_expression", "non_null_expression", "as_expression", "generic_type"}
        | {"satisfies_expression", "instantiation_expression"}
    ),
    words=frozenset({"shorthand_property_identifier", "shorthand_property_identifier_pattern"}),
    initialisers=frozenset({"constructor"}),
    own_prefix=frozenset({"decorator"}),
    parameters=parameters,
    parts=parts,
    imports=imports,
)
read = Reader(GRAMMAR)
