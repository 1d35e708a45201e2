"""The parts of Python definitions: docstrings, parameters, bases, annotations, values."""

import ast
import inspect
import re
from collections.abc import Iterator

from tree_sitter import Node

from forklift.index.syntax.model import Definition, Steps
from forklift.index.syntax.scopes import Scope, ground, is_local
from forklift.index.syntax.tree import Comments, end_line_of, is_header, line_of, one_line, text, value_of
from forklift.records import Parameter

DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
LONGEST_CHAIN, LONGEST_ANNOTATION, LONGEST_NAME = 12, 300, 120
TRANSPARENT = {"Optional", "Annotated", "Final", "ClassVar"}
PARAMETERS = {
    "identifier",
    "typed_parameter",
    "default_parameter",
    "typed_default_parameter",
    "list_splat_pattern",
    "dictionary_splat_pattern",
}
TARGETS = {
    "pattern_list",
    "tuple_pattern",
    "list_pattern",
    "list_splat_pattern",
    "dictionary_splat_pattern",
    "typed_parameter",
    "as_pattern_target",
    "lambda_parameters",
    "tuple",
    "list",
}
SINGLE_TARGETS = {"typed_parameter", "as_pattern_target"}


def docstring(body: Node | None) -> str:
    """The cleaned docstring that opens `body` (a block or a module), "" when there is none."""
    for child in body.named_children if body else ():
        if child.type != "comment":
            return string_statement(child)
    return ""


def string_statement(node: Node | None) -> str:
    """The cleaned text of a statement that is only a string, "" for anything else."""
    if node is None or node.type != "expression_statement" or node.named_child_count != 1:
        return ""
    string = node.named_children[0]
    if string.type not in ("string", "concatenated_string"):
        return ""
    try:
        value = ast.literal_eval(text(string))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return inspect.cleandoc(value).strip() if isinstance(value, str) else ""


def module_doc(root: Node) -> str:
    """The module's docstring, or its first comment block that is neither a licence nor a directive."""
    doc = docstring(root)
    if doc or not root.named_children or root.named_children[0].type != "comment":
        return doc
    for block in comment_blocks(root):
        words = comment_text(block)
        if words and not is_header(words):
            return words
    return ""


def comment_blocks(root: Node) -> list[list[Node]]:
    """The blocks of adjacent comment lines before the first statement."""
    blocks: list[list[Node]] = []
    for child in root.named_children:
        if child.type != "comment":
            break
        if blocks and line_of(blocks[-1][-1]) == line_of(child) - 1:
            blocks[-1].append(child)
        else:
            blocks.append([child])
    return blocks


def comment_text(comments: list[Node]) -> str:
    """The words of '#' comments, without the marks."""
    lines = [re.sub(r"^#+:?!? ?", "", text(comment)).rstrip() for comment in comments]
    return "\n".join(lines).strip("-=~# \n\t")


def variable_doc(line: int, end_line: int, comments: Comments, strings: dict[int, Node]) -> str:
    """What the source says of an assigned name: '#' right above, '#' behind it, a string below; else ""."""
    behind = comments.behind.get(end_line)
    for found in (comments.above(line), [behind] if behind else []):
        words = comment_text(found)
        if words and not is_header(words):
            return words
    return string_statement(strings.get(end_line + 1))


def parameters_of(node: Node | None, method: bool) -> tuple[Parameter, ...]:
    """The parameters, '*args' with its star, bare '*' and '/' dropped; of a method without the first."""
    nodes = [child for child in node.named_children if child.type in PARAMETERS] if node else []
    if method and nodes and nodes[0].type in ("identifier", "typed_parameter"):
        nodes = nodes[1:]
    return tuple(parameter(child) for child in nodes)


def parameter(node: Node) -> Parameter:
    """One parameter as written."""
    name = node.child_by_field_name("name")
    if name is None and node.type == "typed_parameter":
        name = node.named_children[0]
    return Parameter(
        name=one_line(name or node),
        annotation=one_line(node.child_by_field_name("type")),
        default=one_line(node.child_by_field_name("value")),
    )


def signature_of(node: Node | None) -> str:
    """The parameter list in one line, without comments."""
    if node is None:
        return ""
    return "(" + ", ".join(one_line(c) for c in node.named_children if c.type != "comment") + ")"


def bases_of(node: Node) -> list[Node]:
    """The base class expressions of a class, keyword arguments such as metaclass left out."""
    listed = node.child_by_field_name("superclasses")
    skipped = ("keyword_argument", "comment", "list_splat", "dictionary_splat")
    return [child for child in listed.named_children if child.type not in skipped] if listed else []


def chain(node: Node | None) -> Steps:
    """The path an expression walks: name, attributes, calls. () for anything else, and for endless chains."""
    steps: list[tuple[str, ...]] = []
    while node is not None and len(steps) < LONGEST_CHAIN:
        if node.type == "identifier":
            return (("name", text(node)), *reversed(steps))
        if node.type == "attribute":
            steps.append(("get", text(node.child_by_field_name("attribute"))))
            node = node.child_by_field_name("object")
        elif node.type == "call":
            function = node.child_by_field_name("function")
            if function is not None and function.type == "identifier" and text(function) == "super":
                return (("super",), *reversed(steps))
            steps.append(("call",))
            node = function
        elif node.type in ("parenthesized_expression", "await") and node.named_child_count == 1:
            node = node.named_children[0]
        else:
            return ()
    return ()


