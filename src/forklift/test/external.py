"""Questions that outsiders wrote, with reference answers: reading them, and scoring answers against them (split E).

No fact stands behind such a question. What an answer must contain is taken from the reference: the code names and
files that it mentions, that exist in the repository, and that the question does not give away.
"""

import codecs
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forklift.engine import Report, silent, track
from forklift.errors import ConfigError, ModelError
from forklift.grading import find_mentions, grade, has_word, is_known
from forklift.grading.grade import same_path
from forklift.index import Index
from forklift.records import Grade, Question
from forklift.test.similarity import bleu, chrf, cosine, load_embedder, rouge_l
from forklift.test.statistics import Interval, cluster_interval, our_answerer, paired_difference, ratio_interval

EXPECTED = 'expected one JSON object a line: {"question": "...", "answer": "..."}'
MOST_NAMED = 5  # lines that a note names
TYPES = ("class", "struct", "enum", "interface", "trait")
COMPARED = ("identifier_recall", "identifier_f1", "file_recall")

_CAPITALISED = re.compile(r"(?<![.!?:\n]\s)(?<![\w./])(?!^)[A-Z][a-z]\w*(?!\w|[./]\w)", re.MULTILINE)

GoldNames = Callable[[str, str], tuple[str, ...]]
"""gold_names(question, reference): what the reference names, the index has and the question does not say."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer against its reference. Shares are None where the reference names nothing to find."""

    question_id: str
    identifier_recall: float | None
    identifier_precision: float | None
    identifier_f1: float | None
    file_recall: float | None
    invented: int
    mentioned: int
    rouge_l: float
    tokens: int


def read_questions(path: Path, index: Index) -> tuple[list[Question], list[str]]:
    """The questions of a JSONL file with `question` and `answer` a line, and notes about what is wrong with it.

    A line that is no such object is left out and noted, a question asked again too. Keys are the reference's code
    names that exist in the index; there may be none. Raises ConfigError when the file holds no usable line.
    """
    text, notes = _text_of(path)
    pairs: dict[str, tuple[str, str]] = {}
    faults: list[str] = []
    repeated: list[str] = []
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        if not line.strip():
            continue
        try:
            question, answer = _pair(line)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
            continue
        if (key := " ".join(question.split())) in pairs:
            repeated.append(f"line {number}")
        pairs.setdefault(key, (question, answer))
    if not pairs:
        first = f" ({faults[0]})" if faults else " (it is empty)"
        raise ConfigError(f"{path} holds no usable question{first}: {EXPECTED}")
    notes += _noted(f"{path.name}: left out {{}} unusable", faults) + _noted(
        f"{path.name}: left out {{}} asked before", repeated
    )
    gold_names = _gold_names(index)
    return [_question(path.stem, question, answer, gold_names) for question, answer in pairs.values()], notes


def gold_files(question: Question, index: Index) -> tuple[str, ...]:
    """The repository's files that the reference answer names and the question does not, as paths from the root."""
    given = [each.text for each in find_mentions(question.prompt) if each.kind == "path"]
    places = [index.locate(each.text) for each in find_mentions(question.completion) if each.kind == "path"]
    paths = dict.fromkeys(place.path for place in places if place and place.kind == "file")
    return tuple(path for path in paths if not any(same_path(path, each) for each in given))


def score_answer(
    question: Question, answer: str, files: Sequence[str], known: Callable[[str], bool], tokens: int
) -> Scored:
    """Scores one answer. `files`: the gold files; `known(name)` says whether a code name exists.

    Precision is the share of gold names among them and the names that neither reference nor question mention; an
    answer that names nothing has none.
    """
    graded = grade(question, answer, known)
    recall, precision = _recall(question, graded), None
    if recall is not None:
        precision = len(graded.found) / max(1, len(graded.found) + len(graded.wrong))
    paths = [each.text for each in find_mentions(answer) if each.kind == "path"]
    reached = [any(same_path(file, path) for path in paths) for file in files]
    return Scored(
        question_id=question.id,
        identifier_recall=recall,
        identifier_precision=precision,
        identifier_f1=None if recall is None or precision is None else _harmonic(recall, precision),
        file_recall=sum(reached) / len(reached) if reached else None,
        invented=len(graded.invented),
        mentioned=graded.mentioned,
        rouge_l=rouge_l(question.completion, answer),
        tokens=tokens,
    )


