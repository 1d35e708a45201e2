"""Facet absence: near-miss names that do not exist. The operators of training and of tests are disjoint."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from forklift.build.facts.view import View
from forklift.index import Index, split_identifier
from forklift.records import Symbol


@dataclass(frozen=True, slots=True)
class Absent:
    """A name that does not exist, made from a real symbol, and the real name nearest to it."""

    name: str
    closest: str
    origin: Symbol


NAMES_AT_ONCE = 512

Operator = Callable[[str, Sequence[str], random.Random], str]

_GENERIC = (
    "cache queue worker client server buffer stream token user group event handler manager parser builder writer "
    "reader loader runner config option setting status report metric payload message channel socket thread task "
    "schedule batch column table row query schema model layer node edge tree graph image pixel audio video file "
    "folder archive backup plugin module engine driver device sensor timer clock date price order invoice account"
).split()
_VERBS = "get set load save send fetch open close start stop run build make create update delete remove add".split()
_SYNONYMS = {
    "get": "obtain", "set": "assign", "load": "restore", "dump": "export", "make": "construct", "sign": "seal",
    "verify": "confirm", "send": "transmit", "close": "shutdown", "open": "launch", "error": "failure",
    "bad": "faulty", "base": "root", "request": "inquiry", "response": "outcome", "session": "visit",
    "key": "credential", "run": "perform", "url": "link", "time": "moment", "encode": "scramble",
    "decode": "unscramble", "build": "assemble", "parse": "dissect",
    "create": "spawn", "read": "scan", "write": "record", "add": "attach", "remove": "detach", "find": "discover",
    "check": "inspect", "data": "content", "config": "preference", "file": "document", "name": "caption", "is": "seems",
}  # fmt: skip


def training_absences(view: View, index: Index, count: int, seed: int) -> list[Absent]:
    """`count` names that do not exist, by the operators of training; fewer when the repository is tiny."""
    return _absences(view, index, count, seed, TRAINING_OPERATORS)


def held_out_absences(view: View, index: Index, count: int, seed: int) -> list[Absent]:
    """`count` names that do not exist, by operators that training never uses."""
    return _absences(view, index, count, seed, HELD_OUT_OPERATORS)


def _absences(view: View, index: Index, count: int, seed: int, operators: Mapping[str, Operator]) -> list[Absent]:
    rng = random.Random(f"{seed} {' '.join(operators)}")
    symbols = [symbol for symbol in view.symbols if not symbol.name.startswith("__")]
    vocabulary = sorted({word for symbol in symbols for word in split_identifier(symbol.name) if len(word) > 2})
    real = sorted(view.labels.values())
    found: dict[str, Symbol] = {}
    for symbol in _cycle(symbols, count * 6, rng):
        if len(found) == count:
            break
        operator = operators[rng.choice(sorted(operators))]
        parts = view.labels[symbol.id].split(".")
        at = 0 if len(parts) > 1 and rng.random() < 0.3 else -1
        parts[at] = changed = operator(parts[at], vocabulary, rng)
        name = ".".join(parts)
        if changed.isidentifier() and name not in found and not index.knows(changed) and not index.knows(name):
            found[name] = symbol
    near = _closest(list(found), real)
    made = zip(found.items(), near, strict=True)
    return [Absent(name, closest or view.labels[symbol.id], symbol) for (name, symbol), closest in made]


def _cycle(symbols: Sequence[Symbol], count: int, rng: random.Random) -> Iterator[Symbol]:
    """Symbols in random order, again and again."""
    turn = list(symbols)
    for number in range(count if turn else 0):
        if number % len(turn) == 0:
            rng.shuffle(turn)
        yield turn[number % len(turn)]


def _closest(names: Sequence[str], real: Sequence[str]) -> Iterator[str]:
    """For each of the names the real one most like it, "" when none is near."""
    for start in range(0, len(names), NAMES_AT_ONCE):
        alike = process.cdist(names[start : start + NAMES_AT_ONCE], real, scorer=fuzz.ratio, score_cutoff=60)
        yield from (real[best] if row[best] else "" for row, best in zip(alike, alike.argmax(1), strict=True))


def join_like(words: Sequence[str], model: str) -> str:
    """Words joined in the style of the identifier `model`: CamelCase, UPPER_CASE or snake_case."""
    body = model.strip("_")
    prefix = model[: len(model) - len(model.lstrip("_"))]
    if body.isupper() and len(body) > 1:
        return prefix + "_".join(words).upper()
    if body[:1].isupper():
        return prefix + "".join(word.capitalize() for word in words)
    return prefix + "_".join(words)


def _typo(name: str, _: Sequence[str], rng: random.Random) -> str:
    if len(name) < 5:
        return name
    at = rng.randrange(1, len(name) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return name[:at] + name[at + 1 :]
    if kind == 1:
        return name[:at] + name[at] + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _wrong_letter(name: str, _: Sequence[str], rng: random.Random) -> str:
    at = rng.randrange(1, len(name)) if len(name) > 3 else 0
    letter = rng.choice("abcdefghiklmnoprtuvwxyz")
    return name[:at] + (letter.upper() if name[at].isupper() else letter) + name[at + 1 :] if at else name


def _replace_word(name: str, vocabulary: Sequence[str], rng: random.Random) -> str:
    words = split_identifier(name)
    if not words:
        return name
    words[rng.randrange(len(words))] = rng.choice([*vocabulary, *_GENERIC])
    return join_like(words, name)


def _append_word(name: str, vocabulary: Sequence[str], rng: random.Random) -> str:
    return join_like([*split_identifier(name), rng.choice([*vocabulary, *_GENERIC])], name)


def _prepend_word(name: str, vocabulary: Sequence[str], rng: random.Random) -> str:
    return join_like([rng.choice([*vocabulary, *_VERBS]), *split_identifier(name)], name)


def _recombine(name: str, vocabulary: Sequence[str], rng: random.Random) -> str:
    return join_like(rng.sample(vocabulary, min(2, len(vocabulary))), name)


def _foreign(name: str, _: Sequence[str], rng: random.Random) -> str:
    words = rng.sample(_GENERIC, 2) if name[:1].isupper() else [rng.choice(_VERBS), rng.choice(_GENERIC)]
    return join_like(words, name)


def _drop_word(name: str, _: Sequence[str], rng: random.Random) -> str:
    words = split_identifier(name)
    if len(words) < 3:
        return name
    words.pop(rng.randrange(len(words)))
    return join_like(words, name)


def _synonym(name: str, _: Sequence[str], rng: random.Random) -> str:
    words = split_identifier(name)
    places = [n for n, word in enumerate(words) if word in _SYNONYMS]
    if not places:
        return name
    at = rng.choice(places)
    words[at] = _SYNONYMS[words[at]]
    return join_like(words, name)


def _reorder(name: str, _: Sequence[str], __: random.Random) -> str:
    words = split_identifier(name)
    return join_like(words[1:] + words[:1], name)


def _version(name: str, _: Sequence[str], rng: random.Random) -> str:
    return name + rng.choice(["2", "_v2", "_new", "_old", "_legacy"]) if name.islower() else name + "V2"


def _pluralise(name: str, _: Sequence[str], __: random.Random) -> str:
    return name[:-1] if name.endswith("s") else f"{name}s"


def _insert_word(name: str, _: Sequence[str], rng: random.Random) -> str:
    words = split_identifier(name)
    if len(words) < 2:
        return name
    words.insert(1, rng.choice(["async", "remote", "local", "lazy", "safe", "raw", "shared", "default"]))
    return join_like(words, name)


TRAINING_OPERATORS: Mapping[str, Operator] = {
    "typo": _typo,
    "wrong_letter": _wrong_letter,
    "replace_word": _replace_word,
    "append_word": _append_word,
    "prepend_word": _prepend_word,
    "recombine": _recombine,
    "foreign": _foreign,
    "drop_word": _drop_word,
}
HELD_OUT_OPERATORS: Mapping[str, Operator] = {
    "synonym": _synonym,
    "reorder": _reorder,
    "version": _version,
    "pluralise": _pluralise,
    "insert_word": _insert_word,
}
