"""C++."""

import re
from collections.abc import Iterator

import tree_sitter_cpp
from tree_sitter import Language, Node

from forklift.index.syntax.c_parts import storage_of
from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar, Import, Parts
from forklift.index.syntax.model import Definition
from forklift.index.syntax.tree import one_line, text
from forklift.records import Parameter

QUERY = """
(comment) @comment
(preproc_include) @import
(using_declaration) @import
(namespace_definition) @space
(template_declaration) @holder

(class_specifier name: (_) body: (_)) @class
(type_definition type: (struct_specifier !name body: (_)) declarator: (_) @name) @struct
(type_definition type: (union_specifier !name body: (_)) declarator: (_) @name) @union
(type_definition type: (enum_specifier !name body: (_)) declarator: (_) @name) @enum
(struct_specifier name: (_) body: (_)) @struct
(union_specifier name: (_) body: (_)) @union
(enum_specifier name: (_) body: (_)) @enum
(enumerator) @enumerator
(function_definition) @function
(friend_declaration) @hidden
(field_declaration declarator: (_) @declarator) @inner.member
(declaration declarator: (_) @declarator) @variable
(alias_declaration type: (_) @value) @typedef
(type_definition type: (_) @value declarator: (_) @name) @typedef
(preproc_def value: (_)) @macro
(preproc_function_def) @macro

(base_class_clause [(type_identifier) (qualified_identifier) (template_type)] @base)
(attribute_declaration (attribute) @decorator)

(lambda_expression) @block
(parameter_declaration type: (_) @type) @local
(optional_parameter_declaration type: (_) @type) @local
(for_range_loop type: (_) @type) @local

(throw_statement (call_expression function: [(identifier) (qualified_identifier) (template_function)] @target) @raise)
(catch_clause parameters: (parameter_list (parameter_declaration type: (_) @catch)))
(new_expression type: (_) @target) @call
(call_expression
  function: [(identifier) (qualified_identifier) (field_expression) (template_function) (template_method)]) @call
"""
MACROS = re.compile(
    rb"(?<=\bclass )[A-Z][A-Z0-9_]{3,}(?= +[A-Za-z_])|(?<=\bstruct )[A-Z][A-Z0-9_]{3,}(?= +[A-Za-z_])"
    rb"|^[ \t]*[A-Z][A-Z0-9_]{3,}[ \t]*$"
    rb"(?=\s*(?:friend|public|private|protected|virtual|static|typedef|using|explicit)\b)"
    rb"|\b[A-Z][A-Z0-9_]*_(?:API|EXPORT|IMPORT|INLINE|CONSTEXPR\d*|NODISCARD|DECL|DEPRECATED|NORETURN|LIB|PUBLIC|LOCAL)"
    rb"(?=\s+[A-Za-z_:~])|^[ \t]*[A-Z0-9_]*_(?:BEGIN|END)_(?:NAMESPACE|EXPORT|DECLS)\b[A-Z0-9_]*(?=[ \t]*$)",
    re.MULTILINE,
)
LONE_MACROS = re.compile(
    rb"(?<=[{};:])(?:\s*\n[ \t]*[A-Z][A-Z0-9_]{3,}\([^(){};\n]*\)[ \t]*)+(?=\n\s*(?:[A-Za-z~}#]|//|/\*))"
)  # lines that are a call of a macro, which would be taken for a declaration
WRAPPERS = frozenset(
    {"pointer_declarator", "reference_declarator", "array_declarator", "function_declarator", "init_declarator"}
    | {"parenthesized_declarator", "attributed_declarator", "variadic_declarator"}
)


def without_macros(source: bytes) -> bytes:
    """`class API Name` is no C++ before API is expanded: blanks stand in for such macros, so all stays in place."""
    source = MACROS.sub(lambda found: b" " * len(found[0]), source)
    return LONE_MACROS.sub(lambda found: re.sub(rb"[^\n]", b" ", found[0]), source)


def parts(node: Node, found: Parts) -> None:
    """What a declarator says: name, owner, parameters, value. A specialised template goes by the template's name."""
    name = node.child_by_field_name("name")
    if name is not None and name.type == "template_type":
        found["name"] = name.child_by_field_name("name") or name
    declarator = found.get("declarator") or node.child_by_field_name("declarator")
    if declarator is None or "name" in found or node.type == "type_definition":
        return
    inner = unwrapped(declarator, found)
    while inner is not None and inner.type == "qualified_identifier":
        found.setdefault("owner", inner)
        inner = inner.child_by_field_name("name")
    if inner is not None and inner.type == "template_function":
        inner = inner.child_by_field_name("name")
    if inner is not None and inner.type != "operator_cast" and not elsewhere(node, found, text(inner)):
        found["name"] = inner


