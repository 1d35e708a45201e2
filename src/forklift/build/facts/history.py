"""Facet history: what came, changed, was renamed, moved, deprecated and removed, when, and the reason that was given.

Dates and commits are git's; versions are those of tags, of the documentation and of change logs. Evidence is the symbol
as it stands today, or the line of the note; the commit is named in the sentence.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from forklift.build.facts.past import Past, past_of
from forklift.build.facts.told import told_of
from forklift.build.facts.view import CLASS_KINDS, View, fact_id, make_fact
from forklift.grading import content_words, has_word
from forklift.index import whole_sentence
from forklift.records import Change, Fact, Notice, Symbol

MAX_LISTED = 8
MOST_REASONS = 2  # of one symbol
MOST_REMOVED = 60
WIDE = 12  # symbols: a commit that changes more gives no reason for each
COMMIT_CHARS = 8
MIN_WORDS = 4
PART = re.compile(r"\b(?:parameter|argument|option|keyword|flag|passing|value|attribute)s?\b", re.IGNORECASE)
_PART_IS = re.compile(r"[*`'\"]+([\w.]+)[*`'\"]+(?:\(\))? (?:is|are|was|were|has been|have been) deprecated\b")
REMOVED = re.compile(r"\b(?:remov|delet|drop|eliminat|get(?:ting)? rid|discard)", re.IGNORECASE)
RESHAPED = re.compile(
    r"\b(?:re-?factor|re-?writ|re-?work|mov(?:e|ed|es|ing)\b|re-?nam|restructur|reorgani[sz]|reformat|convert|port(?:ed|ing)?\b|migrat|"
    r"split|extract|merge|clean|tidy|typescript|import|src\b|backport|revert|restor|replac|simplif|naming|chang(?:e|ed|es|ing)\b.*\bto\b)",
    re.IGNORECASE,
)
NEW = re.compile(r"\b(?:add|new\b|implement|introduc|creat|initial|first|support|start)", re.IGNORECASE)
RENAMED = re.compile(r"\brenam", re.IGNORECASE)
INSTEAD = re.compile(
    r"\b(?:use|see|prefer|replaced by|replaced with|in favou?r of|renamed to|switch to)\s+(?:the\s+)?"
    r"['\"`]*(?:\w+\.)*?([A-Za-z_][\w.]*\w)(?:\(\))?['\"`]*",
    re.IGNORECASE,
)


def facts(view: View) -> Iterator[Fact]:
    """`introduced_in`, `last_changed`, `changed_because`, `renamed_from`, `renamed_to`, `moved_from`, `removed`,
    `deprecated_since`, `replaced_by`, `replaces`, `available_since`, `noted_in`, `commit_changed`."""
    past = past_of(view.index)
    by_commit = list(chain(_introduced(view, past), _last_changed(view, past), _reasons(view, past)))
    yield from (fact for fact, _ in by_commit)
    yield from _of_commits(by_commit, past)
    yield from _renamed(view, past)
    yield from _moved(view, past)
    yield from _removed(view, past)
    yield from _deprecated(view, past)
    yield from _noted(view, past)


def short(commit: str) -> str:
    """A commit as people write it."""
    return commit[:COMMIT_CHARS]


def _changes(view: View, past: Past, *kinds: str) -> Iterator[tuple[Symbol, str, Change]]:
    """Symbols with their labels and changes of these kinds, newest first."""
    symbols = view.by_id()
    for one in past.changes:
        if one.kind in kinds and one.symbol_id in symbols:
            yield symbols[one.symbol_id], view.labels[one.symbol_id], one


Of = tuple[Fact, Change]


def _introduced(view: View, past: Past) -> Iterator[Of]:
    """What one commit added, and no other one did; not where it only gave it another shape or place, as files that
    begin with that commit may."""
    times = Counter(one.symbol_id for one in past.changes if one.kind == "added")
    began: dict[str, str] = {one.path: one.commit for one in past.changes}  # newest first: the oldest one stays
    first = past.changes[-1].commit if past.changes else ""
    for symbol, label, one in _changes(view, past, "added"):
        said = past.said[one.commit]
        is_new_file = began[one.path] == one.commit != first
        if RESHAPED.search(said) or (is_new_file and not NEW.search(said)):
            continue
        if times[symbol.id] == 1 and not symbol.name.startswith("__"):
            objects = [one.date, short(one.commit), *filter(None, [one.release])]
            yield make_fact("history", "introduced_in", symbol, label, objects, text=one.subject), one


def _last_changed(view: View, past: Past) -> Iterator[Of]:
    for symbol, label, one in _changes(view, past, "changed", "renamed"):
        if one.is_current and not symbol.name.startswith("__"):
            objects = [one.date, short(one.commit)]
            yield make_fact("history", "last_changed", symbol, label, objects, text=one.subject), one


def _reasons(view: View, past: Past) -> Iterator[Of]:
    """Why something is as it is: what its newest telling commits say, those that changed little else."""
    width = Counter(one.commit for one in past.changes)
    parents = {(one.commit, s.parent_id) for s, _, one in _changes(view, past, "changed", "added") if s.parent_id}
    told: Counter[int] = Counter()
    quotable = told_of(view.index).quotable
    for symbol, label, one in _changes(view, past, "changed", "renamed", "deprecated"):
        through_member = symbol.kind in CLASS_KINDS and (one.commit, symbol.id) in parents
        if width[one.commit] > WIDE or through_member or told[symbol.id] == MOST_REASONS:
            continue
        reason = quotable(whole_sentence(one.reason))
        if len(content_words(f"{one.subject} {reason}")) < MIN_WORDS or not one.subject:
            continue
        told[symbol.id] += 1
        objects = [one.date, short(one.commit), one.subject.rstrip(".")]
        yield make_fact("history", "changed_because", symbol, label, objects, text=reason), one


def _of_commits(rows: Iterable[Of], past: Past) -> Iterator[Fact]:
    """What each commit did, from the facts of its symbols; a "+" after the date says that it did more."""
    width = Counter(one.commit for one in past.changes)
    by_commit: dict[str, dict[str, Of]] = defaultdict(dict)
    for fact, one in rows:
        by_commit[one.commit].setdefault(fact.subject, (fact, one))
    for commit, told in by_commit.items():
        if 1 < len(told) <= MAX_LISTED:
            first, change = max(told.values(), key=lambda row: row[0].rank)
            labels, more = tuple(told), "+" * (width[commit] > len(told))
            yield Fact(
                id=fact_id("commit_changed", commit, *labels), facet="history", relation="commit_changed",
                subject=short(commit), subject_kind="commit", objects=labels, path=first.path, line=first.line,
                end_line=first.end_line, text=f"{change.date}{more} {change.subject}".strip(), rank=first.rank,
                sources=tuple(fact.id for fact, _ in told.values()),
            )  # fmt: skip


def _renamed(view: View, past: Past) -> Iterator[Fact]:
    """Renames, where the commit speaks of one or names both, and back: what became of a name that nothing has any
    more."""
    told: set[str] = set()
    newest: set[int] = set()
    for symbol, label, one in _changes(view, past, "renamed"):
        is_newest = symbol.id not in newest  # else it had yet another name in between
        newest.add(symbol.id)
        if (
            not is_newest
            or one.before in told
            or one.before not in past.former
            or not _says_renamed(one, past.said[one.commit])
        ):
            continue
        told.add(one.before)
        when = {"text": _when(one)}
        forward = make_fact("history", "renamed_from", symbol, label, [one.before], **when)
        yield forward
        yield make_fact("history", "renamed_to", symbol, one.before, [label], sources=(forward.id,), **when)


def _says_renamed(one: Change, said: str) -> bool:
    both = (one.before.rpartition(".")[2], one.name.rpartition(".")[2])
    return RENAMED.search(said) is not None or all(has_word(said, name) for name in both)


def _when(one: Change) -> str:
    return f"{one.date} {short(one.commit)}"


def _moved(view: View, past: Past) -> Iterator[Fact]:
    """Where a symbol was before it came to its file; only the last move, only from another file name, and only of what
    always had its name."""
    told = {one.symbol_id for one in past.changes if one.kind == "renamed"}  # had another name there
    for symbol, label, one in _changes(view, past, "moved"):
        if symbol.id not in told and one.before != symbol.path and one.path == symbol.path and not symbol.parent_id:
            told.add(symbol.id)
            yield make_fact("history", "moved_from", symbol, label, [one.before], text=_when(one))


def _removed(view: View, past: Past) -> Iterator[Fact]:
    """Names that once were and are gone, where the commit says that it removes something."""
    ranks: dict[str, float] = {}
    for symbol in view.symbols:
        ranks[symbol.path] = max(ranks.get(symbol.path, 0.0), symbol.rank)
    told: set[str] = set()
    for one, path in past.removed:
        if one.name in told or len(told) == MOST_REMOVED or not REMOVED.search(f"{one.subject} {one.reason}"):
            continue
        told.add(one.name)
        objects = [one.date, short(one.commit)]
        yield Fact(
            id=fact_id("removed", one.name, *objects), facet="history", relation="removed", subject=one.name,
            subject_kind=one.symbol_kind, objects=tuple(objects), path=path, line=1, end_line=1, text=one.subject,
            rank=ranks.get(path, 0.0) / 2,
        )  # fmt: skip


def _notices(view: View, past: Past, *kinds: str) -> Iterator[tuple[Symbol, str, Notice]]:
    symbols = view.by_id()
    for one in past.notices:
        if one.kind in kinds and one.symbol_id in symbols:
            yield symbols[one.symbol_id], view.labels[one.symbol_id], one


def _at(one: Notice) -> dict[str, object]:
    return {"path": one.path, "line": one.line, "end_line": one.line}


def _deprecated(view: View, past: Past) -> Iterator[Fact]:
    """What is marked as deprecated, or warns that it is itself, and what to use instead."""
    told: set[int] = set()
    leaves = Counter(label.rpartition(".")[2] for label in view.labels.values())
    by_name = {
        label.rpartition(".")[2]: id for id, label in view.labels.items() if leaves[label.rpartition(".")[2]] == 1
    }
    by_name |= {label: id for id, label in view.labels.items()}
    for symbol, label, one in _notices(view, past, "deprecated", "warns"):
        if symbol.id in told or (one.kind == "warns" and not _warns_of(symbol, one.text)):
            continue
        if one.kind == "deprecated" and PART.search(one.text) and one.version:
            continue  # a part of it is: `noted_in` says so
        part = _PART_IS.match(one.text)
        if part and part[1] not in (symbol.name, label):
            continue
        if not one.version and len(content_words(one.text)) < MIN_WORDS:
            continue
        told.add(symbol.id)
        fact = make_fact(
            "history", "deprecated_since", symbol, label, filter(None, [one.version]), text=one.text, **_at(one)
        )
        yield fact
        yield from _replaced(fact, symbol, by_name, view)


def _warns_of(symbol: Symbol, text: str) -> bool:
    """Whether a warning speaks of the function that gives it."""
    return re.search(rf"\b{re.escape(symbol.name)}\b\W*(?:\w+\W+){{0,2}}deprecated\b", text) is not None


def _replaced(fact: Fact, symbol: Symbol, by_name: Mapping[str, int], view: View) -> Iterator[Fact]:
    found = INSTEAD.search(re.sub(r"#|::|\\", ".", fact.text))
    name = found[1] if found else ""
    near = f"{view.labels.get(symbol.parent_id or -1, '')}.{name}"  # a bare name means one of the same class first
    other = view.by_id().get(by_name.get(near, by_name.get(name, by_name.get(name.rpartition(".")[2], -1))))
    if other is None or other.id == symbol.id:
        return
    place = {"path": fact.path, "line": fact.line, "end_line": fact.end_line}
    forward = make_fact(
        "history", "replaced_by", symbol, fact.subject, [view.labels[other.id]], text=fact.text, **place
    )
    yield forward
    yield make_fact("history", "replaces", other, view.labels[other.id], [fact.subject], sources=(forward.id,), **place)


def _noted(view: View, past: Past) -> Iterator[Fact]:
    """Since which version something is there, and what its own documentation notes on a version. Change logs only
    name it, and may mean what had this name before."""
    notes: dict[tuple[int, str], list[Notice]] = defaultdict(list)
    symbols, told = view.by_id(), told_of(view.index)
    for symbol, label, one in _notices(view, past, "added", "changed", "deprecated"):
        if one.kind == "added" and one.version and not one.text:
            yield make_fact("history", "available_since", symbol, label, [one.version], **_at(one))
        elif one.version and (one.kind != "deprecated" or PART.search(one.text)):
            notes[symbol.id, one.version].append(one)
    for (symbol_id, version), listed in notes.items():
        telling = [one for one in listed if len(content_words(one.text)) >= MIN_WORDS]
        if telling:
            symbol, label = symbols[symbol_id], view.labels[symbol_id]
            if text := told.quotable(whole_sentence(telling[0].text)):
                yield make_fact("history", "noted_in", symbol, label, [version], text=text, **_at(telling[0]))
