"""C: definitions, docs and uses of one file, read from its tree-sitter tree."""

import re
from collections.abc import Iterator

import tree_sitter_c
from tree_sitter import Language, Node, Parser

from forklift.index.syntax.model import Definition, Syntax, Use
from forklift.index.syntax.tree import (
    comments_above,
    descend,
    end_line_of,
    is_header,
    line_of,
    one_line,
    text,
    value_of,
)
from forklift.records import Parameter

GRAMMAR = Language(tree_sitter_c.language())
RECORDS = {"struct_specifier": "struct", "union_specifier": "union", "enum_specifier": "enum"}
WRAPPERS = {
    "pointer_declarator",
    "array_declarator",
    "function_declarator",
    "parenthesized_declarator",
    "init_declarator",
    "attributed_declarator",
}
NAMES = {"identifier", "field_identifier", "type_identifier"}
IDENTIFIERS = NAMES | {"statement_identifier"}


def read(source: bytes) -> Syntax:
    """Reads one C file. Never raises: what cannot be parsed is left out."""
    root = Parser(GRAMMAR).parse(source).root_node
    syntax = Syntax(doc=file_doc(root), broken=root.has_error)
    functions: list[tuple[Node, int]] = []
    for node in descend(root):
        if node.type in IDENTIFIERS:
            syntax.words.add(text(node))
        for definition in definitions_of(node, syntax):
            syntax.definitions.append(definition)
            if definition.kind == "function":
                functions.append((node, len(syntax.definitions) - 1))
        if node.type == "preproc_include":
            syntax.uses.append(included(node))
    for node, position in functions:
        syntax.uses.extend(calls(node, position))
    syntax.bindings = {
        definition.name: (("def", str(position)),)
        for position, definition in enumerate(syntax.definitions)
        if definition.parent is None and definition.kind != "prototype"
    }
    return syntax


def definitions_of(node: Node, syntax: Syntax) -> Iterator[Definition]:
    """What `node` itself defines."""
    if node.type == "function_definition":
        yield from function(node)
    elif node.type in ("preproc_def", "preproc_function_def"):
        yield macro(node)
    elif node.type in RECORDS:
        yield from record(node, syntax)
    elif node.type == "type_definition":
        yield from typedefs(node)
    elif node.type == "declaration" and is_top_level(node):
        yield from declared(node)


def function(node: Node) -> Iterator[Definition]:
    declarator = node.child_by_field_name("declarator")
    found = function_declarator(declarator)
    name = declared_name(found)
    if found is None or not name or not is_top_level(node):
        return
    yield Definition(
        name=name,
        qualified_name=name,
        kind="function",
        line=line_of(node),
        end_line=end_line_of(node),
        doc=doc_above(node),
        signature=one_line(found.child_by_field_name("parameters")),
        parameters=parameters_of(found),
        returns=type_of(node, declarator),
    )


def function_declarator(node: Node | None) -> Node | None:
    """The declarator that names a function itself, through the pointers of what it returns."""
    while node is not None and node.type in ("pointer_declarator", "attributed_declarator"):
        node = node.child_by_field_name("declarator") or next(iter(node.named_children), None)
    if node is None or node.type != "function_declarator":
        return None
    inner = node.child_by_field_name("declarator")
    return node if inner is not None and inner.type == "identifier" else None


def declared_name(node: Node | None) -> str:
    """The name inside a declarator, "" for an abstract one."""
    while node is not None and node.type in WRAPPERS:
        node = node.child_by_field_name("declarator") or next(
            (child for child in node.named_children if child.type in WRAPPERS | NAMES), None
        )
    return text(node) if node is not None and node.type in NAMES else ""


def type_of(node: Node, declarator: Node | None) -> str:
    """The type in front of a declarator: its qualifiers, name, and stars; storage classes dropped."""
    words = []
    for child in node.children:
        if child == declarator:
            break
        if child.type == "type_qualifier" or child == node.child_by_field_name("type"):
            words.append(short_type(child))
    return " ".join(words) + stars(declarator)


