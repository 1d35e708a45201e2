"""The repository taken apart: repository, directories, files, classes, functions, each with the parts in it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from forklift.build.facts import View
from forklift.build.facts.graph import directories_of, is_code_of_its_own
from forklift.build.facts.view import CALLABLE_KINDS, CLASS_KINDS
from forklift.records import Symbol

ROOT = "."  # the id of the repository
FEWEST_LINES = 3  # of a function worth a question of its own


@dataclass(frozen=True)
class Part:
    """Something to explain. Its id is the label of a symbol, a path, a path with "/" after it, or ROOT."""

    id: str
    name: str  # as people call it
    kind: str
    path: str
    line: int
    end_line: int
    rank: float  # of the most central symbol in it
    symbol: Symbol | None = None
    inside: tuple[str, ...] = ()  # ids of the parts it is made of, most central first
    parent: str = ""  # id of the part it belongs to; "" for the repository
    level: int = 0  # 0: nothing inside; else one more than what is inside


def take_apart(view: View) -> dict[str, Part]:
    """Every part by its id."""
    found = {part.id: part for part in _symbols(view)}
    found |= {part.id: part for part in _files(view, found)}
    found |= {part.id: part for part in _directories(found)}
    inside: dict[str, list[str]] = defaultdict(list)
    for part in sorted(found.values(), key=lambda part: (-part.rank, part.path, part.line, part.id)):
        inside[part.parent].append(part.id)
    first = next((file.path for file in view.files if file.path.lower().startswith("readme")), "")
    rank = max((part.rank for part in found.values()), default=0.0)
    found[ROOT] = Part(ROOT, view.name, "repository", first, 1, 1, rank)
    whole = {key: replace(part, inside=tuple(inside[key])) for key, part in found.items()}
    levels = _levels(whole)
    return {key: replace(part, level=levels[key]) for key, part in whole.items()}


def chosen(parts: Mapping[str, Part], most: int | None) -> list[Part]:
    """The parts to ask about: the most central `most` (None: all), the wider one first where two are equal."""
    ordered = sorted(parts.values(), key=lambda part: (-part.rank, -part.level, part.id))
    return ordered[:most]


def needs_summary(part: Part) -> bool:
    """Whether its documentation does not say already what it is, in a sentence."""
    return bool(part.inside) or part.symbol is None or not part.symbol.doc


def by_level(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts in the order in which they can be summed up: what is inside comes before what it is in."""
    levels: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        levels[part.level].append(part)
    return [levels[level] for level in sorted(levels)]


def _symbols(view: View) -> Iterator[Part]:
    by_id = view.by_id()
    for one in view.symbols:
        is_long = one.end_line - one.line + 1 >= FEWEST_LINES
        if one.kind in CLASS_KINDS or (one.kind in CALLABLE_KINDS and is_long):
            above = by_id.get(one.parent_id or -1)
            while above is not None and above.kind not in CLASS_KINDS:
                above = by_id.get(above.parent_id or -1)
            label = view.labels[one.id]
            parent = view.labels[above.id] if above is not None and above.path == one.path else one.path
            yield Part(label, label, one.kind, one.path, one.line, one.end_line, one.rank, one, parent=parent)


def _files(view: View, symbols: Mapping[str, Part]) -> Iterator[Part]:
    ranks: dict[str, float] = {}
    for part in symbols.values():
        ranks[part.path] = max(part.rank, ranks.get(part.path, 0.0))
    for file in view.files:
        if file.path in ranks and is_code_of_its_own(file.path):
            above = directories_of(file.path)
            parent = f"{above[-1]}/" if above else ROOT
            yield Part(file.path, file.path, "file", file.path, 1, file.lines, ranks[file.path], parent=parent)


def _directories(files: Mapping[str, Part]) -> Iterator[Part]:
    ranks: dict[str, float] = {}
    for part in files.values():
        for above in directories_of(part.path) if part.kind == "file" else ():
            ranks[above] = max(part.rank, ranks.get(above, 0.0))
    for path, rank in ranks.items():
        outer = directories_of(path)
        yield Part(f"{path}/", path, "directory", path, 1, 1, rank, parent=f"{outer[-1]}/" if outer else ROOT)


def _levels(parts: Mapping[str, Part]) -> dict[str, int]:
    """How many parts are inside one another, by id."""
    levels: dict[str, int] = {}
    waiting = list(parts)
    while waiting:
        key = waiting[-1]
        open_ones = [each for each in parts[key].inside if each not in levels]
        if key not in levels and open_ones:
            waiting += open_ones
            continue
        waiting.pop()
        levels[key] = max((levels[each] + 1 for each in parts[key].inside), default=0)
    return levels
