"""Definitions, docs and uses of one file in any language that has a `Grammar`.

The grammar's query finds what matters; one sweep over what it found, from the file's beginning to its end, keeps a
stack of what is open at that point, which gives every find its place: parent, scope, and what a name means there.
"""

import re
import time
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node, QueryCursor

from forklift.index.syntax.docs import blocks_of, words_of
from forklift.index.syntax.expressions import chain, dotted, instance, used_name
from forklift.index.syntax.frames import CALLABLES, LOCALS, TYPES, VALUES, Frame, bind, ground
from forklift.index.syntax.grammar import RETURN_FIELDS, VALUE_FIELDS, Grammar, Parts
from forklift.index.syntax.model import Definition, Steps, Syntax, Use, UseKind
from forklift.index.syntax.tree import TIME_LIMIT_S, Comments, end_line_of, line_of, one_line, parse, text, value_of

BETWEEN = re.compile(rb"(\s|export|default|declare|abstract|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
DECORATOR = re.compile(r"[@#!\[\s]*([\w.:\\-]+)")
GENERIC = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
PARTS = {"name", "owner", "parameters", "returns", "value", "type", "target", "declarator"}
LONGEST_NAME = 150
MATCH_LIMIT = 10_000  # matches under way at one time


class Found(NamedTuple):
    """One match of the query."""

    start: int
    end: int
    pattern: int
    what: str
    node: Node
    parts: Parts


def reader(grammar: Grammar) -> "Reader":
    """A function that reads a file of this language."""
    return Reader(grammar)


class Reader:
    """Reads files of one language. Never raises: what cannot be parsed is left out."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar

    def __call__(self, source: bytes) -> Syntax:
        source = self.grammar.prepare(source)
        parsed = best_tree(source, self.grammar)
        finds = search(*parsed, self.grammar) if parsed else None
        if parsed is None or finds is None:
            return Syntax(broken=True, timed_out=True)
        syntax = _Sweep(parsed[0], source, self.grammar).run(finds)
        found = QueryCursor(self.grammar.word_queries[parsed[1]]).captures(parsed[0])
        syntax.words = {text(node) for node in found.get("word", ())}
        return syntax


def best_tree(source: bytes, grammar: Grammar) -> tuple[Node, int] | None:
    """The tree of the first of the grammar's languages that finds no error, else of the first one, with its number."""
    first: tuple[Node, int] | None = None
    for number, language in enumerate(grammar.languages):
        root = parse(language, source)
        if root is not None and not root.has_error:
            return root, number
        first = first or ((root, number) if root is not None else None)
    return first


def search(root: Node, number: int, grammar: Grammar) -> list[Found] | None:
    """What the query finds, in order; of several patterns for one node the first one. None when out of time."""
    deadline = time.monotonic() + TIME_LIMIT_S
    cursor = QueryCursor(grammar.compiled[number], match_limit=MATCH_LIMIT)
    matches: list[tuple[int, dict[str, list[Node]]]] = []
    for child in root.children:  # one by one: the time is looked at in between
        matches += cursor.matches(child)
        if time.monotonic() > deadline:
            return None
    finds = [found for pattern, captures in matches for found in finds_of(pattern, captures)]
    finds.sort(key=lambda found: (found.start, -found.end, found.pattern))
    decided: dict[int, int] = {}
    return [found for found in finds if decided.setdefault(found.node.id, found.pattern) == found.pattern]


def finds_of(pattern: int, captures: dict[str, list[Node]]) -> Iterator[Found]:
    parts = {name: nodes[0] for name, nodes in captures.items() if name in PARTS}
    for what, nodes in captures.items():
        if what not in PARTS and not what.startswith("_"):
            for node in nodes:
                yield Found(node.start_byte, node.end_byte, pattern, what, node, parts)


class _Sweep:
    """One sweep over one file: fills `syntax`, then grounds every use in its scope."""

    def __init__(self, root: Node, source: bytes, grammar: Grammar) -> None:
        self.root, self.source, self.grammar = root, source, grammar
        self.comments = Comments(source)
        self.syntax = Syntax(broken=root.has_error)
        self.frame = Frame(root.end_byte + 1, "file", names={})
        self.positions: dict[tuple[object, ...], int] = {}
        self.above: dict[int, tuple[int, ...]] = {}  # of a definition: the lines that a comment may stand above
        self.decorators: list[tuple[Node, Frame]] = []  # that wait for their definition
        self.pending: list[tuple[Use, Frame]] = []
        self.typed: list[tuple[int, Steps, Frame]] = []
        self.additions: list[tuple[Frame, str, Use]] = []  # bases that @extend adds

    def run(self, finds: list[Found]) -> Syntax:
        for found in finds:
            while found.start >= self.frame.end:
                self.frame = self.frame.outer or self.frame
            what = found.what
            handler = HANDLERS.get(what)
            if handler is not None:
                handler(self, found)
            elif not what.startswith("inner."):
                self.definition(what, found)
            elif self.frame.kind in ("type", "value"):
                self.definition(what.removeprefix("inner."), found)
            elif what == "inner.function":
                self.open(found, "block", names={})
        self.finish()
        return self.syntax

    def open(self, found: Found, kind: str, **values: object) -> Frame:
        """A new frame inside the present one."""
        outer = self.frame
        inherited = {one: getattr(outer, one) for one in ("prefix", "position", "scope", "space", "owner", "is_test")}
        self.frame = Frame(found.end, kind, outer, node=found.node.id, **(inherited | values))  # type: ignore[arg-type]
        return self.frame

    # definitions

    def definition(self, kind: str, found: Found) -> None:
        if self.frame.node == found.node.id and self.frame.outer is not None:  # the next name in one declaration
            self.frame = self.frame.outer
        self.grammar.parts(found.node, found.parts)
        name = self.name_of(found)
        kind = self.kind_of(self.grammar.classify(kind, found.node, found.parts))
        local = self.frame.is_local()
        if not name or self.frame.kind == "hidden" or (local and kind in VALUES | {"prototype"}):
            if local and kind in VALUES | {"prototype"} and name:  # C++: `A a(b);` looks like a prototype
                kind_node, value = found.parts.get("type") or found.node.child_by_field_name("type"), value_node(found)
                self.bind_local(name, kind_node, value)
            if kind in CALLABLES | TYPES and kind != "prototype":
                self.open(found, "hidden" if kind in TYPES else "block", names={})
            return
        one = self.make(kind, name, found)
        position = self.add(one, found)
        self.open_definition(one, position, found)

    def name_of(self, found: Found) -> str:
        node = found.parts.get("name") or found.node.child_by_field_name("name")
        name = " ".join(text(node).split()).strip("\"'`").lstrip("$:@").removeprefix("\\")
        return "" if len(name) > LONGEST_NAME or name.startswith("[") or not name else name

    def kind_of(self, kind: str) -> str:
        """A function of a type or of an object is a method."""
        frame = self.frame
        if kind == "function" and frame.kind in ("type", "value") and not frame.is_group():
            return "method"
        if kind == "variable" and frame.kind == "type":
            return "member"
        return kind

    def make(self, kind: str, name: str, found: Found) -> Definition:
        node, parts, frame = found.node, found.parts, self.frame
        owner, prefix = self.owner_of(found)
        listed = parts.get("parameters") or node.child_by_field_name("parameters")
        returns = parts.get("returns") or first_field(node, RETURN_FIELDS)
        kind = "method" if kind == "function" and owner else kind
        is_value = kind in VALUES
        one = Definition(
            name=name,
            qualified_name=f"{prefix}{name}",
            kind=kind,
            line=self.first_line(node),
            end_line=max(end_line_of(node), end_line_of(parts["value"]) if "value" in parts else 0),
            signature=one_line(listed) if listed is not None and not is_value else "",
            parameters=tuple(self.grammar.parameters(listed)) if listed is not None and not is_value else (),
            returns="" if kind in TYPES or kind == "typedef" else one_line(returns).removeprefix(":").strip(),
            value=value_of(value_node(found)) if is_value or kind == "macro" else "",
            parent=frame.position,
            space=frame.space,
            owner=owner,
            is_test=frame.is_test,
        )
        self.decorate(one, found)
        self.grammar.refine(one, node)
        return one

    def owner_of(self, found: Found) -> tuple[str, str]:
        """The type that a definition says it belongs to, and the prefix of its qualified name."""
        inner = f"{self.frame.prefix}." if self.frame.prefix else ""
        written = found.parts.get("owner")
        if written is None or found.what in ("extend", "space", "package"):
            return self.frame.owner if self.frame.extends else "", inner
        said = text(written)
        name = found.parts.get("name")
        if name is not None and name.end_byte <= written.end_byte:  # A::b as a whole
            said = (written.text or b"")[: max(name.start_byte - written.start_byte, 0)].decode("utf-8", "replace")
        owner = plain_type(said)
        return owner, f"{inner}{owner}." if owner else inner

    def add(self, one: Definition, found: Found) -> int:
        """Adds a definition; of several with one name the first stays, unless they are overloads."""
        group = "type" if one.kind in TYPES | {"typedef"} else "callable" if one.kind in CALLABLES else "value"
        sort = tuple(parameter.annotation for parameter in one.parameters) if self.grammar.overloads else ()
        extension = self.frame.end if self.frame.extends else 0
        key = (one.space, one.qualified_name, group, sort, extension)
        known = self.positions.get(key)
        if known is None:
            self.positions[key] = known = len(self.syntax.definitions)
            self.syntax.definitions.append(one)
            self.above[known] = self.lines_above(one, found)
        elif self.syntax.definitions[known].kind == "prototype" and one.kind != "prototype":
            one.doc = self.doc_of(self.syntax.definitions[known], self.above[known])
            self.syntax.definitions[known] = one
            self.above[known] = (*self.lines_above(one, found), *self.above[known])
        return known

    def open_definition(self, one: Definition, position: int, found: Found) -> None:
        frame, named = self.frame, (("def", str(position)),)
        if not one.owner:
            bind(frame, one.name, named)
        kind = "type" if one.kind in self.grammar.owners else "callable" if one.kind in CALLABLES else "value"
        kind = "module" if kind == "value" and one.kind in TYPES else kind
        type_node = found.parts.get("type") or found.parts.get("returns") or first_field(found.node, RETURN_FIELDS)
        steps = instance(unwrapped(type_node), self.grammar)
        if kind == "value" and not steps:
            steps = chain(value_node(found), self.grammar)
        if kind in ("value", "callable") and steps:
            self.typed.append((position, steps, frame))
        values: dict[str, object] = {"prefix": one.qualified_name, "position": position, "is_test": one.is_test}
        if kind != "value":
            values |= {"scope": position, "owner": ""}
        if kind in LOCALS:
            values["names"] = {}
        name_node = found.parts.get("name") or found.node.child_by_field_name("name")
        opened = self.open(found, kind, **values)
        opened.header_end = name_node.start_byte if name_node is not None else found.start
        opened.definition = position
        body = found.node.child_by_field_name("body")
        opened.body = body.start_byte if body is not None else 0
        if kind == "callable" and one.owner:
            opened.owner = one.owner

    def extend(self, found: Found) -> None:
        """Members of a type that is defined elsewhere, here or in another file."""
        self.grammar.parts(found.node, found.parts)
        written = found.parts.get("owner")
        owner = plain_type(text(written)) if written is not None else ""
        prefix = f"{self.frame.prefix}.{owner}".strip(".")
        test = self.marked(found)
        self.open(found, "type", prefix=prefix, owner=owner, extends=True, is_test=self.frame.is_test or test)

    def space(self, found: Found) -> None:
        """A namespace: its block, or all that follows where it has none."""
        name = plain_type(self.name_of(found))
        space = f"{self.frame.space}.{name}".strip(".")
        has_body = found.node.child_by_field_name("body") is not None
        if found.what == "package":
            self.syntax.package = self.syntax.package or space
        elif name:
            one = Definition(name.rpartition(".")[2], name, "namespace", line_of(found.node), end_line_of(found.node))
            one.space = space.removesuffix(name).strip(".")
            self.add(one, found)
        if has_body:
            self.open(found, "space", space=space)
        else:
            file = self.frame
            while file.outer is not None:
                file = file.outer
            file.space = space

    def attribute(self, found: Found) -> None:
        """`this.x = ...` in an initialiser defines a member of the type around it."""
        function = self.frame
        while function.kind == "block" and function.outer is not None:
            function = function.outer
        around = function.outer
        name = self.name_of(found)
        if function.definition is None or around is None or around.kind != "type" or not name:
            return
        if self.syntax.definitions[function.definition].name in self.grammar.initialisers:
            inside, self.frame = self.frame, around
            known = (around.space, f"{around.prefix}.{name}", "value", (), around.end if around.extends else 0)
            if known not in self.positions:
                position = self.add(self.make("member", name, found), found)
                steps = instance(found.parts.get("type"), self.grammar)
                self.typed.append((position, steps or chain(found.parts.get("value"), self.grammar), inside))
            self.frame = inside
        if "type" in found.parts:
            self.bind_local(text(found.parts["name"]), found.parts["type"], None)

    def bind_local(self, name: str, kind: Node | None, value: Node | None) -> None:
        home = self.frame.local_home()
        if home is not None:
            bind(home, name, instance(unwrapped(kind), self.grammar) or chain(value, self.grammar))

    def local(self, found: Found) -> None:
        self.grammar.parts(found.node, found.parts)
        name = one_line(found.parts.get("name") or found.node)
        if name and len(name) <= LONGEST_NAME:
            self.bind_local(name, found.parts.get("type"), found.parts.get("value"))

    def alias(self, found: Found) -> None:
        bind(self.frame, text(found.node), (("name", self.name_of(found)),))

    def block(self, found: Found) -> None:
        self.open(found, "block", names={})

    def group(self, found: Found) -> None:
        self.open(found, "value")

    def hidden(self, found: Found) -> None:
        self.open(found, "hidden", names={})

    def holder(self, found: Found) -> None:
        outer = self.frame
        kept = {one: getattr(outer, one) for one in ("names", "extends", "definition", "header_end")}
        self.open(found, outer.kind, holder=found.node, **kept)

    # what stands around a definition

    def decorator(self, found: Found) -> None:
        frame = self.frame
        if frame.definition is not None and found.start < frame.header_end:
            self.mark(self.syntax.definitions[frame.definition], found.node)
            frame.is_test = self.syntax.definitions[frame.definition].is_test
        else:
            self.decorators.append((found.node, frame))

    def mark(self, one: Definition, node: Node) -> None:
        written = text(node)
        name = DECORATOR.match(written)
        one.decorators += (name[1],) if name else ()
        one.is_test = one.is_test or bool(re.search(self.grammar.test_marks, written))

    def waiting(self, found: Found) -> list[Node]:
        """The decorators right before a definition."""
        mine: list[Node] = []
        start = found.start
        while self.decorators:
            node, frame = self.decorators.pop()
            if frame is not self.frame or not BETWEEN.fullmatch(self.source[node.end_byte : start][:2000]):
                break
            mine.append(node)
            start = node.start_byte
        self.decorators.clear()
        return mine[::-1]

    def marked(self, found: Found) -> bool:
        return any(re.search(self.grammar.test_marks, text(node)) for node in self.waiting(found))

    def decorate(self, one: Definition, found: Found) -> None:
        found.parts["_first"] = found.node
        for node in self.waiting(found):
            self.mark(one, node)
            if found.parts["_first"] is found.node:
                found.parts["_first"] = node

    def first_line(self, node: Node) -> int:
        """The first line of a definition, annotations left out."""
        if self.frame.holder is not None and not self.frame.held:
            node = self.frame.holder
        for child in node.children:
            if child.type in self.grammar.own_prefix:
                inner = [one for one in child.children if one.type not in self.grammar.own_prefix]
                if child.type == "modifiers" and inner:
                    return line_of(inner[0])
                continue
            return line_of(child) if not child.is_extra else line_of(node)
        return line_of(node)

    def lines_above(self, one: Definition, found: Found) -> tuple[int, ...]:
        """The lines that the comment of a definition may end above, likeliest first."""
        first = [line_of(found.node), line_of(found.parts.get("_first", found.node)), one.line]
        if self.frame.holder is not None and not self.frame.held:
            first.append(line_of(self.frame.holder))
            self.frame.held = True
        return tuple(dict.fromkeys(first))

    def doc_of(self, one: Definition, lines: tuple[int, ...]) -> str:
        """The comment above; of a value also the one behind it. What begins on its parent's line has none."""
        if one.parent is not None and self.syntax.definitions[one.parent].line == one.line:
            return ""
        for line in lines:
            words = words_of(self.comments.above(line, apart=True))
            if words:
                return words
        behind = self.comments.behind.get(one.end_line)
        return words_of([behind]) if behind is not None and one.kind in VALUES else ""

    # uses

    def base(self, found: Found) -> None:
        frame = self.frame
        while frame.kind not in ("type", "module") and frame.outer is not None:
            frame = frame.outer
        name = one_line(found.node)
        if frame.kind == "file" or not name:
            return
        use = Use("inherit", bare_type(name), line_of(found.node), frame.definition)
        use.steps = chain(unwrapped(found.node), self.grammar)
        if frame.extends:
            self.additions.append((frame, name, use))
        elif frame.definition is not None:
            one = self.syntax.definitions[frame.definition]
            if name not in one.bases:
                one.bases += (name,)
                inside = 0 < frame.body <= found.start
                self.pending.append((use, frame if inside else frame.outer or frame))

    def call(self, found: Found) -> None:
        self.use("call", found)

    def raised(self, found: Found) -> None:
        self.use("raise", found)

    def use(self, kind: UseKind, found: Found) -> None:
        node, grammar = found.node, self.grammar
        target = found.parts.get("target")
        if target is not None:
            steps, name = chain(target, grammar), used_name(target, target)
        elif node.type in grammar.calls:
            steps, name = chain(node, grammar)[:-1], used_name(node, callee_of(node, grammar))
        else:
            steps, name = chain(node, grammar), used_name(node, node)
        name = re.sub(r"^(new|raise|throw) +", "", name)
        if not name or name in grammar.this | grammar.parent:
            return
        listed = node.child_by_field_name("arguments")
        count = sum(not one.is_extra for one in listed.named_children) if listed is not None else -1
        self.pending.append((Use(kind, name, line_of(node), self.frame.scope, steps, count), self.frame))

    def imported(self, found: Found) -> None:
        for one in self.grammar.imports(found.node):
            if one.alias:
                bind(self.frame, one.alias, one.steps)
            if one.star:
                self.syntax.stars.append(one.steps)
            if one.name:
                use = Use("import", one.name, line_of(found.node), self.frame.scope, one.steps)
                self.pending.append((use, self.frame))

    def none(self, _: Found) -> None:
        """Nothing: the pattern only kept others off its node."""

    def comment(self, found: Found) -> None:
        self.comments.add(found.node)

    # the end

    def finish(self) -> None:
        """Names are bound anywhere in their scope, so uses are grounded only after the sweep."""
        while self.frame.outer is not None:
            self.frame = self.frame.outer
        self.extend_types()
        for use, frame in self.pending:
            use.steps = ground(use.steps, frame)
            if use.kind == "inherit" and use.scope is not None:
                self.syntax.definitions[use.scope].base_steps += (use.steps,)
            self.syntax.uses.append(use)
        for position, steps, frame in self.typed:
            self.syntax.definitions[position].type = ground(steps, frame)
        for position, one in enumerate(self.syntax.definitions):
            one.doc = one.doc or self.doc_of(one, self.above[position])
        self.syntax.bindings = self.frame.names or {}
        self.syntax.doc = self.file_doc()

    def extend_types(self) -> None:
        """Members and bases that stand apart from their type join it where it is in this file."""
        types = {
            (one.space, one.qualified_name): position
            for position, one in reversed(list(enumerate(self.syntax.definitions)))
            if one.kind in TYPES | VALUES | {"function"} and one.kind != "namespace"
        }
        for one in self.syntax.definitions:
            outer = one.qualified_name.rpartition(".")[0]
            if one.owner and (one.space, outer) in types:
                one.parent, one.owner = types[one.space, outer], ""
        for frame, name, use in self.additions:
            position = types.get((frame.space, frame.prefix))
            if position is not None and name not in self.syntax.definitions[position].bases:
                self.syntax.definitions[position].bases += (name,)
                use.scope = position
                self.pending.append((use, frame.outer or frame))

    def file_doc(self) -> str:
        """The first comment before any code that is no licence and does not belong to a definition."""
        taken = {line for lines in self.above.values() for line in lines}
        leading = []
        for child in self.root.children:
            if not child.is_extra and child.type not in ("php_tag", "package_clause"):
                break
            leading += [child] if child.is_extra else []
        for block in blocks_of(leading):
            words = words_of(block)
            if words and end_line_of(block[-1]) + 1 not in taken:
                return words
        return ""


def first_field(node: Node, fields: tuple[str, ...]) -> Node | None:
    return next(filter(None, (node.child_by_field_name(one) for one in fields)), None)


def value_node(found: Found) -> Node | None:
    return found.parts.get("value") or first_field(found.node, VALUE_FIELDS)


def callee_of(node: Node, grammar: Grammar) -> Node | None:
    """The node that a call's name ends with."""
    field = grammar.calls[node.type] or grammar.access[node.type][1]
    return node.child_by_field_name(field) or next(iter(node.named_children), None)


def unwrapped(node: Node | None) -> Node | None:
    """The type inside `: T`."""
    while node is not None and node.type in ("type_annotation", "type_descriptor") and node.named_child_count:
        node = node.named_children[0]
    return node


def plain_type(written: str) -> str:
    """The dotted name of a type, without its parameters and pointers."""
    name, before = written, ""
    while name != before:
        name, before = GENERIC.sub("", name), name
    return dotted("".join(name.replace("&", " ").replace("*", " ").split())).removesuffix(".prototype")


def bare_type(name: str) -> str:
    """A type as written, without its parameters."""
    return GENERIC.sub("", name).partition("<")[0].partition("(")[0].strip()


HANDLERS = {
    "extend": _Sweep.extend,
    "space": _Sweep.space,
    "package": _Sweep.space,
    "attribute": _Sweep.attribute,
    "local": _Sweep.local,
    "alias": _Sweep.alias,
    "block": _Sweep.block,
    "group": _Sweep.group,
    "hidden": _Sweep.hidden,
    "holder": _Sweep.holder,
    "decorator": _Sweep.decorator,
    "base": _Sweep.base,
    "call": _Sweep.call,
    "raise": _Sweep.raised,
    "import": _Sweep.imported,
    "none": _Sweep.none,
    "comment": _Sweep.comment,
}
