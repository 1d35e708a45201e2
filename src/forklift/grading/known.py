"""Tells names that exist from invented ones, and where in the repository they live."""

import builtins
import sys
from dataclasses import dataclass

from forklift.grading.grade import denies
from forklift.grading.mentions import find_mentions
from forklift.index import Index
from forklift.records import Location

_LANGUAGE_NAMES = (
    frozenset(dir(builtins))
    | sys.stdlib_module_names
    | frozenset(name for kind in (str, bytes, dict, list, set, int, float, type) for name in dir(kind))
    | frozenset("self cls args kwargs void char int long short unsigned signed struct const static".split())
)


@dataclass(frozen=True, slots=True)
class Grounded:
    """One code name of an answer, checked: text[start:end] of the answer."""

    text: str
    start: int
    end: int
    location: Location | None  # in the repository
    known: bool  # in the repository, the language, its standard library or what the question said
    closest: str  # the nearest real name, for an unknown one; "" when nothing is near


def is_known(mention: str, index: Index, question: str = "") -> bool:
    """Whether `mention` exists in the index, in the language and its standard library, or in the question."""
    name = mention.rstrip("()").strip("`")
    root, _, last = name.rpartition(".")
    if name in _LANGUAGE_NAMES or index.knows(name) or name in question:
        return True
    if not root:
        return False
    if hasattr(getattr(builtins, root, None), last):
        return True  # `dict.items`
    # `json.dumps`: a name of the standard library; `response.headers`: a member of something held in a variable
    return root.partition(".")[0] in sys.stdlib_module_names or (root[:1].islower() and index.knows(last))


def ground(text: str, index: Index, question: str = "") -> list[Grounded]:
    """Every code name in `text`, in order, checked against the index."""
    grounded = []
    for mention in find_mentions(text):
        location = index.locate(mention.text)
        known = location is not None or is_known(mention.text, index, question)
        near = [] if known else index.closest(mention.text, 1)
        closest = near[0].qualified_name if near else ""
        grounded.append(Grounded(mention.text, mention.start, mention.end, location, known, closest))
    return grounded


def correction(question: str, answer: str, index: Index) -> str:
    """What to add to an answer that denies what the question names and the index knows; "" when it is not wrong so.

    A model that had no time for all symbols takes the ones it was not taught for invented.
    """
    if not denies(answer):
        return ""
    found = {name.text: name.location for name in ground(question, index) if name.location}
    if not found:
        return ""
    places = ", ".join(f"`{name}` ({place.path}:{place.line})" for name, place in found.items() if place)
    return f"Correction from the index: {places} does exist; the model was not taught about it."
