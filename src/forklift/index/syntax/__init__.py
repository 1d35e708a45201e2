"""One module per language that is read from its syntax tree; ctags reads all the others."""

from collections.abc import Callable

from forklift.index.syntax import c, cpp, csharp, go, java, javascript, php, python, ruby, rust, typescript
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
