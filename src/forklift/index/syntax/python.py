"""Python: definitions, docs and uses of one file, read from its tree-sitter tree."""

from dataclasses import replace

import tree_sitter_python
from tree_sitter import Language, Node

from forklift.index.syntax.model import Definition, Steps, Syntax, Use, UseKind
from forklift.index.syntax.python_parts import (
    SINGLE_TARGETS,
    TARGETS,
    annotation,
    bases_of,
    caught_by,
    chain,
    decorator_name,
    docstring,
    function_kind,
    imports_of,
    is_overload,
    module_doc,
    names_exception,
    parameters_of,
    signature_of,
    used_name,
    variable,
    variable_doc,
)
from forklift.index.syntax.scopes import UNKNOWN, Scope, bind, ground
from forklift.index.syntax.tree import Comments, end_line_of, line_of, one_line, parse, text, value_of

GRAMMAR = Language(tree_sitter_python.language())
INITIALISERS = {"__init__", "__new__", "__post_init__"}

Next = list[tuple[Node, Scope]]
"""What to look at after a node, each with the scope it stands in."""


def read(source: bytes) -> Syntax:
    """Reads one Python file. Never raises: what cannot be parsed is left out."""
    root = parse(GRAMMAR, source)
    return _Reader(root, source).run() if root else Syntax(broken=True, timed_out=True)


