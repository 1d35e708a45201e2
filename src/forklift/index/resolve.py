"""Which definition a use means, by walking the steps that the language modules recorded. Only certain hits count."""

import re
from collections import defaultdict
from dataclasses import dataclass

from forklift.index.modules import Modules
from forklift.index.parse import Parsed
from forklift.index.settle import TYPES, outwards, settle
from forklift.index.spaces import Units, family
from forklift.index.syntax import GRAMMARS
from forklift.index.syntax.model import Definition, Place, Step, Steps, Use
from forklift.records import Parameter

MAX_HOPS = 12
# bases that add no names a program would call by themselves
HARMLESS = frozenset(
    "object Generic Protocol ABC NamedTuple TypedDict Enum Exception BaseException ValueError TypeError RuntimeError "
    "KeyError LookupError AttributeError OSError IOError NotImplementedError ImportError UnicodeError Warning "
    "UserWarning DeprecationWarning Object Comparable Serializable Cloneable Runnable AutoCloseable Closeable "
    "RuntimeException IllegalStateException IDisposable IEquatable IComparable Attribute StandardError Error".split()
)
TYPED = frozenset({"variable", "constant", "property", "member", "typedef"})
CALLED = frozenset({"function", "method", "property", "prototype"})
WHOLE = ("default", "module.exports")  # what a JavaScript module exports as a whole


@dataclass(frozen=True, slots=True)
class Value:
    """What steps lead to: a module ("module", path), a namespace or package ("space", name), a definition, an
    instance of a type, or super() of one."""

    kind: str  # "module", "namespace", "space", "definition", "instance", "super"
    place: Place


