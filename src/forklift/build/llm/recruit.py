"""Recruits language models as teachers: dossiers -> summaries -> questions and answers -> what holds of them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from forklift.build.llm.costs import Usage, usage_table
from forklift.build.llm.dossiers import Library, dossier
from forklift.build.llm.estimate import estimate_lines
from forklift.build.llm.judge import judged
from forklift.build.llm.material import Material, Taught
from forklift.build.llm.pairs import preferences
from forklift.build.llm.parse import check_rows, check_summary, read_rows, read_summary
from forklift.build.llm.parts import Part, by_level, chosen, needs_summary, take_apart
from forklift.build.llm.prompts import (
    INSTRUCTION_TOKENS,
    ROW_TOKENS,
    Sizes,
    rows_request,
    sizes_within,
    summary_request,
)
from forklift.build.llm.spec import Teacher, parse_teacher
from forklift.build.llm.staff import Announce, Staff
from forklift.build.llm.store import Store
from forklift.build.llm.verify import Candidate, Kept, Verifier, as_validation, without_near_wordings
from forklift.config import BuildConfig, RecruitConfig
from forklift.engine import Report, track
from forklift.errors import ConfigError, UnfinishedError
from forklift.records import Question

FEWEST_TOKENS = 300  # of a dossier; less says nothing
PREVIEW_AT_ONCE = 8  # parts


def recruit(
    material: Material, path: Path, config: BuildConfig, how: RecruitConfig, report: Report, announce: Announce
) -> Taught:
    """Rows and preference pairs that the teachers of `config` write and that stand up to the index.

    Replies are kept in the store at `path`. Raises EndpointError before any work when a teacher cannot be used,
    ConfigError, and UnfinishedError with what `how` asks for
    instead: an estimate, a preview, a batch that is under way.
    """
    teachers = checked_teachers(config, how)
    library = _library(material)
    wanted = chosen(library.parts, config.teacher_parts)
    sizes = fitting_sizes(teachers, config)
    with Store(path) as store:
        staff = Staff(teachers, store, how, sizes.dossier + INSTRUCTION_TOKENS, report, announce)
        if how.dry_run:
            raise UnfinishedError("nothing was asked", estimate_lines(library, wanted, sizes, staff, config))
        if how.preview:
            raise UnfinishedError("nothing was written", _preview(material, library, wanted, sizes, staff, how.preview))
        verifier = _verifier(material, library)
        summaries = _summaries(library, wanted, sizes, staff, verifier)
        candidates = _candidates(library, wanted, summaries, sizes, staff)
        kept = [each for one in track(candidates, "verifying the rows", report) for each in verifier.verify(one)]
        kept = without_near_wordings(kept, material.questions, verifier.dropped)
        announce(kept_line(len(kept), len(candidates), verifier.dropped))
        kept, jury = judged(kept, config, store, how, sizes.dossier, verifier.dropped, report, announce)
        pairs = preferences(kept, staff, verifier, material, config)
        usages = [*staff.usages(), *jury]
        _tell(staff, usages, announce)
        return Taught(
            list(as_validation(kept)),
            pairs,
            tuple(teacher.model for teacher in teachers),
            len(candidates),
            verifier.dropped,
            usages,
            not staff.stopped and not staff.failures,
        )


def fitting_sizes(teachers: Sequence[Teacher], config: BuildConfig) -> Sizes:
    """How large dossiers and replies may be: as configured, and so that every teacher has room for both. Raises
    ConfigError when one has none."""
    smallest = min(teachers, key=lambda teacher: teacher.context_tokens)
    sizes = sizes_within(smallest.context_tokens, config.teacher_tokens)
    if sizes.dossier < FEWEST_TOKENS:
        least = INSTRUCTION_TOKENS + ROW_TOKENS + FEWEST_TOKENS
        raise ConfigError(
            f"{smallest.model} has a context of {smallest.context_tokens} tokens; a teacher needs {least}"
        )
    return sizes


def checked_teachers(config: BuildConfig, how: RecruitConfig) -> list[Teacher]:
    """The teachers of a config. Raises ConfigError when one is none, or cannot do what is wanted; asks nobody."""
    teachers = [parse_teacher(spec) for spec in config.teachers]
    judges = [parse_teacher(config.judge)] if config.judge else []
    fitting_sizes([*teachers, *judges], config)
    _check([*teachers, *judges], how)
    if how.engine != "local" and (how.budget_usd is not None or how.batch):
        raise ConfigError("a Ray cluster keeps no budget and sends no batches: leave --engine out, or the other option")
    if how.batch and len(teachers) > 1:
        raise ConfigError("--batch asks one teacher: name one, or leave --batch out")
    return teachers


def _check(teachers: Sequence[Teacher], how: RecruitConfig) -> None:
    unpriced = next((teacher for teacher in teachers if teacher.price is None), None)
    if how.budget_usd is not None and unpriced is not None:
        raise ConfigError(
            f"a budget needs prices, and that of {unpriced.model} is unknown: give USD for a million tokens, as in "
            f"{unpriced.model}@{unpriced.endpoint.base_url}#in=0.4,out=1.6"
        )


def _library(material: Material) -> Library:
    hidden = {fact.id for fact in (*material.control, *material.reversed_)}
    shown = [f for f in material.facts if f.id not in hidden and hidden.isdisjoint(f.sources)]
    return Library(material.view, material.index, take_apart(material.view), shown)


def _verifier(material: Material, library: Library) -> Verifier:
    return Verifier(material.index, library.facts_of, material.control, material.reversed_)


def _summaries(
    library: Library, wanted: Sequence[Part], sizes: Sizes, staff: Staff, verifier: Verifier
) -> dict[str, str]:
    """What each part is, in a few sentences, by its id; bottom-up, so that each is told what is in it. What a summary
    names becomes evidence, so those that name what does not exist are left out."""
    summaries: dict[str, str] = {}
    for level in by_level([part for part in wanted if needs_summary(part)]):
        shown = {part.id: dossier(library, part, summaries, sizes.dossier) for part in level}
        requests = {part.id: summary_request(part, shown[part.id]) for part in level}
        texts = staff.ask(list(requests.values()), check_summary)
        for part in level:
            said = read_summary(texts.get(requests[part.id].key, ""))
            if said and not verifier.misleads(said, part, shown[part.id]):
                summaries[part.id] = said
    return summaries


def _candidates(
    library: Library, wanted: Sequence[Part], summaries: dict[str, str], sizes: Sizes, staff: Staff
) -> list[Candidate]:
    """Every row that the teachers write, by part, the most central first."""
    shown = {part.id: dossier(library, part, summaries, sizes.dossier) for part in wanted}
    requests = {part.id: rows_request(part, shown[part.id], sizes.rows) for part in wanted}
    texts = staff.ask(list(requests.values()), check_rows)
    return [
        Candidate(draft, part, shown[part.id])
        for part in wanted
        for draft in read_rows(texts.get(requests[part.id].key, ""))
    ]


def _preview(
    material: Material, library: Library, wanted: Sequence[Part], sizes: Sizes, staff: Staff, count: int
) -> list[str]:
    """The first finished rows, as lines to read. Dossiers without summaries: those would have to be asked for all."""
    verifier = _verifier(material, library)
    shown: list[Kept] = []
    drafts = 0
    for start in range(0, len(wanted), PREVIEW_AT_ONCE):
        candidates = _candidates(library, wanted[start : start + PREVIEW_AT_ONCE], {}, sizes, staff)
        drafts += len(candidates)
        shown += [row for candidate in candidates for row in verifier.verify(candidate)]
        if len(shown) >= count or staff.stopped:
            break
    lines = [line for each in shown[:count] for line in _row_lines(each.question)]
    return [*lines, kept_line(len(shown), drafts, verifier.dropped)]


def _row_lines(question: Question) -> list[str]:
    history = [f"{who}: {said}" for who, said in zip("QA" * len(question.history), question.history, strict=False)]
    where = f"   [{question.facet}; {', '.join(question.evidence[:3])}]"
    return [*history, f"Q: {question.prompt}", f"A: {question.completion}", where, ""]


def kept_line(kept: int, drafts: int, dropped: Counter[str]) -> str:
    """What verification left: "2 rows kept of 9 drafts; dropped: 4 repeats itself, 3 says nearly nothing"."""
    why = ", ".join(f"{count} {reason}" for reason, count in dropped.most_common() if count)
    return f"{kept} rows kept of {drafts} drafts" + (f"; dropped: {why}" if why else "")


def _tell(staff: Staff, usages: Sequence[Usage], announce: Announce) -> None:
    if staff.found:
        announce(f"{staff.found} replies were in {staff.store.path.name} already")
    if usages:
        for line in usage_table(usages):
            announce(line)
    if staff.stopped:
        announce(f"{staff.stopped}: the dataset has what was written so far; a larger budget goes on from here")
    for reason, count in Counter(staff.failures).most_common(3):
        announce(f"{count} requests without a usable reply: {reason}; run it again to ask once more")