class _Reader:
    """One walk over one tree: it fills `syntax`, then grounds every use in its scope."""

    def __init__(self, root: Node, source: bytes) -> None:
        self.root = root
        self.comments = Comments(source)
        self.strings: dict[int, Node] = {}  # statements that are only a string, by first line
        self.syntax = Syntax(doc=module_doc(root), broken=root.has_error)
        self.module = Scope("module")
        self.positions: dict[str, int] = {}
        self.pending: list[tuple[Use, Scope]] = []
        self.typed: list[tuple[int, Steps, Scope]] = []

    def run(self) -> Syntax:
        stack: Next = [(self.root, self.module)]
        while stack:
            node, scope = stack.pop()
            handler = HANDLERS.get(node.type)
            following = handler(self, node, scope) if handler else [(child, scope) for child in node.children]
            stack.extend(reversed(following))
        self.finish()
        return self.syntax

    def finish(self) -> None:
        """Names are bound anywhere in their scope, so uses are grounded only after the walk."""
        for use, scope in self.pending:
            use.steps = ground(use.steps, scope)
            if use.kind == "inherit" and use.scope is not None:
                self.syntax.definitions[use.scope].base_steps += (use.steps,)
            self.syntax.uses.append(use)
        for position, steps, scope in self.typed:
            self.syntax.definitions[position].type = ground(steps, scope)
        for one in self.syntax.definitions:
            if one.kind in ("variable", "constant"):
                one.doc = variable_doc(one.line, one.end_line, self.comments, self.strings)
        self.syntax.bindings = self.module.bindings

    # definitions

    def define(self, definition: Definition) -> int:
        """Adds a definition; of several with one name the first stays, of overloads the implementation, of a
        property that an initialiser sets the property."""
        known = self.positions.get(definition.qualified_name)
        if known is None:
            self.positions[definition.qualified_name] = len(self.syntax.definitions)
            self.syntax.definitions.append(definition)
            return len(self.syntax.definitions) - 1
        is_set_too = definition.kind == "property" and self.syntax.definitions[known].kind == "variable"
        if is_set_too or is_overload(self.syntax.definitions[known]):
            self.syntax.definitions[known] = definition
        return known

    def qualified(self, name: str, scope: Scope) -> str:
        if scope.definition is None:
            return name
        return f"{self.syntax.definitions[scope.definition].qualified_name}.{name}"

    def class_definition(self, node: Node, scope: Scope, decorators: tuple[str, ...] = ()) -> Next:
        body = node.child_by_field_name("body")
        name = text(node.child_by_field_name("name"))
        position = self.define(
            Definition(
                name=name,
                qualified_name=self.qualified(name, scope),
                kind="class",
                line=line_of(node),
                end_line=end_line_of(node),
                doc=docstring(body),
                bases=tuple(one_line(base) for base in bases_of(node)),
                decorators=decorators,
                parent=scope.definition,
            )
        )
        bind(scope, name, (("def", str(position)),))
        for base in bases_of(node):
            named = base.child_by_field_name("value") if base.type == "subscript" else base
            self.use("inherit", named, scope, position)
        inside = Scope("class", scope, position, position)
        return [(child, inside if child == body else scope) for child in node.children]

    def function_definition(self, node: Node, scope: Scope, decorators: tuple[str, ...] = ()) -> Next:
        name = text(node.child_by_field_name("name"))
        listed, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
        kind = function_kind(scope.kind == "class", decorators)
        bound = kind in ("method", "property") and "staticmethod" not in decorators
        position = self.define(
            Definition(
                name=name,
                qualified_name=self.qualified(name, scope),
                kind=kind,
                line=line_of(node),
                end_line=end_line_of(node),
                doc=docstring(body),
                signature=signature_of(listed),
                parameters=parameters_of(listed, bound),
                returns=one_line(node.child_by_field_name("return_type")),
                decorators=decorators,
                parent=scope.definition,
            )
        )
        bind(scope, name, (("def", str(position)),))
        self.typed.append((position, annotation(node.child_by_field_name("return_type")), scope))
        inside = Scope("function", scope, position, scope.owner)
        self.bind_parameters(listed, inside, scope, bound, decorators)
        return [(child, inside if child == body else scope) for child in node.children]

    def decorated_definition(self, node: Node, scope: Scope) -> Next:
        expressions = [
            child.named_children[0] for child in node.children if child.type == "decorator" and child.named_children
        ]
        names = tuple(decorator_name(expression) for expression in expressions)
        for expression in expressions:
            if expression.type != "call":
                self.use("call", expression, scope, scope.definition)
        definition = node.child_by_field_name("definition")
        following: Next = [(expression, scope) for expression in expressions]
        if definition is not None and definition.type == "class_definition":
            return following + self.class_definition(definition, scope, names)
        if definition is not None:
            return following + self.function_definition(definition, scope, names)
        return following

    def bind_parameters(
        self, listed: Node | None, inside: Scope, outer: Scope, bound: bool, decorators: tuple[str, ...]
    ) -> None:
        nodes = [child for child in listed.named_children if child.type != "comment"] if listed else []
        for number, node in enumerate(nodes):
            steps = annotation(node.child_by_field_name("type"))
            if number == 0 and bound and outer.owner is not None:
                receiver: Steps = (("def", str(outer.owner)),)
                is_class = "classmethod" in decorators or text(node) == "cls"
                steps = receiver if is_class else (*receiver, ("of",))
            self.bind_targets(node.child_by_field_name("name") or node, inside, steps)

    # names

    def bind_targets(self, node: Node, scope: Scope, steps: Steps = UNKNOWN) -> None:
        """Binds every plain name in an assignment target, a loop variable, a parameter."""
        stack = [node]
        while stack:
            target = stack.pop()
            if target.type == "identifier":
                bind(scope, text(target), steps)
            elif target.child_by_field_name("name") is not None:
                stack.append(target.child_by_field_name("name") or target)
            elif target.type in TARGETS:
                steps = steps if target.type in SINGLE_TARGETS else UNKNOWN
                stack.extend(child for child in target.named_children if child.type != "type")

    def assignment(self, node: Node, scope: Scope) -> Next:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        steps = annotation(node.child_by_field_name("type")) or (chain(right) if right else UNKNOWN)
        if left is None:
            return []
        if scope.kind in ("module", "class"):
            self.define_variables(node, left, scope, steps)
        elif left.type == "attribute":
            self.define_attribute(node, left, scope, steps)
        if scope.kind in ("function", "inner"):
            self.bind_targets(left, scope, steps)
        return [(child, scope) for child in node.children]

    def define_variables(self, node: Node, left: Node, scope: Scope, steps: Steps) -> None:
        targets = [left] if left.type == "identifier" else left.named_children if left.type in TARGETS else []
        for target in targets:
            name = text(target)
            if target.type != "identifier":
                continue
            again = scope.kind == "module" and text(node.child_by_field_name("right")) == name  # a builtin, offered
            if scope.bindings.get(name) or scope.in_loop or again:
                bind(scope, name, UNKNOWN)
                continue
            position = self.define(
                variable(node, name, self.qualified(name, scope), scope.definition, targets == [left])
            )
            bind(scope, name, (("def", str(position)),))
            if targets == [left]:
                self.typed.append((position, steps, scope))

    def type_alias(self, node: Node, scope: Scope) -> Next:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if scope.kind in ("module", "class") and left is not None:
            name = text(left).partition("[")[0]
            position = self.define(
                Definition(
                    name=name,
                    qualified_name=self.qualified(name, scope),
                    kind="typedef",
                    line=line_of(node),
                    end_line=end_line_of(node),
                    value=value_of(right),
                    parent=scope.definition,
                )
            )
            bind(scope, name, (("def", str(position)),))
        return [(child, scope) for child in node.children]

    def define_attribute(self, node: Node, left: Node, scope: Scope, steps: Steps) -> None:
        """`self.x = ...` in an initialiser defines an attribute of the class."""
        receiver, attribute = left.child_by_field_name("object"), left.child_by_field_name("attribute")
        if scope.definition is None or scope.owner is None or receiver is None or text(receiver) != "self":
            return
        around = self.syntax.definitions[scope.definition]
        if around.name not in INITIALISERS or around.parent != scope.owner:
            return
        owner = self.syntax.definitions[scope.owner]
        name = text(attribute)
        new = f"{owner.qualified_name}.{name}" not in self.positions
        position = self.define(variable(node, name, f"{owner.qualified_name}.{name}", scope.owner, True))
        if new:
            self.typed.append((position, steps, scope))

    def bind_loop(self, node: Node, scope: Scope) -> Next:
        left = node.child_by_field_name("left") or node.child_by_field_name("name")
        if left is not None:
            self.bind_targets(left, scope)
        return [(child, scope) for child in node.children]

    def loop(self, node: Node, scope: Scope) -> Next:
        """What a loop outside of functions assigns again and again is no definition."""
        if node.type == "for_statement":
            self.bind_loop(node, scope)
        inside = replace(scope, in_loop=True) if scope.kind in ("module", "class") else scope
        return [(child, inside) for child in node.children]

    def bind_alias(self, node: Node, scope: Scope) -> Next:
        """The target of `with ... as x`, `except ... as x`, `case ... as x`."""
        for child in node.named_children:
            if child.type == "as_pattern_target":
                self.bind_targets(child, scope)
        return [(child, scope) for child in node.children]

    def bind_pattern(self, node: Node, scope: Scope) -> Next:
        for child in node.named_children:
            if child.type == "dotted_name" and child.named_child_count == 1:
                bind(scope, text(child), UNKNOWN)
        return [(child, scope) for child in node.children]

    def declared_elsewhere(self, node: Node, scope: Scope) -> Next:
        scope.elsewhere.update(text(child) for child in node.named_children)
        return []

    def inner_scope(self, node: Node, scope: Scope) -> Next:
        inside = Scope("inner", scope, scope.definition, scope.owner)
        inside.is_deferred = scope.is_deferred or node.type == "lambda"
        listed = node.child_by_field_name("parameters")
        if listed is not None:
            self.bind_targets(listed, inside)
        return [(child, inside) for child in node.children]

    def identifier(self, node: Node, _: Scope) -> Next:
        self.syntax.words.add(text(node))
        return []

    def comment(self, node: Node, _: Scope) -> Next:
        self.comments.add(node)
        return []

    def statement(self, node: Node, scope: Scope) -> Next:
        if node.named_child_count == 1 and node.named_children[0].type in ("string", "concatenated_string"):
            self.strings[line_of(node)] = node
        return [(child, scope) for child in node.children]

    # imports

    def imports(self, node: Node, scope: Scope) -> Next:
        for bound, meaning, written, steps in imports_of(node):
            if bound is None:
                self.syntax.stars.append(steps)
            else:
                bind(scope, bound, meaning)
            self.pending.append((Use("import", written, line_of(node), scope.definition, steps), scope))
        return [(child, scope) for child in node.children]

    # uses

    def use(self, kind: UseKind, node: Node | None, scope: Scope, definition: int | None) -> None:
        steps = chain(node)
        if node is not None and (steps or node.type in ("attribute", "subscript")):
            use = Use(kind, used_name(node), line_of(node), definition, steps, is_deferred=scope.is_deferred)
            self.pending.append((use, scope))

    def call(self, node: Node, scope: Scope) -> Next:
        function = node.child_by_field_name("function")
        if function is not None and not (function.type == "identifier" and text(function) == "super"):
            self.use("call", function, scope, scope.definition)
        return [(child, scope) for child in node.children]

    def raise_statement(self, node: Node, scope: Scope) -> Next:
        raised = node.named_children[0] if node.named_children else None
        if raised is None or raised.type == "comment":
            return []
        called = raised.child_by_field_name("function") if raised.type == "call" else raised
        steps = chain(called)
        if not names_exception(steps, scope):
            return [(child, scope) for child in node.children]
        self.use("raise", called, scope, scope.definition)
        below = raised.children if raised.type == "call" else [raised]
        return [(child, scope) for child in [*below, *node.children[2:]]]

    def except_clause(self, node: Node, scope: Scope) -> Next:
        for caught in caught_by(node):
            if names_exception(chain(caught), scope):
                self.use("catch", caught, scope, scope.definition)
        return [(child, scope) for child in node.children]


HANDLERS = {
    "class_definition": _Reader.class_definition,
    "function_definition": _Reader.function_definition,
    "decorated_definition": _Reader.decorated_definition,
    "assignment": _Reader.assignment,
    "for_statement": _Reader.loop,
    "while_statement": _Reader.loop,
    "comment": _Reader.comment,
    "expression_statement": _Reader.statement,
    "type_alias_statement": _Reader.type_alias,
    "for_in_clause": _Reader.bind_loop,
    "named_expression": _Reader.bind_loop,
    "as_pattern": _Reader.bind_alias,
    "case_pattern": _Reader.bind_pattern,
    "global_statement": _Reader.declared_elsewhere,
    "nonlocal_statement": _Reader.declared_elsewhere,
    "lambda": _Reader.inner_scope,
    "list_comprehension": _Reader.inner_scope,
    "set_comprehension": _Reader.inner_scope,
    "dictionary_comprehension": _Reader.inner_scope,
    "generator_expression": _Reader.inner_scope,
    "identifier": _Reader.identifier,
    "import_statement": _Reader.imports,
    "import_from_statement": _Reader.imports,
    "call": _Reader.call,
    "raise_statement": _Reader.raise_statement,
    "except_clause": _Reader.except_clause,
}