def annotation(node: Node | None) -> Steps:
    """Steps to an instance of what an annotation names: X, "X", X | None, Optional[X]. () for anything else."""
    if node is not None and node.end_byte - node.start_byte > LONGEST_ANNOTATION:
        return ()
    while node is not None and node.type in ("type", "parenthesized_expression") and node.named_child_count:
        node = node.named_children[0]
    if node is None:
        return ()
    if node.type in ("identifier", "attribute"):
        steps = chain(node)
        return (*steps, ("of",)) if steps else ()
    if node.type == "string":
        return quoted(text(node).strip("\"'"))
    if node.type in ("binary_operator", "union_type"):
        sides = [child for child in node.named_children if text(child) != "None"]
        return annotation(sides[0]) if len(sides) == 1 else ()
    if node.type in ("subscript", "generic_type"):
        return optional(node)
    return ()


def optional(node: Node) -> Steps:
    """X of Optional[X] and of other wrappers that change nothing, the class of type[X]; of list[X] nothing."""
    head, *rest = node.named_children
    wrapper = text(head).rpartition(".")[2]
    if wrapper not in TRANSPARENT | {"type", "Type"} or not rest:
        return ()
    inner = rest[0].named_children if rest[0].type == "type_parameter" else rest
    steps = annotation(inner[0]) if inner else ()
    return steps if wrapper in TRANSPARENT or not steps else (*steps[:-1], ("class",))


def quoted(name: str) -> Steps:
    """Steps of an annotation in quotes."""
    name = re.sub(r"\s*\|\s*None$", "", name.strip())
    if not DOTTED.fullmatch(name):
        return ()
    first, *rest = name.split(".")
    return (("name", first), *(("get", part) for part in rest), ("of",))


def function_kind(in_class: bool, decorators: tuple[str, ...]) -> str:
    """method, property or function."""
    if not in_class:
        return "function"
    return "property" if any(name.endswith("property") for name in decorators) else "method"


def is_overload(definition: Definition) -> bool:
    return any(name.rpartition(".")[2] == "overload" for name in definition.decorators)


def decorator_name(node: Node) -> str:
    """A decorator as written, without its arguments."""
    return one_line(node.child_by_field_name("function") if node.type == "call" else node)


def used_name(node: Node) -> str:
    """The name as written, or only its last part where it is long."""
    if node.end_byte - node.start_byte <= LONGEST_NAME:
        return one_line(node)
    return text(node.child_by_field_name("attribute")) or "…"


def variable(node: Node, name: str, qualified_name: str, parent: int | None, single: bool) -> Definition:
    """A constant, variable or attribute; what the source says of it is added after the walk."""
    return Definition(
        name=name,
        qualified_name=qualified_name,
        kind="constant" if name.isupper() else "variable",
        line=line_of(node),
        end_line=end_line_of(node),
        returns=one_line(node.child_by_field_name("type")),
        value=value_of(node.child_by_field_name("right")) if single else "",
        parent=parent,
    )


def caught_by(clause: Node) -> Iterator[Node]:
    """What `except A`, `except (A, B) as error` and `except* A` name, in order."""
    waiting = [child for child in clause.named_children if child.type not in ("block", "comment")]
    while waiting:
        caught = waiting.pop(0)
        if caught.type in ("tuple", "as_pattern", "parenthesized_expression"):
            waiting[:0] = [child for child in caught.named_children if child.type != "as_pattern_target"]
        else:
            yield caught


def names_exception(steps: Steps, scope: Scope) -> bool:
    """Whether what is raised is a class by its looks, not a caught exception or a call that makes one."""
    if not steps or not steps[-1][-1].lstrip("_")[:1].isupper():
        return False
    return len(steps) > 1 or not is_local(steps[0][-1], scope) or bool(ground(steps, scope))


def imports_of(node: Node) -> Iterator[tuple[str | None, Steps, str, Steps]]:
    """What an import binds, None for a star, and what that means; what it imports, as written and as steps."""
    if node.type == "import_statement":
        for child in node.named_children:
            module, alias = name_and_alias(child)
            first = alias or module.partition(".")[0]
            steps: Steps = (("import", "0", module, ""),)
            yield first, steps if alias else (("import", "0", first, ""),), module, steps
        return
    written = text(node.child_by_field_name("module_name"))
    module = written.lstrip(".")
    dots = str(len(written) - len(module))
    for child in node.children_by_field_name("name"):
        name, alias = name_and_alias(child)
        steps = (("import", dots, module, name),)
        yield alias or name, steps, f"{written}.{name}", steps
    if any(child.type == "wildcard_import" for child in node.children):
        steps = (("import", dots, module, ""),)
        yield None, steps, written, steps


def name_and_alias(node: Node) -> tuple[str, str]:
    """What is imported, and what `as` calls it, "" without."""
    if node.type != "aliased_import":
        return text(node), ""
    return text(node.child_by_field_name("name")), text(node.child_by_field_name("alias"))
