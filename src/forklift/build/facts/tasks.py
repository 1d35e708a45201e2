"""Facet tasks: how something is done, as the how-to sections of the documentation show it, and what one does with a
symbol.

A section is a how-to when its heading begins with a verb: "Upload files", "Uploading files", "How to upload files".
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from forklift.build.facts.documentation import MAX_SYMBOLS, begins_with, section_fact
from forklift.build.facts.told import Told, exact_line, numberless, ranks_of, told_of
from forklift.build.facts.view import View
from forklift.index import first_sentence
from forklift.records import Fact, Section

MAX_STEPS, STEP_CHARS = 5, 90
MAX_SYMBOLS_USED = 4
MAX_TASKS = 3
LONGEST_TASK = 8  # words
_VERBS = (
    "access activate add adjust alter analyse analyze apply assign attach authenticate avoid bind block branch build "
    "bundle cache call cancel catch change check choose clean clear clone close collect combine compare compile "
    "compose compress compute configure connect contribute control convert copy count create customise customize "
    "debug declare decode decorate define delete deploy describe design detect develop disable dispatch display "
    "distribute document download drop edit embed enable encode encrypt enforce escape evaluate execute export expose "
    "extend extract fetch filter find fix flash format generate get group handle hide host implement import improve "
    "include inherit initialise initialize inject insert inspect install integrate interact invoke isolate iterate "
    "join keep limit link list load localise localize log lock make manage map match measure merge migrate modify "
    "monitor mount move nest notify obtain open optimise optimize organise organize override package parse pass "
    "patch pin plug post prepare prevent print process profile prompt protect provide publish pull push query quote "
    "raise read rebuild receive record redirect refactor refresh register release reload remove rename render replace "
    "report request require reset resolve respond restart restore restrict retry retrieve return reuse roll rotate "
    "route run sanitise sanitize save scale schedule search secure select send separate serialise serialize serve set "
    "share show sign simulate skip solve sort specify split start stop store stream structure submit subclass "
    "subscribe switch synchronise synchronize tag test throw trace track train transform translate trigger "
    "troubleshoot tune turn understand uninstall unregister update upgrade upload use validate verify version view "
    "visualise visualize wait watch work wrap write begin bring buy carry clean cook cut drive dry feed fill fold give "
    "grow harvest heat help hire hold learn lift melt mix pay pick plan plant play pour press put repair sell spend "
    "take talk teach tell throw tie travel treat try visit warm wash wear weigh"
).split()
_NOUNS = frozenset(
    (
        "access block branch build bundle buy cache call change check clean clear clone close contact control "
        "copy count cut debug design display document download drive drop edit export extract feed fill filter "
        "fix flash fold format group heat help hide hire hold host import include join lift limit link list load "
        "lock log map match measure mix mount move nest open override package pass patch pay pick pin plan plant "
        "play plug post press print process profile prompt pull push query quote raise read record redirect "
        "refresh release reload report request reset restart retry return roll route run save scale search select "
        "serve set share show sign skip sort spend split start stop store stream structure subclass switch tag "
        "talk test tie track train travel treat trigger try turn update upgrade upload use version view visit "
        "wait wash watch wear work wrap"
    ).split()
)
"""Verbs that are nouns as well: a heading that begins with one is a task only where an article or the like follows."""
_MODIFYING = _NOUNS | {"troubleshoot", "render", "parse", "schedule", "validate", "encode", "compile", "compress"}
"""Verbs whose form in -ing often says what kind of thing it is: "testing strategy", "caching layer"."""
_THING = re.compile(r"(?:options|settings|rules|errors|notes|tips|guidelines|requirements|instructions|tools)\b", re.I)
_AFTER_VERB = re.compile(r"(?:a|an|the|your|its|it|one|some|all|any|with|from|to|new|multiple|several|custom)\b", re.I)
_QUESTION = re.compile(r"(?:how (?:to|do i|can i|do you|do we|should i)|recipe:|howto:?)\s+", re.IGNORECASE)
_DOUBLED = frozenset("submit embed debug format control reset".split())
_SHORT = re.compile(r"[^aeiou]+[aeiou][bdgklmnprtv]|[aeiou][bdgmnpt]")


def _gerund(verb: str) -> str:
    """The form in -ing: "using", "running", "writing"."""
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return f"{verb[:-1]}ing"
    return f"{verb}{verb[-1]}ing" if _SHORT.fullmatch(verb) or verb in _DOUBLED else f"{verb}ing"


GERUNDS = {_gerund(verb): verb for verb in _VERBS} | {"cancelling": "cancel"}


def facts(view: View) -> Iterator[Fact]:
    """`how_to` of tasks and back `used_to` of symbols."""
    told = told_of(view.index)
    ranks = ranks_of(told, {one.id: one.rank for one in view.symbols})
    common = _lower_words(told.sections)
    by_task: dict[str, list[Section]] = defaultdict(list)
    for section in told.sections:
        task = task_of(numberless(section.heading), common, view.name)
        if task and section.id in told.titles:
            by_task[task].append(section)
    how: list[tuple[Fact, Sequence[int]]] = []
    for task, sections in by_task.items():
        if len(sections) == 1:
            how += _how_to(view, told, ranks, task, sections[0])
    yield from (fact for fact, _ in how)
    yield from _used_to(view, told, how)


def task_of(heading: str, common: frozenset[str], repository: str) -> str:
    """What a heading says how to do, beginning with the verb: "upload files"; "" when it is none.

    `common`: words that the documentation writes in lower case.
    """
    asked = _QUESTION.match(heading)
    words = heading[asked.end() if asked else 0 :].rstrip("?!.: ").split()
    if not 2 <= len(words) <= LONGEST_TASK:
        return ""
    first = words[0].lower()
    verb = GERUNDS.get(first, first if first in _VERBS else "")
    if not verb or (first == verb and first in _NOUNS and not asked and not _AFTER_VERB.match(words[1])):
        return ""
    if first == verb and not asked and not _has_object(words[1:]):
        return ""  # "Rename handler" may be a thing
    if words[1].lower() in ("is", "are", "and", "or", "vs") or (
        verb in _MODIFYING and first != verb and (not _has_object(words[1:]) or _THING.match(words[-1]))
    ):
        return ""
    runs = groupby(words[1:], key=lambda word: _is_capitalised(word) and word.lower() != repository.lower())
    rest = [word for is_title, run in runs for word in (_lowered(list(run), common) if is_title else run)]
    return " ".join([verb, *rest]).replace("`", "")


def _has_object(words: Sequence[str]) -> bool:
    """Whether what follows a form in -ing is what is done to: "testing the parser", "uploading files", but not
    "testing strategy", which is a thing."""
    return bool(_AFTER_VERB.match(words[0])) or any(
        re.search(r"`|[A-Z].*[A-Z]|\d|[^s]s\W*$", word) or word.islower() != words[-1].islower() for word in words
    )


def _is_capitalised(word: str) -> bool:
    return word.istitle() and re.search(r"`|\w\W\w", word) is None


def _lowered(run: Sequence[str], common: frozenset[str]) -> Sequence[str]:
    """Words of a title in a row as they are written in a sentence: names, of one word or several, keep their
    capitals."""
    return [word.lower() for word in run] if all(re.sub(r"\W", "", word).lower() in common for word in run) else run


def _lower_words(sections: Sequence[Section]) -> frozenset[str]:
    """The words that the documentation writes in lower case."""
    return frozenset(
        word for one in sections for block in one.blocks if block.kind != "code"
        for word in re.findall(r"\b[a-z]{2,}\b", block.text)
    )  # fmt: skip


def _how_to(
    view: View, told: Told, ranks: Mapping[int, float], task: str, section: Section
) -> Iterator[tuple[Fact, Sequence[int]]]:
    """The fact of one task, with the symbols that it uses."""
    by_id = view.by_id()
    passages = [one for one in told.passages.get(section.id, ()) if one.symbol_id in by_id]
    ids = sorted({one.symbol_id for one in passages}, key=lambda n: (-by_id[n].rank, n))[:MAX_SYMBOLS_USED]
    written = [one for one in section.blocks if one.kind == "step" and one.level < 2]
    steps = [told.quotable(first_sentence(one.text, STEP_CHARS), 2) for one in written[:MAX_STEPS]]
    said = told.quotable(section.summary) if begins_with(view, section) else ""
    more = ["and others"] if len(written) > len(steps) else []
    numbered = "; ".join([*(f"{number}. {step}" for number, step in enumerate(steps, start=1)), *more])
    text = numbered if len(steps) >= 2 and all(steps) else f'"{said}"' if said else ""
    if not text and not ids:
        return
    labels = tuple(view.labels[number] for number in ids)
    title = told.titles[section.id]
    yield (
        section_fact(
            "how_to", section, task, (section.path, *labels), facet="tasks", subject_kind="task",
            text=f"{title}\n{text}", rank=ranks[section.id],
        ),
        ids,
    )  # fmt: skip


def _used_to(view: View, told: Told, how: Sequence[tuple[Fact, Sequence[int]]]) -> Iterator[Fact]:
    """What the how-to sections do with each symbol; where a section uses many, it says little of each."""
    tasks: dict[int, list[Fact]] = defaultdict(list)
    at = {(one.path, one.line): one for one in told.sections}
    for fact, ids in how:
        for number in ids if len(ids) <= MAX_SYMBOLS else ():
            tasks[number].append(fact)
    for symbol in view.symbols:
        listed = tasks.get(symbol.id, [])[:MAX_TASKS]
        more = "; and others" if len(tasks.get(symbol.id, [])) > len(listed) else ""
        if listed:
            section = at[listed[0].path, listed[0].line]
            passages = told.passages[section.id]
            line = min(one.line for one in passages if one.symbol_id == symbol.id)
            line = exact_line(view.index, section, line, symbol.name)
            yield section_fact(
                "used_to", section, view.labels[symbol.id], tuple(fact.subject for fact in listed), facet="tasks",
                subject_kind=symbol.kind, line=line, end_line=line, rank=symbol.rank,
                text="; ".join(f"{fact.subject} (`{fact.path}`)" for fact in listed) + more,
                sources=tuple(fact.id for fact in listed),
            )  # fmt: skip
