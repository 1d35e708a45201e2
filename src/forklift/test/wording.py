"""How the report says things: names, numbers, and the verdict in one sentence."""

import math
import re
from collections.abc import Mapping
from typing import Any

from forklift.test.statistics import our_answerer

NAMES = {
    "naive": "nearest-question search",
    "listing": "the plain search listing",
    "briefing": "the briefing from the index",
    "hmm": "the hidden Markov model",
    "base": "the untrained model",
    "sft": "the lifted model",
    "rl": "the lifted model (RL)",
    "dpo": "the lifted model (DPO)",
}
ANSWERERS = {
    "naive": "Looks up the most similar training question and repeats its answer. No model.",
    "briefing": "Files and symbols around the question's words on the graph of the code, in sentences. No model.",
    "listing": "The names and files of the best hits of a keyword search (BM25), one a line. No model.",
    "hmm": "A classical sequence model trained on the same questions and answers.",
    "base": "The same language model before it was taught anything about this repository.",
    "sft": "The language model after training on the repository.",
    "rl": "The language model after reinforcement learning on graded answers.",
    "dpo": "The language model after learning to prefer right answers to its own wrong ones.",
}
RIVALS = ("naive", "listing", "briefing", "base", "base+retrieval")  # what one can have without training
SPLIT_TITLES = {
    "A": "seen facts, new wording",
    "B": "new direction or composition",
    "C": "never taught (control)",
    "D": "does not exist",
}
SPLIT_MEANINGS = {
    "A": "The fact was taught; the question is worded by generators that training never used. "
    "This is the main score: is what was taught there when it is asked for differently?",
    "B": "The fact was taught, but is asked for backwards, over two steps or together with others, in a way "
    "that training never did. This is the harder score: can what was taught be used?",
    "C": "The fact was never taught. A control: whatever is right here comes from guessing, from conventions "
    "and from earlier knowledge. It shows priors and format, not knowledge.",
    "D": "The thing does not exist: a near-miss of a real name. Right means saying so instead of inventing an answer.",
}
EXTERNAL = {  # metric: heading, what it is, whether it is a share
    "identifier_recall": ("Names found", "of the reference’s code names", True),
    "identifier_precision": ("Names right", "of the names given", True),
    "file_recall": ("Files found", "of the reference’s files", True),
    "invented_symbol_rate": ("Invented", "of the names given", True),
    "chrf": ("chrF", "0–100", False),
    "bleu": ("BLEU", "0–100", False),
    "rouge_l": ("ROUGE-L", "0–1", False),
    "embedding_cosine": ("Cosine", "of embeddings", False),
    "mean_answer_tokens": ("Length", "mean tokens", False),
}

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_UNSAFE = re.compile("[\x80-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """`text` with control characters as visible pictures (␛), and what reorders or breaks text as �."""
    pictured = _CONTROL.sub(lambda match: chr(0x2400 + ord(match[0])) if match[0] != "\x7f" else "␡", text)
    return _UNSAFE.sub("�", pictured)


def answerer_name(answerer: str) -> str:
    """An answerer as people say it: "the lifted model with retrieval"."""
    name, _, addition = answerer.partition("+")
    return NAMES.get(name, name) + (f" with {addition}" if addition else "")


def answerer_meaning(answerer: str) -> str:
    """What an answerer does, in a sentence or two; empty for one we know nothing about."""
    name, _, addition = answerer.partition("+")
    seeing = "Here it sees facts that a search of the index found." if addition == "retrieval" else ""
    alone = "It answers from memory alone." if name == "sft" and not addition else ""
    return " ".join(filter(None, [ANSWERERS.get(name, ""), alone, seeing]))


def label(answerer: str) -> str:
    """An answerer as a heading: "Lifted model"."""
    return _capital(answerer_name(answerer).removeprefix("the "))


def percent(share: float | None) -> str:
    """93%, and never a 0% or 100% that is not exact: 0.4%, 99.6%, <0.1%. A dash for None."""
    if share is None:
        return "–"
    hundredths = round(100 * share, 6)
    if hundredths in (0, 100) or 1 <= hundredths <= 99:
        return f"{hundredths:.0f}%"
    if hundredths < 0.1:
        return "<0.1%"
    if hundredths > 99.9:
        return ">99.9%"
    return f"{hundredths:.1f}%".replace(".0%", "%")


def span(cell: Mapping[str, Any]) -> str:
    """The interval of a cell: "90–95%"."""
    low, high = percent(cell["low"]), percent(cell["high"])
    return f"{low.removesuffix('%')}–{high}"


def points(share: float) -> str:
    """A difference in percentage points with its sign: "+12.4", "−0.3"."""
    text = f"{abs(100 * share):.1f}"
    return text if float(text) == 0 else f"{'−' if share < 0 else '+'}{text}"


def p_value(p: float) -> str:
    """0.034, or "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def number(value: Any) -> str:
    """A number with thousands separators and at most three digits after the point worth reading."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "–"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3g}"


def repository_name(repository: Mapping[str, Any]) -> str:
    """The repository's name, else the last part of its path or address."""
    if name := repository.get("name"):
        return str(name)
    place = str(repository.get("url") or repository.get("path") or "").rstrip("/")
    return place.rsplit("/", 1)[-1].removesuffix(".git") or "this repository"


def verdict(scores: Mapping[str, Any]) -> str:
    """What the scores say, in one plain sentence; first of all whether training was worth it."""
    answerers, name = scores["answerers"], repository_name(scores["repository"])
    ours = our_answerer(answerers)
    if ours is None:
        return f"No lifted model was tested on {name}: these are the baselines alone."
    if not answerers[ours]["A"]["n"]:
        return (
            "No question asked for a taught fact (split A), so these scores cannot say what the model "
            f"knows about {name}."
        )
    return _knowledge(scores, ours, name)


def _knowledge(scores: Mapping[str, Any], ours: str, name: str) -> str:
    answerers, subject = scores["answerers"], answerer_name(ours)
    us = answerers[ours]
    share, about = percent(us["A"]["accuracy"]), f"about {name} (95% interval {span(us['A'])})"
    rival = _rival(scores, ours)
    if rival is None:
        claim = f"{_capital(subject)} knows {share} of what it was taught {about}; it {_invention(us)}"
        return f"{claim}{_others(answerers)}."
    other, standing = rival
    search = percent(answerers[other]["A"]["accuracy"])
    claim = (
        f"{_capital(answerer_name(other))} {standing} {subject}: {search} against {share} of what was taught {about}"
    )
    return f"{claim}; {subject} {_invention(us)}{_others(answerers, leave_out=other)}."


def _invention(summary: Mapping[str, Any]) -> str:
    if summary.get("invented_symbols", {"n": 1})["n"] == 0:
        return "names no symbols"
    return f"invents {percent(summary['invented_symbol_rate'])} of the names it uses"


def _others(answerers: Mapping[str, Any], leave_out: str = "") -> str:
    """What the untrained model and the search know, as the end of a sentence."""
    told = [
        (answerer_name(each), percent(answerers[each]["A"]["accuracy"]))
        for each in ("base", "naive", "base+retrieval")
        if each != leave_out and answerers.get(each, {"A": {"n": 0}})["A"]["n"]
    ]
    if not told:
        return ""
    (first, share), *more = told
    return f"; {first} knows {share}" + "".join(f", {each} {share}" for each, share in more)


def _rival(scores: Mapping[str, Any], ours: str) -> tuple[str, str] | None:
    """Who does as well as ours on A without having been taught, and how that stands; the strongest; else None."""
    rivals = [
        (row["difference"], row["b"], standing)
        for row in scores["comparisons"]
        if row["a"] == ours and row["split"] == "A" and row["b"] in RIVALS and (standing := _standing(row))
    ]
    return min(rivals)[1:] if rivals else None


def _standing(row: Mapping[str, Any]) -> str | None:
    if row["low"] > 0:
        return None
    if row["high"] < 0:
        return "beats"
    return "does as well as" if row["difference"] <= 0 else "may do as well as"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