def unwrapped(declarator: Node, found: Parts) -> Node | None:
    """The name inside a declarator; notes what stands around it."""
    inner: Node | None = declarator
    while inner is not None and inner.type in WRAPPERS:
        if inner.type == "function_declarator":
            found.setdefault("parameters", inner.child_by_field_name("parameters") or inner)
        value = inner.child_by_field_name("value")
        if inner.type == "init_declarator" and value is not None:
            found.setdefault("value", value)
        inner = inner.child_by_field_name("declarator") or next(iter(inner.named_children), None)
    return inner


def elsewhere(node: Node, found: Parts, name: str) -> bool:
    """Whether this defines nothing: an extern variable, a static member's storage, a call of a macro."""
    if "parameters" not in found:
        return "extern" in storage_of(node) or "owner" in found
    return node.type == "function_definition" and node.child_by_field_name("type") is None and name.isupper()


def classify(kind: str, node: Node, found: Parts) -> str:
    """A function without a body is a prototype; a value that cannot change is a constant."""
    if node.type in ("field_declaration", "declaration") and "parameters" in found:
        return "prototype"
    words = {text(child) for child in node.children if child.type in ("type_qualifier", "storage_class_specifier")}
    is_constant = "constexpr" in words or ("const" in words and "value" in found and kind != "member")
    return "constant" if kind in ("member", "variable") and is_constant else kind


def type_of(node: Node, declarator: Node | None) -> str:
    """The type before a declarator, with its qualifiers, stars and references."""
    named = node.child_by_field_name("type")
    words = [one_line(child) for child in node.children if child == named or child.type == "type_qualifier"]
    marks = ""
    while declarator is not None and declarator.type in WRAPPERS:
        if declarator.type == "function_declarator":
            trailing = [child for child in declarator.named_children if child.type == "trailing_return_type"]
            return one_line(trailing[0]).removeprefix("->").strip() if trailing else joined(words, marks)
        first = text(declarator.children[0]) if declarator.children else ""
        marks += first if first in ("*", "&", "&&", "...") else ""
        declarator = declarator.child_by_field_name("declarator") or next(iter(declarator.named_children), None)
    return joined(words, marks)


def joined(words: list[str], marks: str) -> str:
    return f"{' '.join(word for word in words if word not in ('constexpr', 'mutable'))} {marks}".strip()


def refine(one: Definition, node: Node) -> None:
    """The whole type; whether other files see it."""
    if node.type in ("function_definition", "declaration", "field_declaration"):
        one.returns = type_of(node, node.child_by_field_name("declarator"))
        one.static = "static" in storage_of(node)
    if one.kind == "macro":
        one.value = one.value.replace("\\ ", "")


def parameters(listed: Node) -> Iterator[Parameter]:
    for node in listed.named_children:
        if node.type == "identifier":  # of a macro
            yield Parameter(text(node))
        declarator = node.child_by_field_name("declarator")
        name = unwrapped(declarator, {}) if declarator is not None else None
        if name is not None and name.type == "identifier":
            default = one_line(node.child_by_field_name("default_value"))
            yield Parameter(text(name), type_of(node, declarator), default)


def imports(node: Node) -> Iterator[Import]:
    """#include "x"; using a::b; using namespace a."""
    if node.type == "preproc_include":
        path = text(node.child_by_field_name("path")).strip('<>"')
        yield Import(path, "", (("include", path),))
        return
    name = one_line(node.named_children[-1]) if node.named_children else ""
    star = any(child.type == "namespace" for child in node.children)
    steps = (("import", "0", name, ""),)
    yield Import("", "" if star else name.rpartition("::")[2], steps, star=star)


read = Reader(
    Grammar(
        languages=(Language(tree_sitter_cpp.language()),),
        query=QUERY,
        names=frozenset({"identifier", "type_identifier", "namespace_identifier", "field_identifier"}),
        words=frozenset({"statement_identifier"}),
        access={"field_expression": ("argument", "field"), "qualified_identifier": ("scope", "name")},
        calls={"call_expression": "function", "new_expression": "type"},
        through=frozenset({"template_function", "template_type", "template_method", "parenthesized_expression"}),
        overloads=True,
        members_bare=True,
        prepare=without_macros,
        parts=parts,
        classify=classify,
        refine=refine,
        shared="outwards",
        parameters=parameters,
        imports=imports,
    )
)
