"""The definitions of one file: where each stands, what it belongs to, what is said of it."""

import re
from typing import Any

from tree_sitter import Node

from forklift.index.syntax.docs import words_of
from forklift.index.syntax.expressions import chain, instance
from forklift.index.syntax.finds import (
    LONGEST_NAME,
    Found,
    first_field,
    name_node,
    plain_type,
    type_node,
    unwrapped,
    value_node,
)
from forklift.index.syntax.frames import CALLABLES, LOCALS, TYPES, VALUES, Frame, FrameKind, bind
from forklift.index.syntax.grammar import RETURN_FIELDS, Grammar
from forklift.index.syntax.model import Definition, Steps, Syntax
from forklift.index.syntax.tree import Comments, end_line_of, line_of, one_line, text, value_of

BETWEEN = re.compile(
    rb"(?>\s++|export|default|declare|abstract|//[^\n]*+|/\*(?>[^*]++|\*(?!/))*+\*/)*+"
)  # what may stand between a decorator and its definition
DECORATOR = re.compile(r"[@#!\[\s]*([\w.:\\-]+)")
INHERITED = ("prefix", "position", "scope", "space", "owner", "is_test", "is_deferred")
LOCAL_KINDS = VALUES | {"prototype"}  # C++: `A a(b);` in a function looks like a prototype


class Outline:
    """What one sweep knows while it goes over a file: what is open, what was defined."""

    def __init__(self, root: Node, source: bytes, grammar: Grammar) -> None:
        self.root, self.source, self.grammar = root, source, grammar
        self.comments = Comments(source)
        self.syntax = Syntax(broken=root.has_error)
        self.frame = Frame(root.end_byte + 1, "file", names={})
        self.positions: dict[tuple[object, ...], int] = {}
        self.above: dict[int, tuple[int, ...]] = {}  # of a definition: the lines that a comment may stand above
        self.decorators: list[tuple[Node, Frame]] = []  # that wait for their definition
        self.typed: list[tuple[int, Steps, Frame]] = []

    def open(self, found: Found, kind: FrameKind, **values: Any) -> Frame:
        """A new frame inside the present one."""
        outer = self.frame
        inherited = {one: getattr(outer, one) for one in INHERITED}
        self.frame = Frame(found.end, kind, outer, node=found.node.id, **(inherited | values))
        return self.frame

    # definitions

    def definition(self, kind: str, found: Found) -> None:
        if self.frame.node == found.node.id and self.frame.outer is not None:  # the next name in one declaration
            self.frame = self.frame.outer
        self.grammar.parts(found.node, found.parts)
        name = self.name_of(found)
        kind = self.kind_of(self.grammar.classify(kind, found.node, found.parts))
        if name and kind in LOCAL_KINDS and self.frame.is_local():
            said = found.parts.get("type") or found.node.child_by_field_name("type")
            self.bind_local(name, said, value_node(found))
        elif name and self.frame.kind != "hidden":
            one = self.make(kind, name, found)
            self.open_definition(one, self.add(one, found), found)
        elif kind in CALLABLES | TYPES and kind != "prototype":
            self.open(found, "hidden" if kind in TYPES else "block", names={}, is_deferred=kind in CALLABLES)

    def name_of(self, found: Found) -> str:
        name = " ".join(text(name_node(found)).split()).strip("\"'`").lstrip("$:@").removeprefix("\\")
        return "" if len(name) > LONGEST_NAME or name.startswith("[") else name

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
        """Binds the name, notes the type, and opens what is inside."""
        if not one.owner:
            bind(self.frame, one.name, (("def", str(position)),))
        kind = self.frame_kind(one)
        steps = instance(type_node(found), self.grammar)
        if kind == "value" and not steps:
            steps = chain(value_node(found), self.grammar)
        if kind in ("value", "callable") and steps:
            self.typed.append((position, steps, self.frame))
        values: dict[str, object] = {"prefix": one.qualified_name, "position": position, "is_test": one.is_test}
        if kind != "value":
            values |= {"scope": position, "owner": one.owner if kind == "callable" else "", "is_deferred": False}
        opened = self.open(found, kind, **values, names={} if kind in LOCALS else None)
        opened.definition = position
        name, body = name_node(found), found.node.child_by_field_name("body")
        opened.header_end = name.start_byte if name is not None else found.start
        opened.body = body.start_byte if body is not None else 0

    def frame_kind(self, one: Definition) -> FrameKind:
        if one.kind in self.grammar.owners:
            return "type"
        return "callable" if one.kind in CALLABLES else "module" if one.kind in TYPES else "value"

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
        around = self.frame  # of `a.b = function () {...}` the function is what is defined
        is_defined = around.kind == "callable" and around.body == 0 and found.end == around.end
        is_now = is_defined or self.is_called_here(found.node)
        self.open(found, "block", names={}, is_deferred=around.is_deferred or not is_now)

    def is_called_here(self, node: Node) -> bool:
        """Whether a nameless function is called where it is written: (function () {...})(), Go's func() {...}()."""
        around = node.parent
        while around is not None and around.type == "parenthesized_expression":
            node, around = around, around.parent
        field = self.grammar.calls.get(around.type, "") if around is not None else ""
        return bool(field) and around is not None and around.child_by_field_name(field) == node

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
