"""What an answer claims of symbols, sentence by sentence, and whether the index says otherwise.

Only what is stated plainly is read ("`A` inherits from `B`", "it raises `C`"), and only what the index rules out counts
as a contradiction: two names that are said to call one another, while neither's source mentions the other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forklift.grading import has_word
from forklift.grading.grade import same_path
from forklift.index import Index
from forklift.records import Symbol

_NAME = r"(?:the )?(?:(?:class|function|method|module|exception|property) )?`([A-Za-z_][\w.]*)(?:\([^`]*\))?`"
_SUBJECT = rf"(?:{_NAME}|\b(It|This (?:class|function|method)))(?: (?:class|function|method|exception))?"
_PATH = r"`?([\w./+-]+\.\w{1,5})`?"
_RELATIONS = {
    "inherits": rf"{_SUBJECT} (?:directly )?(?:inherits from|extends|subclasses|derives from|is a (?:direct )?subclass"
    rf" of) {_NAME}",
    "calls": rf"{_SUBJECT} (?:first |then |also |internally |directly )?(?:calls|invokes|instantiates) {_NAME}",
    "called_by": rf"{_SUBJECT} is (?:called|invoked|instantiated) (?:by|from|in) {_NAME}",
    "raises": rf"{_SUBJECT} (?:may |can |will )?raises? (?:an? )?{_NAME}",
    "defined_in": rf"{_SUBJECT}(?: is|,)? (?:an? (?:\w+ ){{1,2}})?(?:is )?(?:defined|implemented|located|declared)"
    rf" in (?:the )?(?:file |module )?{_PATH}",
    "method_of": rf"{_NAME} is an? (?:\w+ )?(?:method|member) of {_NAME}",
}
_PATTERNS = {relation: re.compile(pattern) for relation, pattern in _RELATIONS.items()}
_KIND = re.compile(rf"{_SUBJECT} is an? (?:\w+ ){{0,2}}?(class|function|method|property|constant)\b")
_DEFAULT = re.compile(r"`\**(\w+)`(?: parameter| argument)? defaults to `?([\w.\"'-]+)`?")
_NO_PARAMETERS = re.compile(rf"{_SUBJECT} takes no (?:parameters|arguments)")
_KINDS = {
    "class": {"class", "struct", "interface", "trait", "enum", "union", "module"},
    "function": {"function", "method", "macro"},
    "method": {"method", "function", "property"},
    "property": {"property", "attribute", "variable", "method", "member"},
    "constant": {"constant", "variable", "macro", "attribute", "enumerator", "member"},
}
MOST_BASES = 50  # looked at


@dataclass(frozen=True, slots=True)
class Claim:
    """One plain statement: subject and object as written; "" stands for what the text is about."""

    relation: str
    subject: str
    object: str


def claims(text: str) -> Iterator[Claim]:
    """The plain statements in a text."""
    for relation, pattern in _PATTERNS.items():
        for found in pattern.finditer(text):
            groups = found.groups()
            yield Claim(relation, groups[0] or "", groups[-1])
    for found in _KIND.finditer(text):
        yield Claim("kind", found[1] or "", found[3])
    for found in _DEFAULT.finditer(text):
        yield Claim("default", "", f"{found[1]}={found[2].strip('.')}")
    for found in _NO_PARAMETERS.finditer(text):
        yield Claim("no parameters", found[1] or "", "")


def contradicted(text: str, about: Symbol | None, index: Index) -> Claim | None:
    """The first statement in `text` that the index rules out, or None. `about`: what "it" means."""
    return next((claim for claim in claims(text) if not _may_hold(claim, about, index)), None)


def _may_hold(claim: Claim, about: Symbol | None, index: Index) -> bool:
    """Whether some symbol of that name is as the claim says; what is not in the index is not judged."""
    if claim.relation == "default":
        return about is None or _default_may_hold(claim, about)
    subjects = index.find(claim.subject) if claim.subject else [about] if about else []
    if not subjects:
        return True
    if claim.relation == "kind":
        return any(one.kind in _KINDS[claim.object] for one in subjects)
    if claim.relation == "no parameters":
        return any(not one.parameters for one in subjects)
    if claim.relation == "defined_in":
        return any(same_path(one.path, claim.object) for one in subjects)
    if claim.relation == "inherits":
        return any(_inherits(one, claim.object, index) for one in subjects if one.kind in _KINDS["class"])
    if claim.relation == "method_of":
        return any(claim.object.rpartition(".")[2] in one.qualified_name.split(".") for one in subjects)
    if claim.relation == "called_by":
        callers = index.find(claim.object)
        return not callers or any(_mentions(one, claim.subject or _last(about), index) for one in callers)
    return any(_mentions(one, claim.object, index) for one in subjects)


def _last(symbol: Symbol | None) -> str:
    return symbol.name if symbol else ""


def _default_may_hold(claim: Claim, about: Symbol) -> bool:
    name, _, value = claim.object.partition("=")
    defaults = [one.default for one in about.parameters if one.name.lstrip("*") == name]
    return not defaults or any(each.strip("\"'") == value.strip("\"'") for each in defaults)


def _inherits(one: Symbol, base: str, index: Index) -> bool:
    wanted, waiting, seen = base.rpartition(".")[2], [one], set[int]()
    while waiting and len(seen) < MOST_BASES:
        symbol = waiting.pop()
        names = [name.partition("[")[0].rpartition(".")[2] for name in symbol.bases]
        if wanted in names:
            return True
        seen.add(symbol.id)
        waiting += [found for name in names for found in index.find(name) if found.id not in seen]
    return False


def _mentions(one: Symbol, name: str, index: Index) -> bool:
    """Whether the source of a symbol, with what it inherits, names another at all."""
    last = name.rpartition(".")[2]
    source = "\n".join(index.lines(one.path, one.line, one.end_line))
    return has_word(source, last) or any(has_word(source, part) for part in _classes(name))


def _classes(name: str) -> Sequence[str]:
    """Of a method its class, of `__init__` too: "calls `Stock.__init__`" holds where `Stock` is made."""
    owner, _, last = name.rpartition(".")
    return [owner.rpartition(".")[2]] if owner and last in ("__init__", "__call__", "__new__") else []
