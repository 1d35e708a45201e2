"""Which symbol each section of a document mentions.

A name counts only when it means one symbol: written as code, said by a role, or shaped like nothing but a name. What
could be several symbols, or a parameter, is no mention.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from forklift.index.reader import Index
from forklift.index.renewal import stem_of
from forklift.index.words import STOP, cleaned, normal
from forklift.records import Block, Passage, Section, Symbol

NAMED = frozenset(
    "class struct union enum interface trait module function method property macro constant variable typedef type "
    "member".split()
)
KINDS = {
    "class": frozenset("class struct union enum interface trait typedef type".split()),
    "function": frozenset("function macro method".split()),
    "method": frozenset("method property function".split()),
    "attribute": frozenset("property variable member constant method".split()),
    "data": frozenset("variable constant member macro".split()),
    "module": frozenset({"module"}),
}
"""What a role can mean."""
LOOSE = frozenset({"javascript", "typescript"})  # languages in which what belongs to an object need not say so
ASIDE = frozenset(
    {"doc", "docs", "example", "examples", "_examples", "sample", "samples"}
)  # top folders whose code serves the documentation
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_ONE_WORD = re.compile(r"[A-Z][a-z]+")
_SHAPED = re.compile(
    r"(?<![\w`.])(?:[A-Za-z_]\w*\.){0,4}(?:[A-Z]+[a-z0-9]+[A-Z]\w*|[A-Z]{2,}[a-z]\w+|[A-Za-z]\w*_\w+)(?![\w`])"
)
_CALLED = re.compile(r"(?<![\w.])([A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)*)(?=[({])|(?<![\w.])([A-Z]\w*[a-z]\w*)(?=[.(])")
_IMPORTED = re.compile(r"^\s*(?:>>> )?from\s+([\w.]+)\s+import\s+\(?([\w, ]+)", re.MULTILINE)
_DEFINED = re.compile(
    r"\b(?:def|class|func(?:\s*\([^()]*\))?|function|fn|struct|interface)\s+(\w+)|^\s*(\w+)\s*=(?!=)", re.MULTILINE
)


class Names:
    """What names written in documents mean."""

    def __init__(self, index: Index, known: dict[tuple[str, str], tuple[int, int | None]]) -> None:
        """`known`: the number of each name with its hint, and the symbol that it means."""
        self._index = index
        self.known = known
        self.asked: set[int] = set()  # since somebody cleared it
        self.packages = frozenset(module.partition(".")[0] for module in index.modules().values())
        self._next = max((number for number, _ in known.values()), default=0) + 1
        self._new: list[tuple[int, str, str, str, str, int | None]] = []
        self._files = {stem_of(file.path) for file in index.files()}
        self._is_parameter = lru_cache(maxsize=None)(index.is_parameter)

    def meaning(self, written: str, hint: str) -> int | None:
        """The id of the one symbol that is meant; None for none or several. Remembers that it was asked for."""
        if (written, hint) not in self.known:
            name = normal(cleaned(written))
            if not _NAME.fullmatch(name):
                return None
            symbol = self.look_up(written, hint)
            self._new.append((self._next, written, hint, name, name.rpartition(".")[2], symbol))
            self.known[written, hint] = self._next, symbol
            self._next += 1
        number, symbol = self.known[written, hint]
        self.asked.add(number)
        return symbol

    def new(self) -> list[tuple[int, str, str, str, str, int | None]]:
        """What was asked for the first time since the last call, as rows of `meanings`."""
        new, self._new = self._new, []
        return new

    def look_up(self, written: str, hint: str) -> int | None:
        """The id of the one symbol that a name means now."""
        name = normal(cleaned(written))
        if not hint and not self._is_telling(name, written):
            return None
        found = [one for one in self._index.find(name) if _may_be_meant(one)]
        if not hint and name.islower() and name.isalpha():  # rather a word, a package, a function of the language
            called = written.endswith(")")
            found = [one for one in found if one.parent_id is None and (called or one.language not in LOOSE)]
            found = found if called or name not in self._files else []
        if not hint and _ONE_WORD.fullmatch(name):
            found = [one for one in found if one.qualified_name.count(".") < 2]  # "Logger" is rather another library's
        fitting = [one for one in found if one.kind in KINDS.get(hint, NAMED)] or found
        if len(fitting) > 1 and (hint in ("class", "function", "data") or name[0].isupper()):
            fitting = [one for one in fitting if one.parent_id is None]
        return fitting[0].id if len({(one.path, one.qualified_name) for one in fitting}) == 1 else None

    def _is_telling(self, name: str, written: str) -> bool:
        """Whether a name without a role is more than a word: dotted, called, in capitals, nobody's parameter."""
        if ("." in name and "__" not in name) or written.endswith(")"):
            return True
        if name.startswith("__") or self._is_parameter(name) or name.lower() in STOP or len(name) < 3:
            return False
        return not name.islower() or "_" in name or name not in self.packages


def _may_be_meant(one: Symbol) -> bool:
    return not one.is_test and one.kind in NAMED and one.path.partition("/")[0] not in ASIDE


def passages_of(section: Section, names: Names) -> Iterator[Passage]:
    """The symbols that a section mentions, once for each way of mentioning, with the first line of each."""
    seen: set[tuple[int, str]] = set()
    for kind, line, symbol in _mentioned(section, names):
        if symbol is not None and (symbol, kind) not in seen:
            seen.add((symbol, kind))
            yield Passage(section.id, symbol, kind, line)  # type: ignore[arg-type]


def _mentioned(section: Section, names: Names) -> Iterator[tuple[str, int, int | None]]:
    for name in _SHAPED.findall(section.heading) + re.findall(r"`([^`]+)`", section.heading):
        yield "heading", section.line, names.meaning(name, "")
    for block in section.blocks:
        if block.kind == "code":
            yield from (("code", line, symbol) for line, symbol in _in_code(block, names))
            continue
        for number, written in enumerate(block.names):
            hint, _, name = written.partition(":")
            is_entry = block.kind == "entry" and number == 0
            yield "entry" if is_entry else "prose", block.line, names.meaning(name, hint)
        for name in _SHAPED.findall(block.text):
            yield "prose", block.line, names.meaning(name, "")


def _in_code(block: Block, names: Names) -> Iterator[tuple[int, int | None]]:
    """The symbols that an example uses: by their package, imported from it, or called by a name of several words."""
    imported = {
        name.strip(): f"{module}.{name.strip()}"
        for module, listed in _IMPORTED.findall(block.text)
        if module.partition(".")[0] in names.packages
        for name in listed.split(",")
        if name.strip()
    }
    own = {name for pair in _DEFINED.findall(block.text) for name in pair if name}
    for full in imported.values():
        yield block.line, names.meaning(full, "")
    for called, typed in _CALLED.findall(block.text):
        name = (called or typed).replace("::", ".")
        root, dot, rest = name.partition(".")
        if root in own:
            continue
        if root in imported:
            yield block.line, names.meaning(f"{imported[root]}{dot}{rest}", "")
        elif (dot and root in names.packages) or (not dot and _SHAPED.fullmatch(name)):
            yield block.line, names.meaning(name, "")
