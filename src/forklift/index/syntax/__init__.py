"""One module per language that is read from its syntax tree; ctags reads all the others."""

from collections.abc import Callable

from forklift.index.syntax import c, python
from forklift.index.syntax.model import Syntax

READERS: dict[str, Callable[[bytes], Syntax]] = {
    "python": python.read,
    "c": c.read,
}
