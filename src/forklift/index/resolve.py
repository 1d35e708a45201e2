"""Which definition a use means, by walking the steps that the language modules recorded. Only certain hits count."""

from collections import defaultdict
from dataclasses import dataclass

from forklift.index.modules import Modules
from forklift.index.parse import Parsed
from forklift.index.syntax.model import Definition, Steps, Use

MAX_HOPS = 12
HARMLESS = frozenset(
    "object Generic Protocol ABC NamedTuple TypedDict Enum Exception BaseException ValueError TypeError RuntimeError "
    "KeyError LookupError AttributeError OSError IOError NotImplementedError ImportError UnicodeError Warning "
    "UserWarning DeprecationWarning".split()
)

Place = tuple[str, int]
"""A definition: the path of its file and its position there."""


@dataclass(frozen=True, slots=True)
class Value:
    """What steps lead to: a module ("module", name), a definition, an instance of a class, or super() of one."""

    kind: str  # "module", "definition", "instance", "super"
    place: Place


class Resolver:
    """Looks across all files of a repository."""

    def __init__(self, files: list[Parsed]) -> None:
        self.files = {file.path: file for file in files if file.syntax is not None}
        self.modules = Modules(path for path, file in self.files.items() if file.language == "python")
        self.members: dict[Place, dict[str, Place]] = defaultdict(dict)
        self.functions: dict[str, list[Place]] = defaultdict(list)
        self.orders: dict[Place, list[Place | None]] = {}
        for path, file in self.files.items():
            for position, one in enumerate(file.syntax.definitions if file.syntax else ()):
                if one.parent is not None:
                    self.members[path, one.parent].setdefault(one.name, (path, position))
                if file.language == "c" and one.kind in ("function", "macro"):
                    self.functions[one.name].append((path, position))

    def definition(self, place: Place) -> Definition:
        syntax = self.files[place[0]].syntax
        if syntax is None:
            raise KeyError(place)
        return syntax.definitions[place[1]]

    def target(self, path: str, use: Use) -> Place | None:
        """The definition that `use` means, when that is certain."""
        if not use.steps:
            return None
        if self.files[path].language == "c":
            return self.c_function(path, use.steps[0][-1]) if use.kind == "call" else None
        value = self.walk(path, use.steps)
        return value.place if value and value.kind == "definition" else None

    def import_name(self, path: str, use: Use) -> str:
        """The absolute dotted name of an import."""
        step = use.steps[0]
        if self.files[path].language != "python":
            return use.name
        module = self.modules.absolute(path, int(step[1]), step[2])
        return ".".join(part for part in (module, step[3]) if part)

    def c_function(self, path: str, name: str) -> Place | None:
        """The one function or macro of this name; one of the same file goes first."""
        found = self.functions.get(name, [])
        here = [place for place in found if place[0] == path]
        found = here or [place for place in found if not self.is_static(place)]
        return found[0] if len(found) == 1 else None

    def is_static(self, place: Place) -> bool:
        return self.definition(place).static and not place[0].endswith(".h")

    # walking

    def walk(self, path: str, steps: Steps, hops: int = 0) -> Value | None:
        """The value at the end of `steps` as seen from the file `path`; None when anything is uncertain."""
        if not steps or hops > MAX_HOPS:
            return None
        value = self.start(path, steps[0], hops)
        for step in steps[1:]:
            if value is None:
                return None
            value = self.follow(value, step, hops)
        return value

    def start(self, path: str, step: tuple[str, ...], hops: int) -> Value | None:
        if step[0] == "name":
            return self.lookup(path, step[1], hops)
        if step[0] == "def":
            return Value("definition", (path, int(step[1])))
        if step[0] == "import":
            module = self.modules.absolute(path, int(step[1]), step[2])
            return self.imported(path, module, step[3], hops)
        return None

    def imported(self, importer: str, module: str, name: str, hops: int) -> Value | None:
        file = self.modules.file_of(module, importer)
        if not name:
            return Value("module", (file, -1)) if file else self.namespace(module)
        if file is not None:
            found = self.lookup(file, name, hops + 1)
            if found is not None:
                return found
        inner = self.modules.file_of(f"{module}.{name}".lstrip("."), importer)
        return Value("module", (inner, -1)) if inner else None

    def namespace(self, module: str) -> Value | None:
        """A directory without __init__.py that holds modules."""
        return Value("namespace", (module, -1)) if module in self.modules.namespaces else None

    def lookup(self, path: str, name: str, hops: int) -> Value | None:
        """A name at module level of the file `path`, through imports and `from x import *`."""
        file = self.files.get(path)
        if file is None or file.syntax is None or hops > MAX_HOPS:
            return None
        if name in file.syntax.bindings:
            return self.walk(path, file.syntax.bindings[name], hops + 1)
        for star in file.syntax.stars:
            module = self.walk(path, star, hops + 1)
            if module is not None and module.kind == "module" and not name.startswith("_"):
                found = self.lookup(module.place[0], name, hops + 1)
                if found is not None:
                    return found
        return None

    def follow(self, value: Value, step: tuple[str, ...], hops: int) -> Value | None:
        """One step on from `value`."""
        if step[0] == "class":
            is_class = value.kind == "definition" and self.definition(value.place).kind == "class"
            return value if is_class else None
        if value.kind == "definition" and self.definition(value.place).kind in ("variable", "constant", "property"):
            path, _ = value.place
            typed = self.walk(path, self.definition(value.place).type, hops + 1)
            return self.follow(typed, step, hops + 1) if typed and hops < MAX_HOPS else None
        if step[0] == "get":
            return self.attribute(value, step[1], hops)
        if value.kind != "definition":
            return None
        one = self.definition(value.place)
        if one.kind == "class":
            return Value("super" if step[0] == "super" else "instance", value.place)
        if step[0] == "call" and one.kind in ("function", "method"):
            return self.walk(value.place[0], one.type, hops + 1)
        return None

    def attribute(self, value: Value, name: str, hops: int) -> Value | None:
        path, _ = value.place
        if value.kind == "module":
            found = self.lookup(path, name, hops + 1)
            inner = self.modules.file_of(f"{self.modules.name_of.get(path, '')}.{name}", path)
            return found or (Value("module", (inner, -1)) if inner else None)
        if value.kind == "namespace":
            return self.imported("", f"{path}.{name}", "", hops)
        if value.kind == "definition" and self.definition(value.place).kind != "class":
            return None
        place = self.member(value.place, name, skip_own=value.kind == "super")
        return Value("definition", place) if place else None

    # classes

    def member(self, owner: Place, name: str, skip_own: bool) -> Place | None:
        """The member `name` of a class or of its bases, in method resolution order. An unknown base that comes
        first might define it too: then None."""
        for place in self.order(owner)[1 if skip_own else 0 :]:
            if place is None:
                return None
            if name in self.members[place]:
                return self.members[place][name]
        return None

    def order(self, owner: Place) -> list[Place | None]:
        """The class and its bases in method resolution order, None for a base outside the repository."""
        if owner not in self.orders:
            self.orders[owner] = [owner]
            tails = [self.order(base) if base else [None] for base in self.bases(owner)]
            self.orders[owner] = [owner, *merge([list(tail) for tail in tails])]
        return self.orders[owner]

    def bases(self, owner: Place) -> list[Place | None]:
        one = self.definition(owner)
        found: list[Place | None] = []
        for name, steps in zip(one.bases, one.base_steps, strict=False):
            value = self.walk(owner[0], steps)
            if value and value.kind == "definition" and self.definition(value.place).kind == "class":
                found.append(value.place)
            elif name.partition("[")[0].rpartition(".")[2] not in HARMLESS:
                found.append(None)
        return found


def merge(tails: list[list[Place | None]]) -> list[Place | None]:
    """C3 linearisation of the bases' orders; where it does not exist, the plain order."""
    merged: list[Place | None] = []
    while tails := [tail for tail in tails if tail]:
        heads = [tail[0] for tail in tails]
        good = next((head for head in heads if not any(head in tail[1:] for tail in tails)), heads[0])
        merged.append(good)
        tails = [[place for place in tail if place != good] for tail in tails]
    return merged