def identifier_recall(question: Question, answer: str) -> float | None:
    """Share of the gold names that the answer names; None when there is none to name."""
    return _recall(question, grade(question, answer, lambda _: True))


def external_scores(
    questions: Sequence[Question],
    answers: Mapping[str, Mapping[str, str]],
    index: Index,
    count_tokens: Callable[[str], int],
    seed: int,
    report: Report = silent,
) -> dict[str, Any]:
    """Each answerer's scores, by its name, in plain JSON types. See docs/external-questions.md for every field.

    `answers`: answerer -> question id -> text; a question without a text was not answered and does not count.
    """
    known = cache(lambda name: is_known(name, index))
    files = {question.id: gold_files(question, index) for question in questions}
    scored: dict[str, list[Scored]] = {}
    for name in track(list(answers), "comparing with the reference answers", report):
        texts = answers[name]
        scored[name] = [
            score_answer(question, text, files[question.id], known, count_tokens(text))
            for question in questions
            if (text := texts.get(question.id)) is not None
        ]
    cosines, notes = _cosines(questions, answers)
    ours = our_answerer(answers)
    found = {}
    for name, rows in scored.items():
        found[name] = _summary(rows, cosines.get(name), questions, answers[name], seed) | {"notes": notes}
    if ours is not None:
        others = [name for name in scored if name != ours]
        found[ours]["comparisons"] = [
            row for other in others for row in _comparisons(other, scored[ours], scored[other], seed)
        ]
    return found


def _text_of(path: Path) -> tuple[str, list[str]]:
    """What the file says, and a note when its encoding had to be guessed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): {EXPECTED}") from None
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        decoded = codecs.decode(data, "cp1252", "replace")
        return decoded, [f"{path.name} is not {encoding.upper()}: read as Windows-1252, accents may be wrong"]


def _pair(line: str) -> tuple[str, str]:
    """Question and answer of a line. Raises ValueError saying what is wrong with it."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(row, dict):
        raise ValueError("no JSON object")
    return _field(row, "question"), _field(row, "answer")


