"""What a language module says of one file: definitions, uses of names, and how a use might be resolved.

A use is resolved in two halves. The language module, which sees one file, turns the name into `Steps`, a path
that starts at something certain (a definition of this file, an import, a name at module level) and goes on
through attributes and calls. The resolver, which sees all files, walks that path.
"""

from dataclasses import dataclass, field
from typing import Literal

from forklift.records import Parameter

Step = tuple[str, ...]
Steps = tuple[Step, ...]
"""("name", x) a module-level name; ("seen", i, x, n) a name as seen from inside the i-th definition here (-1: from
file level) and the namespace n; ("def", i) the i-th definition here; ("import", dots, module, name) an import ("" for
no name); ("get", x) attribute x; ("call",) what a call gives; ("of",) an instance; ("class",) itself, which has to be a
class; ("super",) super()."""

Place = tuple[str, int]
"""A definition: the path of its file and its position there."""

UseKind = Literal["call", "inherit", "import", "raise", "catch"]


@dataclass(slots=True)
class Definition:
    """A definition of one file; `parent` is the position of another in the same list."""

    name: str
    qualified_name: str
    kind: str
    line: int
    end_line: int
    doc: str = ""
    signature: str = ""
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    value: str = ""
    parent: int | None = None
    type: Steps = ()  # the class of its value, or of what a call of it returns
    base_steps: tuple[Steps, ...] = ()
    static: bool = False  # C: seen only in its own file
    space: str = ""  # the namespace, package or crate module it is in, dotted
    owner: str = ""  # the type it belongs to, where that is not in this file
    home: Place | None = None  # that type, once found: path and position
    is_test: bool = False  # marked as a test in the source


@dataclass(slots=True)
class Use:
    """A use of a name; `scope` is the position of the innermost definition around it."""

    kind: UseKind
    name: str
    line: int
    scope: int | None = None
    steps: Steps = ()
    arguments: int = -1  # how many a call has, -1 when that is unknown
    is_deferred: bool = False  # in a nameless function inside its scope, which is not called on the spot


@dataclass(slots=True)
class Syntax:
    """All that was read from one file."""

    definitions: list[Definition] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    bindings: dict[str, Steps] = field(default_factory=dict)  # names at module level
    stars: list[Steps] = field(default_factory=list)  # from x import *
    words: set[str] = field(default_factory=set)  # every identifier in the code
    doc: str = ""
    broken: bool = False  # the parser met syntax errors
    timed_out: bool = False  # it took too long, so nothing was read
    package: str = ""  # what the file's definitions are imported by, dotted: Java's package, Go's, PHP's namespace
