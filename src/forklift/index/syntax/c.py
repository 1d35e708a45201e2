"""C: definitions, docs and uses of one file, read from its tree-sitter tree."""

import re
from bisect import bisect_right
from collections.abc import Iterator

import tree_sitter_c
from tree_sitter import Language, Node, Query

from forklift.index.syntax.c_parts import (
    RECORDS,
    cleaned,
    declared_name,
    file_doc,
    function_declarator,
    member_type,
    parameters_of,
    short_type,
    stars,
    storage_of,
    type_of,
)
from forklift.index.syntax.model import Definition, Syntax, Use
from forklift.index.syntax.tree import (
    Comments,
    captures,
    end_line_of,
    is_header,
    line_of,
    one_line,
    parse,
    text,
    value_of,
)
from forklift.records import Parameter

GRAMMAR = Language(tree_sitter_c.language())
QUERY = Query(
    GRAMMAR,
    """
    [
      (function_definition) (declaration) (type_definition) (preproc_def) (preproc_function_def)
      (struct_specifier body: (_)) (union_specifier body: (_)) (enum_specifier body: (_))
    ] @definition
    (call_expression function: [(identifier) (field_expression)] @call)
    (preproc_include) @include
    (preproc_ifdef name: (_) @guard)
    (comment) @comment
    """,
)
LONGEST_NAME = 120
SYSTEM_CALL = re.compile(rb"^((COMPAT_)?SYSCALL_DEFINE[0-6]\((\w+),?)([^(){};]*)\)", re.MULTILINE)
NO_CODE = re.compile(
    rb"""//[^\n]*|/\*(?s:.*?)\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|^[ \t]*\#[ \t]*(?:include[^\n]*|\w+)""",
    re.MULTILINE,
)
WORD_BYTES = bytes(byte if chr(byte).isalnum() or byte >= 128 or byte == 95 else 32 for byte in range(256))
KEYWORDS = frozenset(
    b"auto bool break case char const continue default defined do double else enum extern float for goto if inline int "
    b"long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile "
    b"while NULL true false".split()
)


def read(source: bytes) -> Syntax:
    """Reads one C file. Never raises: what cannot be parsed is left out."""
    source = with_system_calls(source)
    root = parse(GRAMMAR, source)
    found = captures(QUERY, root) if root else None
    return _Reader(root, source).run(found) if root and found is not None else Syntax(broken=True, timed_out=True)


def with_system_calls(source: bytes) -> bytes:
    """Linux's SYSCALL_DEFINE2(read, int, fd, long, count) as the function it makes, long sys_read(int fd, long count),
    in as many bytes, so that all stays in place."""
    return SYSTEM_CALL.sub(system_call, source) if b"SYSCALL_DEFINE" in source else source


def system_call(found: re.Match[bytes]) -> bytes:
    prefix, compat, name, types = found.groups()
    head = b"long " + (b"compat_sys_" if compat else b"sys_") + name + b"("
    if not types:
        return (head + b"void").ljust(len(prefix)) + b")"
    return head.ljust(len(prefix)) + re.sub(rb",([^,]*(?:,|$))", rb" \1", types) + b")"


def words_in(source: bytes) -> set[str]:
    """Every identifier outside comments and strings."""
    words = set(NO_CODE.sub(b" ", source).translate(WORD_BYTES).split()) - KEYWORDS
    return {word.decode("utf-8", "replace") for word in words if not word[:1].isdigit()}