class Resolver:
    """Looks across all files of a repository."""

    def __init__(self, files: list[Parsed]) -> None:
        self.files = {file.path: file for file in files if file.syntax is not None}
        self.modules = Modules(path for path, file in self.files.items() if file.language == "python")
        self.units = Units(files)
        self.same = settle(files, self.units)
        self.units.fill(files)
        self.members: dict[Place, dict[str, Place]] = defaultdict(dict)
        self.overloads: dict[tuple[Place | str, str], list[Place]] = defaultdict(list)
        self.parts: dict[Place, list[Place]] = defaultdict(list)
        self.functions: dict[str, list[Place]] = defaultdict(list)
        self.orders: dict[Place, list[Place | None]] = {}
        for place, whole in self.same.items():
            self.parts[whole].append(place)
        for path, file in self.files.items():
            for position, one in enumerate(file.syntax.definitions if file.syntax else ()):
                self.enter(file, (path, position), one)

    def enter(self, file: Parsed, place: Place, one: Definition) -> None:
        """Notes a definition where lookups find it."""
        parent = self.parent(place)
        if parent is not None:
            self.members[parent].setdefault(one.name, self.whole(place))
        if file.language == "c" and one.kind in ("function", "macro"):
            self.functions[one.name].append(place)
        if one.kind in CALLED and place not in self.same:
            self.overloads[parent or file.path, one.qualified_name].append(place)

    def whole(self, place: Place) -> Place:
        """The definition that stands for all parts of one thing."""
        return self.same.get(place, place)

    def parent(self, place: Place) -> Place | None:
        """What a definition is a member of, in whichever file."""
        one = self.definition(place)
        if one.home is not None:
            return self.whole(one.home)
        return None if one.parent is None else self.whole((place[0], one.parent))

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
        if value is None or value.kind != "definition":
            return None
        return self.overload(value.place, use.arguments)

    def overload(self, place: Place, arguments: int) -> Place | None:
        """Of several functions with one name the one that takes so many arguments, when there is just one."""
        one = self.definition(place)
        if one.kind not in CALLED or self.files[place[0]].language == "python":
            return place
        alike = self.overloads[self.parent(place) or place[0], one.qualified_name]
        if len(alike) < 2:
            return place
        fitting = [each for each in alike if takes(self.definition(each), arguments)]
        return fitting[0] if len(fitting) == 1 else None

    def import_name(self, path: str, use: Use) -> str:
        """The absolute dotted name of an import."""
        if self.files[path].language != "python":
            return use.name
        step = use.steps[0]
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
            value = self.follow(value, step, hops, family(self.files[path]))
        return value

    def start(self, path: str, step: Step, hops: int) -> Value | None:
        if step[0] == "name":
            return self.lookup(path, step[1], hops)
        if step[0] == "seen":
            return self.seen(path, step, hops)
        if step[0] == "def":
            return Value("definition", self.whole((path, int(step[1]))))
        if step[0] == "import" and self.files[path].language != "python":
            return self.linked(path, step[2], step[3], hops)
        if step[0] == "import":
            module = self.modules.absolute(path, int(step[1]), step[2])
            return self.imported(path, module, step[3], hops)
        return None

    # languages with a grammar

    def seen(self, path: str, step: Step, hops: int) -> Value | None:
        """A name as seen from inside a definition: its own members and those of what is around it where the language
        looks there, then the file's names, then those of its package or namespace."""
        file = self.files[path]
        _, position, name, space = step
        place: Place | None = (path, int(position)) if position != "-1" else None
        unit = self.units.of(file, None) if file.language in ("go", "rust") else space
        grammar = GRAMMARS.get(file.language)
        bare, certain = grammar is not None and grammar.members_bare, True
        while place is not None and hops <= MAX_HOPS:
            one = self.definition(place)
            if one.kind == "module" or (one.kind in TYPES and bare):
                found = self.member(self.whole(place), name, skip_own=False)
                if found is not None:
                    return self.sure(Value("definition", self.type_of_constructor(found)), certain)
                certain = certain and None not in self.order(self.whole(place))
            place = self.parent(place)
        found_here = self.lookup(path, name, hops)
        return self.sure(found_here or self.in_units(file, unit, name), certain)

    def type_of_constructor(self, place: Place) -> Place:
        """The type, for a constructor that has its name; else the place itself."""
        parent = self.parent(place)
        same = parent is not None and self.definition(parent).name == self.definition(place).name
        return parent if parent is not None and same else place

    def sure(self, value: Value | None, certain: bool) -> Value | None:
        """Where an unknown base could have the name too, only a type or a namespace counts."""
        if certain or value is None or value.kind != "definition":
            return value
        return value if self.definition(value.place).kind in TYPES else None

    def in_units(self, file: Parsed, unit: str, name: str) -> Value | None:
        """A name in the file's own package or namespace, and in those around it where the language looks there."""
        kind = family(file)
        if kind == "rust":
            return self.in_crate(file, name, 0)
        if kind == "php":
            name = name.replace("\\", ".")
            if name.startswith("."):
                return self.globally(kind, name[1:])
        grammar = GRAMMARS.get(file.language)
        if grammar is None or grammar.shared == "file":
            return None
        names = outwards(unit, name) if grammar.shared == "outwards" else (f"{unit}.{name}".lstrip("."),)
        return next(filter(None, (self.globally(kind, full) for full in names)), None)

    def globally(self, kind: str, dotted: str) -> Value | None:
        """The one definition, or the namespace, of this full name; also a member of a type: "a.Outer.Inner"."""
        found = {self.whole(place) for place in self.units.named.get((kind, dotted), ())}
        if len(found) > 1:
            keys = {(place[0], self.definition(place).qualified_name) for place in found}
            return Value("definition", min(found)) if len(keys) == 1 else None  # overloads of one name
        if found:
            return Value("definition", found.pop())
        return Value("space", (dotted, -1)) if (kind, dotted) in self.units.known else None

    def linked(self, path: str, module: str, name: str, hops: int) -> Value | None:
        """What an import means in the languages with a grammar."""
        file = self.files[path]
        kind = family(file)
        if kind == "js":
            target = self.units.js_file(path, module)
            if not target or not name:
                return Value("module", (target, -1)) if target else None
            found = self.lookup(target, name, hops + 1)
            if found is None and name in WHOLE:
                found = next(filter(None, (self.lookup(target, other, hops + 1) for other in WHOLE)), None)
            return found or (Value("module", (target, -1)) if name == WHOLE[1] else None)
        if kind == "go":
            unit = self.units.go_package(module)
            return Value("space", (unit, -1)) if unit else None
        if kind == "rust":
            return self.in_crate(file, module, hops)
        return self.globally(kind, module.replace("\\", ".").replace("::", "."))

    def in_crate(self, file: Parsed, path: str, hops: int) -> Value | None:
        """What a Rust path means: a definition, a module, or what a module passes on with `pub use`."""
        dotted = self.units.crate_path(file, path)
        found = self.globally("rust", dotted)
        owner, _, name = dotted.rpartition(".")
        module = self.units.module_files.get(owner)
        if found is None and module is not None and module != file.path:
            return self.lookup(module, name, hops + 1)
        return found

    # Python

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
        if "\\" in name:
            return self.qualified(path, name, hops)
        file = self.files.get(path)
        if file is None or file.syntax is None or hops > MAX_HOPS:
            return None
        if name in file.syntax.bindings:
            return self.walk(path, file.syntax.bindings[name], hops + 1)
        for star in file.syntax.stars:
            module = self.walk(path, star, hops + 1)
            if module is not None and module.kind in ("space", "definition"):
                inner = self.attribute(module, name, hops + 1, family(file))
                if inner is not None:
                    return inner
            elif module is not None and module.kind == "module" and not name.startswith("_"):
                found = self.lookup(module.place[0], name, hops + 1)
                if found is not None:
                    return found
        return None

    def qualified(self, path: str, name: str, hops: int) -> Value | None:
        """PHP's A\\B, where A may be imported."""
        first, _, rest = name.partition("\\")
        if not first:
            return self.globally("php", rest.replace("\\", "."))
        value = self.lookup(path, first, hops + 1)
        for part in rest.split("\\"):
            value = self.attribute(value, part, hops + 1, "php") if value else None
        return value

    def follow(self, value: Value, step: Step, hops: int, kind: str) -> Value | None:
        """One step on from `value`, in a file of the language family `kind`."""
        one = self.definition(value.place) if value.kind in ("definition", "instance") else None
        if step[0] == "class":
            return value if value.kind == "definition" and one and one.kind in TYPES else None
        if step[0] == "of" and value.kind == "instance":  # of what a type alias names
            return value
        if step[0] == "of" and one and one.kind not in TYPES and value.place in self.members:  # JavaScript's `this`
            return value
        if value.kind == "definition" and one and one.kind in TYPED and not self.has(value.place, step):
            typed = self.walk(value.place[0], one.type, hops + 1)
            if one.kind == "typedef" and step[0] in ("of", "call"):
                return typed
            return self.follow(typed, step, hops + 1, kind) if typed and hops < MAX_HOPS else None
        if step[0] == "get":
            return self.attribute(value, step[1], hops, kind)
        if value.kind != "definition" or one is None:
            return None
        if one.kind in TYPES:
            return Value("super" if step[0] == "super" else "instance", value.place)
        if step[0] == "call" and one.kind in CALLED:
            return self.walk(value.place[0], one.type, hops + 1)
        return None

    def has(self, place: Place, step: Step) -> bool:
        """Whether a value has a member of its own: an entry of an object literal."""
        return step[0] == "get" and step[1] in self.members.get(place, ())

    def attribute(self, value: Value, name: str, hops: int, kind: str) -> Value | None:
        path, _ = value.place
        if value.kind == "module":
            found = self.lookup(path, name, hops + 1)
            if self.files[path].language != "python":
                return found
            inner = self.modules.file_of(f"{self.modules.name_of.get(path, '')}.{name}", path)
            return found or (Value("module", (inner, -1)) if inner else None)
        if value.kind == "namespace":
            return self.imported("", f"{path}.{name}", "", hops)
        if value.kind == "space":
            return self.globally(kind, f"{path}.{name}")
        if value.kind == "definition" and self.definition(value.place).kind not in TYPES:
            own = self.members.get(value.place, {}).get(name)
            return Value("definition", own) if own else None
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
        found: list[Place | None] = []
        for part in (owner, *self.parts.get(owner, ())):
            one = self.definition(part)
            for name, steps in zip(one.bases, one.base_steps, strict=False):
                value = self.walk(part[0], steps)
                if value and value.kind == "definition" and self.definition(value.place).kind in TYPES:
                    found += [value.place] if value.place not in found else []
                elif re.split(r"[\[<(]", name)[0].rpartition(".")[2] not in HARMLESS:
                    found.append(None)
        return found


def takes(one: Definition, arguments: int) -> bool:
    """Whether a function can be called with so many arguments."""
    required = sum(1 for each in one.parameters if not each.default and not is_rest(each))
    most = 99 if any(is_rest(each) for each in one.parameters) else len(one.parameters)
    return required <= arguments <= most


def is_rest(parameter: Parameter) -> bool:
    """Whether a parameter takes all further arguments."""
    return "..." in parameter.name + parameter.annotation or parameter.annotation.startswith("params ")


def merge(tails: list[list[Place | None]]) -> list[Place | None]:
    """C3 linearisation of the bases' orders; where it does not exist, the plain order."""
    merged: list[Place | None] = []
    while tails := [tail for tail in tails if tail]:
        heads = [tail[0] for tail in tails]
        good = next((head for head in heads if not any(head in tail[1:] for tail in tails)), heads[0])
        merged.append(good)
        tails = [[place for place in tail if place != good] for tail in tails]
    return merged
