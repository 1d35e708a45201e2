"""Recruits language models as teachers: dossiers -> summaries -> questions and answers -> what holds of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from forklift.build.llm.costs import Usage, usage_table
from forklift.build.llm.dossiers import Library, dossier
from forklift.build.llm.estimate import estimate_lines, rewording_lines
from forklift.build.llm.judge import judged
from forklift.build.llm.material import Material, Taught
from forklift.build.llm.pairs import preferences
from forklift.build.llm.parse import check_rows, check_summary, read_rows, read_summary
from forklift.build.llm.parts import Part, by_level, chosen, needs_summary, take_apart
from forklift.build.llm.prompts import (
    INSTRUCTION_TOKENS,
    ROW_TOKENS,
    WORDING_TOKENS,
    Sizes,
    rows_request,
    sizes_within,
    summary_request,
)
from forklift.build.llm.rewording import PROMPT_TOKENS as REWORDING_TOKENS
from forklift.build.llm.rewording import Rewording, Wanted
from forklift.build.llm.spec import CONTEXT_TOKENS, TASKS, Teacher, parse_teacher
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
    explaining, rewording = ([one for one in teachers if one.task == task] for task in TASKS)
    with Store(path) as store:
        sizes = fitting_sizes(explaining, config)
        explainers = Staff(explaining, store, how, sizes.dossier + INSTRUCTION_TOKENS, report, announce)
        reworders = Staff(rewording, store, how, REWORDING_TOKENS, report, announce)
        if how.dry_run or how.preview:
            lines = _looked_at(material, sizes, explainers, reworders, config)
            raise UnfinishedError("nothing was asked" if how.dry_run else "nothing was written", lines)
        taught = _explained(material, sizes, explainers, config) if explaining else Taught()
        return _with_rewordings(taught, material, reworders, config) if rewording else taught


def _explained(material: Material, sizes: Sizes, staff: Staff, config: BuildConfig) -> Taught:
    """What came of dossiers: summaries, questions and answers, preference pairs."""
    library = _library(material)
    wanted = chosen(library.parts, config.teacher_parts)
    verifier = _verifier(material, library)
    summaries = _summaries(library, wanted, sizes, staff, verifier)
    candidates = _candidates(library, wanted, summaries, sizes, staff)
    kept = [each for one in track(candidates, "verifying the rows", staff.report) for each in verifier.verify(one)]
    kept = without_near_wordings(kept, material.questions, verifier.dropped)
    staff.announce(kept_line(len(kept), len(candidates), verifier.dropped))
    if candidates and not kept:
        staff.announce(f"too weak to explain code? {_weaker(staff.teachers)} asks for other wordings only")
    kept, jury = judged(kept, config, staff, sizes.dossier, verifier.dropped)
    pairs = preferences(kept, staff, verifier, material, config)
    usages = [*staff.usages(), *jury]
    _tell(staff, usages)
    models = tuple(teacher.model for teacher in staff.teachers)
    whole = list(as_validation(kept))
    return Taught(whole, pairs, models, len(candidates), verifier.dropped, usages, is_complete=staff.is_complete)


def _weaker(teachers: Sequence[Teacher]) -> str:
    """How to ask the first teacher for less."""
    endpoint = teachers[0].endpoint
    return f"--teacher {endpoint.model}@{endpoint.base_url}#task=reword"


def _with_rewordings(taught: Taught, material: Material, staff: Staff, config: BuildConfig) -> Taught:
    """The same with other wordings of questions that training has."""
    task = Rewording(material, staff)
    kept = task.reworded(task.lessons[: config.teacher_parts])
    staff.announce(kept_line(len(kept), task.drafts, task.dropped, "wordings"))
    kept, jury = judged(kept, config, staff, REWORDING_TOKENS, task.dropped)
    usages = [*staff.usages(), *jury]
    _tell(staff, usages)
    return replace(
        taught,
        rewordings=[each.question for each in kept],
        reworders=tuple(teacher.model for teacher in staff.teachers),
        reworded=task.drafts,
        dropped=taught.dropped + task.dropped,
        usages=[*taught.usages, *usages],
        is_complete=taught.is_complete and staff.is_complete,
    )


def _looked_at(material: Material, sizes: Sizes, explainers: Staff, reworders: Staff, config: BuildConfig) -> list[str]:
    """What a dry run or a preview tells, as `RecruitConfig` says."""
    lines: list[str] = []
    how = explainers.config
    if explainers.teachers:
        library = _library(material)
        wanted = chosen(library.parts, config.teacher_parts)
        if how.dry_run:
            lines += estimate_lines(library, wanted, sizes, explainers, config)
        else:
            lines += _preview(material, library, wanted, sizes, explainers, how.preview or 1)
    if reworders.teachers:
        task = Rewording(material, reworders)
        lessons = task.lessons[: config.teacher_parts]
        lines += (
            rewording_lines(lessons, reworders) if how.dry_run else _preview_wordings(task, lessons, how.preview or 1)
        )
    return lines


def fitting_sizes(teachers: Sequence[Teacher], config: BuildConfig) -> Sizes:
    """How large dossiers and replies may be: as configured, and so that every teacher has room for both. Raises
    ConfigError when one has none."""
    smallest = min(teachers, key=lambda one: one.context_tokens, default=None)
    sizes = sizes_within(smallest.context_tokens if smallest else CONTEXT_TOKENS, config.teacher_tokens)
    if smallest and sizes.dossier < FEWEST_TOKENS:
        raise _too_small(smallest, INSTRUCTION_TOKENS + ROW_TOKENS + FEWEST_TOKENS)
    return sizes


def _too_small(teacher: Teacher, least: int) -> ConfigError:
    return ConfigError(f"{teacher.model} has a context of {teacher.context_tokens} tokens; a teacher needs {least}")


def checked_teachers(config: BuildConfig, how: RecruitConfig) -> list[Teacher]:
    """The teachers of a config. Raises ConfigError when one is none, or cannot do what is wanted; asks nobody."""
    teachers = [parse_teacher(spec) for spec in config.teachers]
    judges = [parse_teacher(config.judge)] if config.judge else []
    fitting_sizes([*(one for one in teachers if one.task == "explain"), *judges], config)
    for one in teachers:
        if one.task == "reword" and one.context_tokens < REWORDING_TOKENS + WORDING_TOKENS:
            raise _too_small(one, REWORDING_TOKENS + WORDING_TOKENS)
    _check([*teachers, *judges], how)
    if how.engine != "local" and (how.budget_usd is not None or how.batch):
        raise ConfigError("a Ray cluster keeps no budget and sends no batches: leave --engine out, or the other option")
    if how.batch and len(teachers) > 1:
        raise ConfigError("--batch asks one teacher: name one, or leave --batch out")
    return teachers


def rewords(config: BuildConfig) -> bool:
    """Whether some teacher of a config is to reword what the built-in one asks."""
    return any(parse_teacher(spec).task == "reword" for spec in config.teachers)


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


def _preview_wordings(task: Rewording, lessons: Sequence[Wanted], count: int) -> list[str]:
    """The first finished wordings, as lines to read."""
    shown: list[Kept] = []
    for start in range(0, len(lessons), PREVIEW_AT_ONCE):
        shown += task.reworded(lessons[start : start + PREVIEW_AT_ONCE])
        if len(shown) >= count or task.staff.stopped:
            break
    lines = [line for each in shown[:count] for line in _row_lines(each.question)]
    return [*lines, kept_line(len(shown), task.drafts, task.dropped, "wordings")]


def kept_line(kept: int, drafts: int, dropped: Counter[str], what: str = "rows") -> str:
    """What verification left: "2 rows kept of 9 drafts; dropped: 4 repeats itself, 3 says nearly nothing"."""
    why = ", ".join(f"{count} {reason}" for reason, count in dropped.most_common() if count)
    return f"{kept} {what} kept of {drafts} drafts" + (f"; dropped: {why}" if why else "")


def _tell(staff: Staff, usages: Sequence[Usage]) -> None:
    if staff.found:
        staff.announce(f"{staff.found} replies were in {staff.store.path.name} already")
    if usages:
        for line in usage_table(usages):
            staff.announce(line)
    if staff.stopped:
        staff.announce(f"{staff.stopped}: the dataset has what was written so far; a larger budget goes on from here")
    for reason, count in Counter(staff.failures).most_common(3):
        staff.announce(f"{count} requests without a usable reply: {reason}; run it again to ask once more")
