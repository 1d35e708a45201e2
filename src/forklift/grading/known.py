"""Tells names that exist from invented ones, and where in the repository they live."""

import builtins
import re
from dataclasses import dataclass
from functools import lru_cache

from forklift.grading.denial import denied, denies
from forklift.grading.grade import has_word
from forklift.grading.mentions import find_mentions
from forklift.grading.outside import Outside, outside
from forklift.index import Index
from forklift.records import Location

_TYPES = (str, bytes, dict, list, set, int, float, type, BaseException, object, property, type(lambda: None))
_METHODS = frozenset(name for kind in _TYPES for name in dir(kind))
_CONVENTIONS = frozenset("self cls args kwargs __main__ __all__ __slots__ __name__ __file__".split())
_PYTHON_NAMES = frozenset(dir(builtins)) | _METHODS | _CONVENTIONS
_C_NAMES = frozenset("void char int long short float double unsigned signed struct const static enum union".split())
_EVERYWHERE = frozenset(
    "GET POST PUT PATCH DELETE HEAD OPTIONS TRACE CONNECT HTTP HTTPS JSON HTML URL URI ASCII UTF TODO PATH HOME "
    "python python3 Python pip git make cmake gcc clang gdb bash sh zsh docker curl pytest tox ruff mypy npm".split()
)
_PLACEHOLDER = re.compile(
    r"(?:(?:my|your|some|example)(?:_\w+|[A-Z]\w*)|(?:MY|YOUR)_\w+|(?:My|Your|Some|Example)[A-Z]\w*"
    r"|(?:foo|bar|baz|spam|eggs)\d?)(?:\.|$)|path/to/"
)


@dataclass(frozen=True, slots=True)
class Grounded:
    """One code name of an answer, checked: text[start:end] of the answer."""

    text: str
    start: int
    end: int
    location: Location | None  # in the repository
    known: bool  # in the repository, the language, its library, the dependencies, the question, or the answer's own
    closest: str  # the nearest real name, for an unknown one; "" when nothing is near


def is_known(mention: str, index: Index, question: str = "") -> bool:
    """Whether `mention` exists or once did: in the index or its history, the question, the language and its standard
    library, a dependency.

    Options and names in capitals also exist when they stand anywhere in the repository's text. Names that say of
    themselves that they are made up for an example ("my_app", "YourModel") count as known: nothing is claimed.
    """
    return _exists(mention, index, question) or index.was(mention)


def _exists(mention: str, index: Index, question: str = "") -> bool:
    """As `is_known`, today."""
    name = mention.strip("`").rstrip("()").strip("`")
    if not name or has_word(question, name) or index.locate(name) is not None:
        return True
    dotted = re.sub(r"::|->|#", ".", name).strip(".")
    around = outside(index)
    root, _, last = dotted.rpartition(".")
    if around.shadows(root.partition(".")[0]):
        return around.has(dotted)
    if index.knows(name) or around.has(dotted) or _is_of_language(name, around) or _PLACEHOLDER.match(dotted):
        return True
    if name.isupper() or name.startswith(("--", "__")):
        return name in around.text
    if around.is_python and hasattr(getattr(builtins, root, None), last):
        return True  # `dict.items`
    # `response.headers`: a member of something held in a variable
    return root[:1].islower() and not hasattr(builtins, root) and (index.knows(last) or last in _METHODS)


def _is_of_language(name: str, around: Outside) -> bool:
    return name in _EVERYWHERE or (around.is_python and name in _PYTHON_NAMES) or (around.is_c and name in _C_NAMES)


def ground(text: str, index: Index, question: str = "") -> list[Grounded]:
    """Every code name in `text`, in order, checked against the index. A parameter of something that `text` named before
    is that one's, whatever else has its name."""
    grounded: list[Grounded] = []
    named: dict[Location, None] = {}
    for mention in find_mentions(text):
        name = mention.text
        location, exists, closest = _looked_up(name, index)
        if name[-1] in "?!" and not (location and location.name[-1] == name[-1]):
            place, is_real, near = _looked_up(name[:-1], index)
            if is_real or not (exists or closest.endswith(name[-1])):  # the mark ends the sentence
                name, location, exists, closest = name[:-1], place, is_real, near
        if own := next((place for place in named if name in _parameters(place, index)), None):
            location, exists, closest = Location(name, "parameter", own.path, own.line), True, ""
        elif location:
            named[location] = None
        known = mention.kind == "local" or exists or (bool(question) and _exists(name, index, question))
        end = mention.start + len(name)
        grounded.append(Grounded(name, mention.start, end, location, known, "" if known else closest))
    return grounded


@lru_cache(maxsize=4096)
def _parameters(place: Location, index: Index) -> frozenset[str]:
    """The names of the parameters of what is at `place`."""
    found = index.find(place.name, -1)
    return frozenset(
        each.name for one in found if (one.path, one.line) == (place.path, place.line) for each in one.parameters
    )


@lru_cache(maxsize=16_384)  # the same names come again and again, in an answer and in all answers
def _looked_up(name: str, index: Index) -> tuple[Location | None, bool, str]:
    """Where a name is, whether it exists, and the closest one when it does not."""
    location = index.locate(name)
    if location is not None or _exists(name, index):
        return location, True, ""
    near = index.closest(name, 1)
    return None, False, near[0].qualified_name if near else ""


def wrongly_denied(question: str, answer: str, index: Index) -> dict[str, Location]:
    """What an answer denies though the question names it and the index knows it, by the name that is used for it.

    A model that had no time for all symbols takes the ones it was not taught for invented.
    """
    if not denies(answer):
        return {}
    return {name: place for name in _disputed(question, answer) if (place := _place(name, index))}


def _disputed(question: str, answer: str) -> list[str]:
    """The names that an answer denies and the question has; all that the question names when the answer has none."""
    said = denied(answer)
    asked = [name for name in said if has_word(question, name.rpartition(".")[2])]
    return asked or [mention.text for mention in find_mentions(question)] or said


def _place(name: str, index: Index) -> Location | None:
    """Where a name is that an answer denies; nothing belongs to the repository as a whole."""
    return index.locate(name.removeprefix(f"{index.meta['name']}."))