def short_type(node: Node) -> str:
    """A type without the body that a struct may carry in place."""
    if node.type in RECORDS:
        return f"{RECORDS[node.type]} {text(node.child_by_field_name('name'))}".strip()
    return one_line(node)


def stars(declarator: Node | None) -> str:
    count = 0
    while declarator is not None and declarator.type == "pointer_declarator":
        count += 1
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
            found.append(Parameter(name=name, annotation=parameter_type(child, inner, name)))
    return tuple(found)


def parameter_type(node: Node, declarator: Node | None, name: str) -> str:
    """The type of a parameter; where the declarator is more than stars, all of it without the name."""
    if declarator is not None and declarator.type in ("identifier", "pointer_declarator"):
        return type_of(node, declarator)
    return re.sub(rf"\s*\b{re.escape(name)}\b", "", one_line(node), count=1)


def macro(node: Node) -> Definition:
    name = text(node.child_by_field_name("name"))
    listed = node.child_by_field_name("parameters")
    parameters = [child for child in listed.named_children if child.type == "identifier"] if listed else []
    return Definition(
        name=name,
        qualified_name=name,
        kind="macro",
        line=line_of(node),
        end_line=max(line_of(node), end_line_of(node)),
        doc=doc_above(node),
        signature=one_line(listed),
        parameters=tuple(Parameter(text(child)) for child in parameters),
        value=value_of(node.child_by_field_name("value")).replace("\\ ", ""),
    )


def record(node: Node, syntax: Syntax) -> Iterator[Definition]:
    """A struct, union or enum with a body, then its members. Anonymous ones go by the typedef's name."""
    body = node.child_by_field_name("body")
    name = text(node.child_by_field_name("name")) or typedef_name(node)
    if body is None or not name:
        return
    kind = RECORDS[node.type]
    holder = node.parent if node.parent is not None and node.parent.type in ("type_definition", "declaration") else node
    position = len(syntax.definitions)
    yield Definition(
        name=name,
        qualified_name=name,
        kind=kind,
        line=line_of(node),
        end_line=end_line_of(node),
        doc=doc_above(holder),
    )
    for child in flat(body):
        if child.type == "enumerator":
            yield enumerator(child, name, position)
        elif child.type == "field_declaration":
            yield from members(child, name, position)


def flat(body: Node) -> Iterator[Node]:
    """The members of a body, also those under #if."""
    stack = list(reversed(body.named_children))
    while stack:
        node = stack.pop()
        if node.type.startswith("preproc_"):
            stack.extend(reversed(node.named_children))
        else:
            yield node


def enumerator(node: Node, owner: str, parent: int) -> Definition:
    name = text(node.child_by_field_name("name"))
    return Definition(
        name=name,
        qualified_name=f"{owner}.{name}",
        kind="enumerator",
        line=line_of(node),
        end_line=end_line_of(node),
        doc=doc_beside(node),
        value=value_of(node.child_by_field_name("value")),
        parent=parent,
    )


def members(node: Node, owner: str, parent: int) -> Iterator[Definition]:
    for declarator in node.children_by_field_name("declarator"):
        name = declared_name(declarator)
        if name:
            yield Definition(
                name=name,
                qualified_name=f"{owner}.{name}",
                kind="member",
                line=line_of(declarator),
                end_line=end_line_of(node),
                doc=doc_beside(node),
                signature="",
                returns=parameter_type(node, declarator, name).rstrip(";"),
                parent=parent,
            )


def typedef_name(node: Node) -> str:
    """The name a typedef gives to a struct without a tag."""
    parent = node.parent
    if parent is None or parent.type != "type_definition":
        return ""
    return declared_name(parent.child_by_field_name("declarator"))


