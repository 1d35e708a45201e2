"""How a question is put to a language model of a lift by the name of who answers: sft, sft+retrieval, sft+checked."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from forklift.answerers import CONTEXT_TOKENS, RETRIEVAL
from forklift.answerers.checked import NameCheck, known_names
from forklift.answerers.conversation import standalone
from forklift.answerers.retrieval import retrieve, with_context
from forklift.index import Index

if TYPE_CHECKING:  # brings torch
    from forklift.answerers.language_model import LanguageModel

CHECKED = "+checked"  # writes only names that exist between backticks
EXTRAS = ("", RETRIEVAL, CHECKED, f"{RETRIEVAL}{CHECKED}")


def split_name(name: str) -> tuple[str, frozenset[str]]:
    """The model of an answerer, and what is added to it. Raises ValueError for anything but EXTRAS."""
    plain, *extras = re.split(r"(?=\+)", name)
    if len(extras) != len({*extras} & {RETRIEVAL, CHECKED}):
        raise ValueError(name)
    return plain, frozenset(extras)


def told(
    question: str, extras: frozenset[str], model: "LanguageModel", index: Index, earlier: Sequence[str] = ()
) -> str:
    """The question, with +retrieval after what the index holds about it: at most a quarter of the model's context.

    `earlier`: what the same person asked before, for a question that refers to it.
    """
    if RETRIEVAL not in extras:
        return question
    budget = min(CONTEXT_TOKENS, model.max_tokens // 4)
    return with_context(question, retrieve(index, standalone(question, earlier), budget, model.count_text_tokens).text)


def name_check(question: str, extras: frozenset[str], index: Index) -> Callable[[str, str], bool] | None:
    """What may come next in an answer (see `Wish.allows`); None when everything may."""
    return NameCheck(known_names(index), question).allows if CHECKED in extras else None
