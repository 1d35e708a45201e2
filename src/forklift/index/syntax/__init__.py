"""One module per language that is read from its syntax tree; ctags reads all the others.

Python and C have readers of their own; the others are a `Grammar` each, read by `generic`. How to add one: `grammar`.
"""

from collections.abc import Callable

from forklift.index.syntax import c, cpp, csharp, go, java, javascript, php, python, ruby, rust, typescript
from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar
from forklift.index.syntax.model import Syntax

READERS: dict[str, Callable[[bytes], Syntax]] = {
    "python": python.read,
    "c": c.read,
    "c++": cpp.read,
    "c#": csharp.read,
    "go": go.read,
    "java": java.read,
    "javascript": javascript.read,
    "php": php.read,
    "ruby": ruby.read,
    "rust": rust.read,
    "typescript": typescript.read,
}
GRAMMARS: dict[str, Grammar] = {name: read.grammar for name, read in READERS.items() if isinstance(read, Reader)}