def typedefs(node: Node) -> Iterator[Definition]:
    kind = node.child_by_field_name("type")
    nameless = kind is not None and kind.type in RECORDS and not kind.child_by_field_name("name")
    for declarator in node.children_by_field_name("declarator"):
        name = declared_name(declarator)
        if name and not (nameless and name == typedef_name(kind or node)):
            yield Definition(
                name=name,
                qualified_name=name,
                kind="typedef",
                line=line_of(node),
                end_line=end_line_of(node),
                doc=doc_above(node),
                value="" if kind is None else (short_type(kind) + stars(declarator)),
            )


def declared(node: Node) -> Iterator[Definition]:
    """File-level variables and prototypes; `extern` variables are defined elsewhere."""
    storage = {text(child) for child in node.children if child.type == "storage_class_specifier"}
    for declarator in node.children_by_field_name("declarator"):
        name = declared_name(declarator)
        prototype = function_declarator(declarator)
        if not name or ("extern" in storage and prototype is None):
            continue
        yield Definition(
            name=name,
            qualified_name=name,
            kind="variable" if prototype is None else "prototype",
            line=line_of(declarator if prototype is None else node),
            end_line=end_line_of(node),
            doc=doc_above(node),
            signature=one_line(prototype.child_by_field_name("parameters")) if prototype else "",
            parameters=parameters_of(prototype) if prototype else (),
            returns=type_of(node, declarator),
            value=value_of(declarator.child_by_field_name("value")),
        )


def is_top_level(node: Node) -> bool:
    """Whether `node` stands in no function."""
    parent = node.parent
    while parent is not None:
        if parent.type in ("function_definition", "compound_statement"):
            return False
        parent = parent.parent
    return True


# uses


def included(node: Node) -> Use:
    path = text(node.child_by_field_name("path")).strip('<>"')
    return Use("import", path, line_of(node), None, (("import", "0", path, ""),))


def calls(node: Node, position: int) -> Iterator[Use]:
    """The calls in a function's body; a name declared in the function is no function of the file."""
    local = {name for inner in descend(node) if inner.type in DECLARING for name in names_declared(inner)}
    for inner in descend(node):
        called = inner.child_by_field_name("function") if inner.type == "call_expression" else None
        if called is None or called.type not in ("identifier", "field_expression"):
            continue
        certain = called.type == "identifier" and text(called) not in local
        yield Use("call", one_line(called), line_of(inner), position, (("name", text(called)),) if certain else ())


DECLARING = {"declaration", "parameter_declaration"}


def names_declared(node: Node) -> Iterator[str]:
    for declarator in node.children_by_field_name("declarator"):
        if function_declarator(declarator) is None:
            yield declared_name(declarator)


# docs


def doc_above(node: Node) -> str:
    """The comment block right above `node`, cleaned; "" where there is none or it is a licence."""
    words = clean(comments_above(node))
    return "" if is_header(words) else words


def doc_beside(node: Node) -> str:
    """What is said above a member, or behind it on its line."""
    above = doc_above(node)
    after = node.next_sibling
    while after is not None and after.type in (",", ";"):
        after = after.next_sibling
    if above or after is None or after.type != "comment" or line_of(after) != end_line_of(node):
        return above
    return clean([after])


def clean(comments: list[Node]) -> str:
    """The words of comments without their marks; kernel-doc's "name() - " stays, it is readable."""
    lines: list[str] = []
    for comment in comments:
        body = re.sub(r"^/\*[*!]?<?|\*/$|^//[/!]?<?", "", text(comment))
        lines += [re.sub(r"^\s*\*(?!\*) ?|^ ", "", line).rstrip() for line in body.split("\n")]
    return "\n".join(lines).strip("*-=/ \n\t")


def file_doc(root: Node) -> str:
    """The first comment that is no licence header, before any code and not stuck to the code below it."""
    for child in root.children:
        if child.type != "comment":
            return ""
        words = clean([child])
        below = child.next_sibling
        if words and not is_header(words) and not (below is not None and touches(child, below)):
            return words
    return ""


def touches(comment: Node, below: Node) -> bool:
    """Whether the comment documents what follows rather than the file."""
    return below.type in ("function_definition", "type_definition", "struct_specifier", "declaration") and (
        line_of(below) == end_line_of(comment) + 1
    )
