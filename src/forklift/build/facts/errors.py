"""Facet errors: the messages that failures carry, and the functions that they come from."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from forklift.build.facts.calls import names_exception
from forklift.build.facts.source import Sources, first_literal, fixed_start, literals
from forklift.build.facts.view import View, make_fact
from forklift.grading import content_words
from forklift.records import Fact, Reference, Symbol

MIN_WORDS, MAX_MESSAGE_CHARS = 3, 100
MAKERS = frozenset({"errors.New", "fmt.Errorf", "panic", "anyhow!", "bail!", "panic!"})  # calls that make an error


def facts(view: View) -> Iterator[Fact]:
    """`error_message` and `message_from`."""
    by_id, sources = view.by_id(), Sources(view)
    found: list[tuple[str, Reference, Symbol]] = []
    for one in view.references:
        symbol = by_id.get(one.scope_id or -1)
        if (
            symbol is not None
            and not one.is_deferred
            and (one.kind == "raise" or (one.kind == "call" and one.name in MAKERS))
        ):
            message = message_of(sources.statement(one.path, one.line), one.name)
            if message:
                found.append((message, one, symbol))
    times = Counter(message for message, _, _ in found)
    written = _literals(view, sources) if found else []
    for message, one, symbol in found:
        start = message.removesuffix("...")
        at = bisect_left(written, start)
        again = at + 1 < len(written) and written[at + 1].startswith(start)
        if times[message] == 1 and not again:  # one that several functions give leads back to none of them
            yield from _message_facts(view, message, one, symbol)


def _literals(view: View, sources: Sources) -> list[str]:
    """Every string literal of the code, in the order of the alphabet."""
    paths = dict.fromkeys(one.path for one in view.symbols)
    return sorted(one.strip() for path in paths for line in sources.lines_of(path) for one in literals(line))


def message_of(statement: str, name: str) -> str:
    """The fixed start of the message that a raise, throw or error-making call carries; "" where it says little."""
    called = re.search(rf"{re.escape(name)}\s*\(\s*(?=[rbuf]{{0,2}}[\"'])", statement, re.IGNORECASE)
    message = fixed_start(*first_literal(statement[called.end() :])) if called else ""
    words = content_words(message)
    return message if len(words) >= MIN_WORDS and len(message) <= MAX_MESSAGE_CHARS and "`" not in message else ""


def _message_facts(view: View, message: str, one: Reference, symbol: Symbol) -> Iterator[Fact]:
    label = view.labels[symbol.id]
    place = {"path": one.path, "line": one.line, "end_line": one.line}
    target = view.by_id().get(one.target_id or -1)
    thrown = [one.name] if one.kind == "raise" and names_exception(one, target) else []
    forward = make_fact("errors", "error_message", symbol, label, thrown, text=message, **place)
    yield forward
    yield make_fact(
        "errors", "message_from", symbol, message, [label], text=message, subject_kind="message",
        sources=(forward.id,), **place,
    )  # fmt: skip
