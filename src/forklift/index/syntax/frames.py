"""What is open at a point of a file, and what names mean there."""

from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from forklift.index.syntax.model import Step, Steps

TYPES = frozenset({"class", "struct", "union", "enum", "interface", "trait", "module", "namespace"})
CALLABLES = frozenset({"function", "method", "property", "prototype", "macro"})
VALUES = frozenset({"variable", "constant", "member", "enumerator", "typedef"})
LOCALS = frozenset({"callable", "block"})
MAX_HOPS = 6

FrameKind = Literal["file", "space", "module", "type", "callable", "block", "hidden", "value"]


@dataclass(slots=True, eq=False)
class Frame:
    """One thing that is open until byte `end`."""

    end: int
    kind: FrameKind
    outer: "Frame | None" = None
    prefix: str = ""  # the qualified name of the definition inside which all this stands
    position: int | None = None  # of that definition
    scope: int | None = None  # of the innermost type or callable: where uses stand
    space: str = ""  # the namespace
    owner: str = ""  # the type that members belong to, where it is defined elsewhere
    extends: bool = False
    is_test: bool = False
    is_deferred: bool = False  # inside a nameless function of the scope, which is not called on the spot
    names: dict[str, Steps] | None = None
    node: int = -1  # id of the node that opened it
    holder: Node | None = None
    held: bool = False  # whether the holder has its definition
    definition: int | None = None  # the definition this frame is the inside of
    header_end: int = 0  # where that definition's name begins
    body: int = 0  # where its body begins

    def is_group(self) -> bool:
        """Whether this is an object without a name of its own."""
        return self.kind == "value" and self.definition is None

    def is_local(self) -> bool:
        """Whether a value that is named here is a function's own."""
        frame: Frame | None = self
        while frame is not None and frame.kind == "value":
            frame = frame.outer
        return frame is not None and frame.kind in LOCALS

    def local_home(self) -> "Frame | None":
        """The innermost function around."""
        frame: Frame | None = self
        while frame is not None and frame.kind not in LOCALS:
            frame = frame.outer
        return frame

    def type_around(self) -> "Frame | None":
        """The innermost type, or the value whose functions these are."""
        frame: Frame | None = self
        while frame is not None and not (frame.kind in ("type", "value", "hidden") or frame.owner):
            frame = frame.outer
        return frame


def bind(frame: Frame, name: str, steps: Steps) -> None:
    """`name` means `steps` from here on inwards. In a function two meanings make it unknown; elsewhere the first
    stays."""
    home: Frame | None = frame
    while home is not None and home.kind not in ("file", "callable", "block"):
        if home.kind in ("type", "hidden", "module") or home.definition is not None:
            return
        home = home.outer
    if home is None:
        return
    home.names = {} if home.names is None else home.names
    known = home.names.get(name)
    if home.kind == "file":
        home.names.setdefault(name, steps)
    else:
        home.names[name] = steps if known is None or known == steps else ()


def ground(steps: Steps, frame: Frame, hops: int = 0) -> Steps:
    """`steps` as seen in `frame`, restated so that they start at something that holds for the whole file. () where
    the name is a local of unknown value."""
    if not steps or hops > MAX_HOPS:
        return ()
    first = steps[0]
    if first[0] in ("self", "parent"):
        return own(frame, first[0], steps[1:])
    if first[0] != "name":
        return steps
    home: Frame | None = frame
    while home is not None:
        if home.names is not None and home.kind in LOCALS and first[1] in home.names:
            known = home.names[first[1]]
            start = ground(known, home, hops + 1) if known[:1] != steps[:1] else ()
            return start + steps[1:] if start else ()
        home = home.outer
    return (seen(first[1], frame), *steps[1:])


def seen(name: str, frame: Frame) -> Step:
    """The step to what `name` means here."""
    return ("seen", str(-1 if frame.scope is None else frame.scope), name, frame.space)


def own(frame: Frame, what: str, rest: Steps) -> Steps:
    """Steps from `this`, `super` or the name a type has for itself."""
    around = frame.type_around()
    if around is None or around.kind == "hidden":
        return ()
    start: Steps
    if around.owner and (around.definition is None or around.kind == "callable"):
        start = (seen(around.owner, frame),)
    elif around.definition is not None:
        start = (("def", str(around.definition)),)
    else:
        return ()
    if what == "parent":
        return (*start, ("super",), *rest)
    if rest[:1] == (("class",),):
        return start + rest[1:]
    return (*start, ("of",), *rest) if around.kind == "type" or around.owner else start + rest
