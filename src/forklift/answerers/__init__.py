"""Everything that can answer questions, by name.

naive, listing, briefing and hmm need no language model; base is the one before training; a directory under models/ is
one that was trained. api:MODEL[@BASE_URL] is a remote one. NAME+retrieval is told what the index holds about the
question.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from forklift.answerers.conversation import asked, messages_of
from forklift.answerers.loaded import (
    RECORD,
    base_model,
    load_answering_model,
    no_model,
    release_models,
    token_counter,
    token_cutter,
    trained_models,
)
from forklift.config import TrainConfig
from forklift.engine import Report, silent
from forklift.errors import ConfigError, EndpointError, ModelError
from forklift.models import identity
from forklift.records import Failure, Question
from forklift.workspace import Lift, finished_stage, read_manifest, require_stage

__all__ = [
    "CONTEXT_TOKENS",
    "RETRIEVAL",
    "Answerer",
    "answer_budget",
    "answer_one",
    "answerer_key",
    "asked",
    "base_model",
    "load_answering_model",
    "local_answerers",
    "make_answerer",
    "messages_of",
    "release_models",
    "token_counter",
]

Answerer = Callable[[Sequence[Question], int, Report], list[str | Failure]]
"""answerer(questions, max_tokens, report): their answers, in order, of at most `answer_budget` tokens each."""

VERSION = 2  # of how questions are put and answers cut; part of every answerer's key
CHARS_PER_TOKEN = 2.8  # of answers about code, low side
MIN_ANSWER_TOKENS = 24
CONTEXT_TOKENS = 256  # of what retrieval puts before a question
RETRIEVAL = "+retrieval"
API = "api:"
FROM_INDEX = ("listing", "briefing")  # answer from the index alone


def make_answerer(name: str, lift: Lift) -> Answerer:
    """The answerer called `name`; each of its answers is cut to its budget by the base model's tokenizer.

    Raises ConfigError for an unknown one, ModelError or WorkspaceError when its model is missing or damaged.
    """
    plain = _plain(name, lift)
    answer = _MAKERS["api" if plain.startswith(API) else plain if plain in _MAKERS else "model"](plain, lift)
    return _within_budget(answer if plain == name else _told_facts(answer, lift), lift)


def answer_one(name: str, lift: Lift, prompt: str, max_tokens: int) -> str:
    """The answer of the answerer called `name` to one question of a person. Raises as `make_answerer` does, and
    EndpointError when a remote one gives none."""
    question = Question("", "E", "", "forward", (), "", prompt, "", (), 0, "symbol")
    (answer,) = make_answerer(name, lift)([question], max_tokens, silent)
    if isinstance(answer, Failure):
        raise EndpointError(f"{name} gave no answer: {answer.reason}")
    return answer


def local_answerers(lift: Lift) -> tuple[str, ...]:
    """The names of all that can answer here and now, in the order of a report."""
    fitted = {name for name in ("naive", "hmm") if lift.model(name).is_dir()}
    baselines = [name for name in ("naive", "listing", "briefing", "hmm") if name in {*fitted, *FROM_INDEX}]
    return (*baselines, *(f"{name}{more}" for name in ("base", *trained_models(lift)) for more in ("", RETRIEVAL)))


def answerer_key(name: str, lift: Lift) -> str:
    """What the answers of `name` depend on, beside the question and its budget. Raises as `make_answerer` does."""
    plain = _plain(name, lift)
    built = require_stage(lift, "build", f"forklift build REPO -o {lift.root}")["key"]
    parts: list[Any] = [VERSION, name, identity(base_model(lift))]
    if plain != name:
        parts += [CONTEXT_TOKENS, built]
    if plain.startswith(API):
        from forklift.endpoint import parse_endpoint

        endpoint = parse_endpoint(plain.removeprefix(API))
        parts += [endpoint.model, endpoint.base_url, _system_prompt(lift)]
    elif plain == "base":
        parts.append(_system_prompt(lift))
    elif plain in FROM_INDEX:
        parts.append(built)
    else:
        record = lift.model(plain) / RECORD  # tells two trainings with the same key apart
        parts += [finished_stage(lift, f"train:{plain}"), record.read_text() if record.is_file() else ""]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def answer_budget(question: Question, max_tokens: int) -> int:
    """Tokens an answer may take, the same for every answerer.

    What the gold answer takes and a quarter more; `max_tokens` where outsiders wrote the question.
    """
    if question.split == "E":
        return max_tokens
    return min(max_tokens, max(MIN_ANSWER_TOKENS, round(1.25 * len(question.completion) / CHARS_PER_TOKEN)))


def _plain(name: str, lift: Lift) -> str:
    """The name without +retrieval. Raises ConfigError when there can be no such answerer, ModelError when there is
    none yet."""
    plain = name.removesuffix(RETRIEVAL)
    if plain.startswith(API) or name in local_answerers(lift):
        return plain
    trained = (stage.removeprefix("train:") for stage in read_manifest(lift)["stages"] if stage.startswith("train:"))
    trainable = {*trained, *get_args(TrainConfig.model_fields["method"].annotation)}
    if plain in trainable and (plain == name or plain not in _MAKERS):
        raise ModelError(no_model(lift, plain))
    choices = ", ".join([*local_answerers(lift), f"{API}MODEL[@BASE_URL]"])
    raise ConfigError(f"unknown answerer {name!r}: choose from {choices}")


def _within_budget(answer: Answerer, lift: Lift) -> Answerer:
    """Lengths are compared between answerers: one tokenizer measures them all."""
    cut = token_cutter(lift)

    def answer_within(questions: Sequence[Question], max_tokens: int, report: Report) -> list[str | Failure]:
        answers = answer(questions, max_tokens, report)
        pairs = zip(questions, answers, strict=True)
        return [cut(text, answer_budget(q, max_tokens)) if isinstance(text, str) else text for q, text in pairs]

    return answer_within


def _told_facts(answer: Answerer, lift: Lift) -> Answerer:
    from forklift.answerers.retrieval import retrieve, with_context
    from forklift.index import open_index

    index, count = open_index(lift.index), token_counter(lift)

    def told(question: Question) -> Question:
        found = retrieve(index, asked(question), CONTEXT_TOKENS, count)
        return replace(question, prompt=with_context(question.prompt, found.text))

    return lambda questions, max_tokens, report: answer([told(q) for q in questions], max_tokens, report)


def _naive(_: str, lift: Lift) -> Answerer:
    from forklift.answerers.naive import load_naive, nearest_question

    answer = nearest_question(load_naive(lift.model("naive")))
    return lambda questions, _max_tokens, _report: [*answer([asked(question) for question in questions])]


def _listing(_: str, lift: Lift) -> Answerer:
    from forklift.answerers.listing import list_hits
    from forklift.index import open_index

    index, count = open_index(lift.index), token_counter(lift)
    return lambda questions, max_tokens, _report: [
        list_hits(index, asked(question), answer_budget(question, max_tokens), count) for question in questions
    ]


def _briefing(_: str, lift: Lift) -> Answerer:
    from forklift.answerers.briefing import brief, told
    from forklift.index import open_index

    index = open_index(lift.index)
    return lambda questions, _max_tokens, _report: [told(brief(index, asked(question)), "it") for question in questions]


def _hmm(_: str, lift: Lift) -> Answerer:
    from forklift.answerers.hmm import answer_hmm, load_hmm

    model = load_hmm(lift.model("hmm"))
    return lambda questions, max_tokens, _report: [
        *answer_hmm(model, [asked(q) for q in questions], [answer_budget(q, max_tokens) for q in questions])
    ]


def _api(name: str, lift: Lift) -> Answerer:
    from forklift.answerers.api import api_answerer

    return api_answerer(name.removeprefix(API), lift)


def _model(name: str, lift: Lift) -> Answerer:
    system = _system_prompt(lift) if name == "base" else ""
    load_answering_model(lift, name)

    def answer(questions: Sequence[Question], max_tokens: int, report: Report) -> list[str | Failure]:
        model = load_answering_model(lift, name)  # not held: the memory belongs to the two used last
        budgets = [answer_budget(question, max_tokens) for question in questions]
        return [*model.answer([messages_of(question) for question in questions], budgets, system=system, report=report)]

    return answer


def _system_prompt(lift: Lift) -> str:
    from forklift.answerers.api import expert_prompt

    return expert_prompt(read_manifest(lift)["stages"]["build"]["repository"]["name"])


_MAKERS: Mapping[str, Callable[[str, Lift], Answerer]] = {
    "naive": _naive,
    "listing": _listing,
    "briefing": _briefing,
    "hmm": _hmm,
    "api": _api,
    "model": _model,
}
