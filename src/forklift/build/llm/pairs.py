"""Preference pairs: the verified answer over what the same model says without the dossier, where that is worse."""

from collections.abc import Sequence
from dataclasses import replace

from forklift.build.llm.judge import is_drawn
from forklift.build.llm.material import Material
from forklift.build.llm.prompts import alone_request
from forklift.build.llm.staff import Staff
from forklift.build.llm.verify import Kept, Verifier, jaccard, keys_of, pairs_of
from forklift.build.overlap import without_near_tests
from forklift.build.teachers.builtin import needed
from forklift.config import BuildConfig
from forklift.grading import grade
from forklift.records import Preference, Question

SAME_WORDING = 0.6  # of the word pairs of two questions that both have


def preferences(
    kept: Sequence[Kept], staff: Staff, verifier: Verifier, material: Material, config: BuildConfig
) -> list[Preference]:
    """A pair for each row, of a share of them, whose question the teacher answers worse when it is shown nothing.

    Worse is what the grader says: wrong keys, or names that do not exist. The question is the teacher's second
    wording, which training never shows. A model that says it does not know is no bad example.
    """
    rows = _reworded(kept, verifier, config)
    rows = without_near_tests(rows, material.questions)
    requests = {row.id: alone_request(row.prompt, material.view.name) for row in rows}
    texts = staff.ask(list(requests.values()), _any)
    found = (_pair(row, texts.get(requests[row.id].key, ""), verifier) for row in rows)
    return [pair for pair in found if pair is not None]


def _any(_: str) -> str:
    """A check that every reply passes."""
    return ""


def _reworded(kept: Sequence[Kept], verifier: Verifier, config: BuildConfig) -> list[Question]:
    """The rows of training with another question, which names only what exists and is none of training's."""
    rows: list[Question] = []
    for each in kept:
        row, draft = each.question, each.draft
        is_usable = draft.reworded and not row.history and row.split == "train"
        if not is_usable or not is_drawn(row.id, config.preference_share):
            continue
        if jaccard(pairs_of(draft.reworded), pairs_of(row.prompt)) >= SAME_WORDING:
            continue
        if verifier.unknown(draft.reworded, each.evidence) or verifier.has_asked(draft.reworded):
            continue
        keys, key_type = keys_of(draft.reworded, row.completion, verifier.index)
        if keys:
            rows.append(
                replace(row, prompt=draft.reworded, keys=keys, key_type=key_type, min_keys=needed(len(keys), key_type))
            )
    return rows


def _pair(row: Question, alone: str, verifier: Verifier) -> Preference | None:
    if not alone:
        return None
    said = grade(row, alone, verifier.known)
    if said.abstained or (said.right and not said.invented):
        return None
    reason = "names what does not exist" if said.invented else "lacks what a right answer names"
    return Preference(row.prompt, row.completion, alone, row.subject, reason, row.id, row.evidence)
