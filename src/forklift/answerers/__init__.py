"""Everything that can answer questions, by name: naive, base, sft."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from forklift.engine import Report
from forklift.errors import ConfigError
from forklift.records import Question
from forklift.tables import read_rows
from forklift.workspace import Lift, read_json, read_manifest

if TYPE_CHECKING:
    from forklift.answerers.language_model import LanguageModel

Answerer = Callable[[Sequence[Question], int, Report], list[str]]
"""answerer(questions, max_tokens, report): their answers, in order, of at most `max_tokens` tokens."""

CHARS_PER_TOKEN = 2.8  # of answers about code, low side
MIN_ANSWER_TOKENS = 24


def make_answerer(name: str, lift: Lift) -> Answerer:
    """The answerer called `name`. Raises ConfigError for an unknown one, ModelError when it cannot be loaded."""
    if name not in ANSWERERS:
        raise ConfigError(f"unknown answerer {name!r}: choose from {', '.join(ANSWERERS)}")
    return ANSWERERS[name](lift)


def answer_budget(question: Question, max_tokens: int) -> int:
    """Tokens an answer may take: what the gold answer takes and a quarter more, the same for every answerer."""
    return min(max_tokens, max(MIN_ANSWER_TOKENS, round(1.25 * len(question.completion) / CHARS_PER_TOKEN)))


def _naive(lift: Lift) -> Answerer:
    from forklift.answerers.naive import nearest_question

    answer = nearest_question(read_rows(lift.dataset / "data" / "train.parquet", Question))
    return lambda questions, _max_tokens, _report: answer([question.prompt for question in questions])


def load_answering_model(lift: Lift, name: str) -> "LanguageModel":
    """The language model called `name`: base, or one that was trained. Raises ConfigError, ModelError."""
    from forklift.answerers.language_model import load_language_model

    if name == "base":
        return load_language_model(str(read_json(lift.model("sft") / "training.json")["base"]), "base")
    if not (lift.model(name) / "training.json").is_file():
        raise ConfigError(f"{lift.root} has no model {name!r}: use base or sft, or run 'forklift train {lift.root}'")
    return load_language_model(lift.model(name), name)


def _base(lift: Lift) -> Answerer:
    name = read_manifest(lift)["stages"]["build"]["repository"]["name"]
    system = f"You are an expert on the source code of {name}. Answer briefly; say so when something does not exist."
    return _language_model(load_answering_model(lift, "base"), system)


def _sft(lift: Lift) -> Answerer:
    return _language_model(load_answering_model(lift, "sft"), "")


def _language_model(model: "LanguageModel", system: str) -> Answerer:
    def answer(questions: Sequence[Question], max_tokens: int, report: Report) -> list[str]:
        budgets = [answer_budget(question, max_tokens) for question in questions]
        return model.answer([question.prompt for question in questions], budgets, system=system, report=report)

    return answer


ANSWERERS: Mapping[str, Callable[[Lift], Answerer]] = {"naive": _naive, "base": _base, "sft": _sft}