class _Reader:
    """What the query found in one tree, in the order of the text: definitions, calls, and the comments that belong to
    them."""

    def __init__(self, root: Node, source: bytes) -> None:
        self.syntax = Syntax(doc=file_doc(root), broken=root.has_error, words=words_in(source))
        self.comments = Comments(source)
        self.positions: dict[tuple[str, str], int] = {}
        self.holders: dict[int, int] = {}  # first line of a definition -> of the statement that holds it
        self.locals: dict[int, set[str]] = {}  # of a function: the names it declares
        self.functions: list[tuple[int, int, int]] = []  # first and last byte, position
        self.guards: dict[str, int] = {}  # where #ifdef asks for a name first

    def run(self, found: dict[str, list[Node]]) -> Syntax:
        for node in found.get("comment", ()):
            self.comments.add(node)
        for node in found.get("guard", ()):
            self.guards.setdefault(text(node), node.start_byte)
        for node in sorted(found.get("definition", ()), key=lambda node: (node.start_byte, -node.end_byte)):
            self.definition(node)
        for node in found.get("include", ()):
            path = text(node.child_by_field_name("path")).strip('<>"')
            self.syntax.uses.append(Use("import", path, line_of(node), None, (("import", "0", path, ""),)))
        starts = [start for start, _, _ in self.functions]
        for node in found.get("call", ()):
            at = bisect_right(starts, node.start_byte) - 1
            inside = at >= 0 and node.start_byte < self.functions[at][1]
            self.call(node, self.functions[at][2] if inside else None)
        self.syntax.uses.sort(key=lambda use: use.line)
        prototypes = {one.line for one in self.syntax.definitions if one.kind == "prototype"}
        for one in self.syntax.definitions:
            one.doc = self.doc_of(one)
            is_grouped = one.kind == "prototype" and one.end_line + 1 in prototypes
            if is_grouped and not re.search(rf"\b{re.escape(one.name)}\b", one.doc.partition("\n")[0]):
                one.doc = ""  # may be about the next ones as well
        self.syntax.bindings = {
            one.name: (("def", str(position)),)
            for position, one in enumerate(self.syntax.definitions)
            if one.parent is None and one.kind != "prototype"
        }
        return self.syntax

    def definition(self, node: Node) -> None:
        """Takes in one node that may define something; they come in the order of the text, outer ones first."""
        _, end, function = self.functions[-1] if self.functions else (0, 0, 0)
        is_inside, kind = node.start_byte < end, node.type
        if kind in ("preproc_def", "preproc_function_def"):
            self.macro(node)
        elif kind == "type_definition":
            self.typedefs(node)
        elif kind in RECORDS:
            self.record(node, text(node.child_by_field_name("name")))
        elif kind == "declaration" and is_inside:
            self.locals[function].update(local_names(node))
        elif kind == "declaration":
            self.variables(node)
        elif not is_inside:
            self.function(node)

    def define(self, definition: Definition, holder: Node) -> int:
        """Adds a definition; of several under #if the first stays."""
        key = (definition.qualified_name, definition.kind)
        if key in self.positions:
            return self.positions[key]
        self.positions[key] = len(self.syntax.definitions)
        self.holders.setdefault(definition.line, line_of(holder))
        self.syntax.definitions.append(definition)
        return self.positions[key]

    def function(self, node: Node) -> None:
        declarator = node.child_by_field_name("declarator")
        found = function_declarator(declarator)
        if found is None or not declared_name(found):
            return
        one = callable_definition("function", node, declarator, found)
        position = self.define(one, node)
        self.locals.setdefault(position, set()).update(parameter.name for parameter in one.parameters)
        self.functions.append((node.start_byte, node.end_byte, position))

    def variables(self, node: Node) -> None:
        """File-level variables and prototypes; `extern` variables are defined elsewhere."""
        for declarator in node.children_by_field_name("declarator"):
            prototype = function_declarator(declarator)
            name = declared_name(declarator)
            if prototype is not None:
                self.define(callable_definition("prototype", node, declarator, prototype), node)
            elif name and "extern" not in storage_of(node):
                self.define(
                    Definition(
                        name=name,
                        qualified_name=name,
                        kind="variable",
                        line=line_of(declarator),
                        end_line=end_line_of(node),
                        returns=member_type(node, declarator, name),
                        value=value_of(declarator.child_by_field_name("value")),
                        static="static" in storage_of(node),
                    ),
                    node,
                )

    def macro(self, node: Node) -> None:
        name, value = text(node.child_by_field_name("name")), value_of(node.child_by_field_name("value"))
        if not value and self.guards.get(name, node.end_byte) < node.start_byte:
            return
        listed = node.child_by_field_name("parameters")
        parameters = [child for child in listed.named_children if child.type == "identifier"] if listed else []
        self.define(
            Definition(
                name=name,
                qualified_name=name,
                kind="macro",
                line=line_of(node),
                end_line=end_line_of(node),
                signature=one_line(listed),
                parameters=tuple(Parameter(text(child)) for child in parameters),
                value=value.replace("\\ ", ""),
            ),
            node,
        )

    def typedefs(self, node: Node) -> None:
        kind = node.child_by_field_name("type")
        for declarator in node.children_by_field_name("declarator"):
            name = declared_name(declarator)
            nameless = kind is not None and kind.type in RECORDS and not kind.child_by_field_name("name")
            if kind is not None and nameless and declarator.type == "type_identifier":
                self.record(kind, name, node)
            elif kind is not None and name and text(kind.child_by_field_name("name")) != name:
                definition = Definition(name, name, "typedef", line_of(node), end_line_of(node))
                definition.value = short_type(kind) + stars(declarator)
                self.define(definition, node)

    def record(self, node: Node, name: str, holder: Node | None = None) -> None:
        """A struct, union or enum with a body, and its members. One without a tag goes by its typedef's name."""
        body = node.child_by_field_name("body")
        if body is None or not name:
            return
        definition = Definition(name, name, RECORDS[node.type], line_of(node), end_line_of(holder or node))
        position = self.define(definition, holder or node)
        for child in flat(body):
            for member in members(child, name):
                member.parent = position
                self.define(member, child)

    def call(self, called: Node, function: int | None) -> None:
        plain = called.type == "identifier"
        name = text(called) if plain else one_line(called if short(called) else called.child_by_field_name("field"))
        known = plain and (function is None or name not in self.locals[function])
        self.syntax.uses.append(Use("call", name, line_of(called), function, (("name", name),) if known else ()))

    def doc_of(self, one: Definition) -> str:
        """The comment block right above; of members and one-line definitions also the comment behind."""
        words = cleaned(self.comments.above(self.holders.get(one.line, one.line)))
        if words and not is_header(words):
            return words
        parent = self.syntax.definitions[one.parent] if one.parent is not None else None
        if one.kind in ("function", "prototype") or (parent is not None and parent.line == one.line):
            return ""
        behind = self.comments.behind.get(one.line if one.kind in RECORDS.values() else one.end_line)
        crowded = one.kind in RECORDS.values() and one.line == one.end_line
        return cleaned([behind]) if behind and not crowded else ""