def _field(row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        raise ValueError(f"no {name!r}")
    if not isinstance(row[name], str):
        raise ValueError(f"{name!r} is no text")
    text = row[name].strip().encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair fits no file
    if not text:
        raise ValueError(f"{name!r} is empty")
    return str(text)


def _noted(what: str, lines: Sequence[str]) -> list[str]:
    """A note about `lines`, naming the first ones; nothing when there are none."""
    if not lines:
        return []
    more = f"; and {len(lines) - MOST_NAMED} more" if len(lines) > MOST_NAMED else ""
    counted = what.format(f"{len(lines)} line" if len(lines) == 1 else f"{len(lines)} lines")
    return [f"{counted} ({'; '.join(lines[:MOST_NAMED])}{more})"]


def _question(stem: str, prompt: str, reference: str, gold_names: GoldNames) -> Question:
    keys = gold_names(prompt, reference)
    return Question(
        id=f"E-{stem}-{hashlib.sha256(prompt.encode()).hexdigest()[:12]}",
        split="E",
        facet="external",
        direction="forward",
        fact_ids=(),
        subject="",
        prompt=prompt,
        completion=reference,
        keys=keys,
        min_keys=max(1, (len(keys) + 1) // 2),
        key_type="symbol",
    )


def _gold_names(index: Index) -> GoldNames:
    """The function that finds gold names: code names, and within sentences the names of classes ("a Session")."""
    key_of = _shortener(index)
    classes = {each.name for each in index.symbols() if each.kind in TYPES}
    classes = {name for name in classes if name.lower() != index.meta["name"].lower()}

    def gold_names(prompt: str, reference: str) -> tuple[str, ...]:
        names = [each.text for each in find_mentions(reference) if each.kind == "symbol"]
        names += [word for word in _CAPITALISED.findall(reference) if word in classes]
        keys = dict.fromkeys(key for name in names if (key := key_of(name)))
        ends = {key.rpartition(".")[2] for key in keys if "." in key}  # `send` beside `Session.send` is the same again
        return tuple(key for key in keys if key not in ends and not _says(prompt, key))

    return gold_names


def _says(prompt: str, key: str) -> bool:
    return all(has_word(prompt, part) for part in key.split("."))


def _shortener(index: Index) -> Callable[[str], str | None]:
    """A function from a name to its shortest ending that means the same one symbol; None when there is no symbol.

    So `Session.merge_settings` is found where an answer says `merge_settings`, when no other thing is called so,
    and `Session.send`, one of several, only where an answer also says whose.
    """
    names = index.names()

    @cache
    def meanings(name: str) -> frozenset[str]:
        return frozenset(each.qualified_name for each in index.find(name))

    @cache
    def key_of(name: str) -> str | None:
        parts = re.split(r"\.|::|->", name)
        if parts[-1] not in names or not meanings(".".join(parts)):
            return None
        endings = (".".join(parts[start:]) for start in range(len(parts) - 1, -1, -1))
        return next((each for each in endings if len(meanings(each)) == 1), ".".join(parts[-2:]))

    return key_of


def _recall(question: Question, graded: Grade) -> float | None:
    return len(graded.found) / len(question.keys) if question.keys else None


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def _cosines(
    questions: Sequence[Question], answers: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, list[float]], list[str]]:
    """By answerer, how near each of its answers is to the reference; else a note saying why that is not known."""
    try:
        embed = load_embedder()
    except ModelError as error:
        return {}, [str(error)]
    asked = {question.id: question.completion for question in questions}
    pairs = {name: [(asked[key], texts[key]) for key in asked if key in texts] for name, texts in answers.items()}
    distinct = list(dict.fromkeys(text for rows in pairs.values() for pair in rows for text in pair if text.strip()))
    vectors = dict(zip(distinct, embed(distinct), strict=True))
    return {
        name: [cosine(vectors[gold], vectors[text]) if text.strip() else 0.0 for gold, text in rows]
        for name, rows in pairs.items()
    }, []


def _summary(
    rows: Sequence[Scored],
    cosines: Sequence[float] | None,
    questions: Sequence[Question],
    texts: Mapping[str, str],
    seed: int,
) -> dict[str, Any]:
    """One answerer's numbers: a mean over questions each, but for invented names and what is defined on a corpus."""
    ids = [row.question_id for row in rows]
    gold = [question.completion for question in questions if question.id in texts]
    said = [texts[key] for key in ids]
    metrics: dict[str, Interval | None] = {
        name: _mean(rows, name, seed) for name in ("identifier_recall", "identifier_precision", "file_recall")
    }
    metrics |= {
        "invented_symbol_rate": ratio_interval([r.invented for r in rows], [r.mentioned for r in rows], ids, seed),
        "bleu": bleu(gold, said, seed),
        "chrf": chrf(gold, said, seed),
        "rouge_l": _mean(rows, "rouge_l", seed),
        "embedding_cosine": cluster_interval(cosines, ids, seed) if cosines else None,
    }
    return {
        **{name: each.value if each else None for name, each in metrics.items()},
        "mean_answer_tokens": sum(row.tokens for row in rows) / len(rows) if rows else None,
        "n": len(rows),
        "n_identifiers": sum(row.identifier_recall is not None for row in rows),
        "n_files": sum(row.file_recall is not None for row in rows),
        "intervals": {name: [each.low, each.high] for name, each in metrics.items() if each},
    }


def _mean(rows: Sequence[Scored], metric: str, seed: int) -> Interval | None:
    pairs = [(value, row.question_id) for row in rows if (value := getattr(row, metric)) is not None]
    return cluster_interval([value for value, _ in pairs], [key for _, key in pairs], seed)


def _comparisons(other: str, ours: Sequence[Scored], theirs: Sequence[Scored], seed: int) -> Iterator[dict[str, Any]]:
    """Ours minus the other's, on the questions both answered, for the metrics that say who knows more."""
    rows = {row.question_id: row for row in theirs}
    for metric in COMPARED:
        pairs = [
            (getattr(row, metric), getattr(rows[row.question_id], metric), row.question_id)
            for row in ours
            if row.question_id in rows and getattr(row, metric) is not None
        ]
        difference = paired_difference([a for a, _, _ in pairs], [b for _, b, _ in pairs], [k for *_, k in pairs], seed)
        if difference is not None:
            numbers = {"difference": difference.value, "low": difference.low, "high": difference.high}
            yield {"other": other, "metric": metric, **numbers, "n": difference.n}
