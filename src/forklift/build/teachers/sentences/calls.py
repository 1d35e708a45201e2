"""Sentences of facets calls and errors."""

from collections.abc import Callable

from forklift.build.teachers.sentences.phrases import Said, listed
from forklift.records import Fact


def _doing(verb: str) -> Callable[[Fact], Said]:
    """What a symbol does itself, and what only nameless functions inside it do."""

    def say(fact: Fact) -> Said:
        now, later = _parted(fact)
        parts = [f"{verb} {listed(now)}"] if now else []
        parts += [f"has a nameless function inside that {verb} {listed(later)}"] if later else []
        is_partial = "..." in fact.text.split("\n") or (verb == "raises" and not fact.path.endswith((".py", ".pyi")))
        more = ", for instance" if is_partial else ""  # elsewhere what was made before is thrown, too
        return f"`{fact.subject}` {' and '.join(parts)}{more}.", fact.objects, "symbol"

    return say


def _done(verb: str) -> Callable[[Fact], Said]:
    """By whom something is done to a symbol, and inside whom only a nameless function does it."""

    def say(fact: Fact) -> Said:
        now, later = _parted(fact)
        parts = [f"by {listed(now)}"] if now else []
        parts += [f"by a nameless function inside {listed(later)}"] if later else []
        done = "created" if verb == "called" and fact.subject_kind in CREATED else verb
        some = "" if fact.path.endswith((".py", ".pyi")) else ", for instance,"  # elsewhere macros and dynamic calls do
        return f"`{fact.subject}` is {done}{some} {' and '.join(parts)}.", fact.objects, "symbol"

    return say


def _parted(fact: Fact) -> tuple[list[str], list[str]]:
    told = fact.text.split("\n")
    return [name for name in fact.objects if name not in told], [name for name in fact.objects if name in told]


CREATED = frozenset({"class", "struct", "union", "enum"})
SENTENCES: dict[str, Callable[[Fact], Said]] = {
    "calls": _doing("calls"),
    "called_by": _done("called"),
    "raises": _doing("raises"),
    "raised_by": _done("raised"),
    "catches": _doing("catches"),
    "caught_by": _done("caught"),
}
