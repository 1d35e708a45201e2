"""Definitions, docs and uses of one file in any language that has a `Grammar`.

The grammar's query finds what matters; one sweep over what it found, from the file's beginning to its end, keeps a
stack of what is open at that point, which gives every find its place: parent, scope, and what a name means there.
"""

import re
from collections import defaultdict

from tree_sitter import Node

from forklift.index.syntax.docs import blocks_of, words_of
from forklift.index.syntax.expressions import chain, used_name
from forklift.index.syntax.finds import Found, bare_type, best_tree, callee_of, search, shallow, unwrapped
from forklift.index.syntax.frames import TYPES, VALUES, Frame, bind, ground
from forklift.index.syntax.grammar import Grammar
from forklift.index.syntax.model import Steps, Syntax, Use, UseKind
from forklift.index.syntax.outline import Outline
from forklift.index.syntax.tree import end_line_of, line_of, one_line, text


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
        words = shallow(self.grammar.word_queries[parsed[1]])
        for child in parsed[0].children:
            syntax.words.update(text(node) for node in words.captures(child).get("word", ()))
        return syntax


class _Sweep(Outline):
    """One sweep over one file: its definitions, then its uses, grounded in their scopes."""

    def __init__(self, root: Node, source: bytes, grammar: Grammar) -> None:
        super().__init__(root, source, grammar)
        self.pending: list[tuple[Use, Frame]] = []
        self.additions: list[tuple[Frame, str, Use]] = []  # bases that @extend adds
        self.exports: dict[str, set[Steps]] = defaultdict(set)  # what each name means to others

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
                self.open(found, "block", names={}, is_deferred=True)
        self.finish()
        return self.syntax

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

    def caught(self, found: Found) -> None:
        self.use("catch", found)

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
        use = Use(kind, name, line_of(node), self.frame.scope, steps, count, self.frame.is_deferred)
        self.pending.append((use, self.frame))

    def imported(self, found: Found) -> None:
        for one in self.grammar.imports(found.node):
            if one.is_export:
                self.exports[one.alias].add(() if self.frame.local_home() else one.steps)
            elif one.alias:
                bind(self.frame, one.alias, one.steps)
            if one.star and self.frame.kind != "module":  # of a module inside the file, only that sees them
                self.syntax.stars.append(one.steps)
            if one.name:
                use = Use("import", one.name, line_of(found.node), self.frame.scope, one.steps)
                self.pending.append((use, self.frame))

    def exported(self, found: Found) -> None:
        """`exports.x = function () {...}`, where another definition may have the name already."""
        inside, position = self.frame, self.frame.definition
        if inside.outer is not None and position is not None:
            is_own = self.syntax.definitions[position].line == line_of(found.node) and not inside.outer.local_home()
            name = text(found.node.child_by_field_name("property"))
            self.exports[name].add((("def", str(position)),) if is_own else ())

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
        self.bind_exports(self.syntax.bindings)
        self.syntax.doc = self.file_doc()

    def bind_exports(self, names: dict[str, Steps]) -> None:
        """A name that others know means nothing certain where it has another meaning as well, here or for others."""
        for name, meanings in self.exports.items():
            known = names.get(name)
            found = {known if steps == (("name", name),) else steps for steps in meanings} | {known}
            certain = found - {None}
            names |= {name: certain.pop() or () if len(certain) == 1 else ()} if certain else {}

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
            elif position is None:  # of a type in another file: somebody has this base
                use.scope = None
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
    "catch": _Sweep.caught,
    "import": _Sweep.imported,
    "exported": _Sweep.exported,
    "none": _Sweep.none,
    "comment": _Sweep.comment,
}