def callable_definition(kind: str, node: Node, declarator: Node | None, found: Node) -> Definition:
    """A function or a prototype."""
    return Definition(
        name=declared_name(found),
        qualified_name=declared_name(found),
        kind=kind,
        line=line_of(node),
        end_line=end_line_of(node),
        signature=one_line(found.child_by_field_name("parameters")),
        parameters=parameters_of(found),
        returns=type_of(node, declarator),
        static="static" in storage_of(node),
    )


def short(node: Node) -> bool:
    return node.end_byte - node.start_byte <= LONGEST_NAME


def flat(body: Node) -> Iterator[Node]:
    """The members of a body, also those under #if."""
    stack = list(reversed(body.named_children))
    while stack:
        node = stack.pop()
        if node.type.startswith("preproc_"):
            stack.extend(reversed(node.named_children))
        else:
            yield node


def members(node: Node, owner: str) -> Iterator[Definition]:
    """What one line of a struct, union or enum defines."""
    if node.type == "enumerator":
        name = text(node.child_by_field_name("name"))
        value = value_of(node.child_by_field_name("value"))
        yield Definition(name, f"{owner}.{name}", "enumerator", line_of(node), end_line_of(node), value=value)
    elif node.type == "field_declaration":
        for declarator in node.children_by_field_name("declarator"):
            name = declared_name(declarator)
            if name:
                definition = Definition(name, f"{owner}.{name}", "member", line_of(declarator), end_line_of(node))
                definition.returns = member_type(node, declarator, name)
                yield definition


def local_names(node: Node) -> Iterator[str]:
    """The names that a declaration inside a function gives to something else than a function."""
    for declarator in node.children_by_field_name("declarator"):
        if function_declarator(declarator) is None:
            yield declared_name(declarator)
