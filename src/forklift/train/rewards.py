"""What an answer is worth in reinforcement learning: thin over the grader."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Literal

from forklift.grading import denies, grade
from forklift.records import Question

SIMILARITY_WORTH = 0.2  # of a gold answer's wording, beside 1 for right keys

Kind = Literal["keys", "bleu", "both"]


@dataclass(frozen=True, slots=True)
class Reward:
    """The reward of one answer, and what it is made of."""

    total: float
    keys: float  # 1 right, 0 abstained, -1 wrong or any invented name
    bleu: float  # 0..1, against the gold answer
    right: float  # 1 or 0
    invented: float  # 1 when it names something that exists nowhere
    abstained: float


def reward(question: Question, answer: str, known: Callable[[str], bool], kind: Kind = "both") -> Reward:
    """The reward of `answer`: its keys, its likeness to the gold answer, or the keys with a bit of likeness where they
    are right. `known(name)` says whether a code name exists."""
    graded = grade(question, answer, known)
    keys = 1.0 if graded.right else 0.0 if _leaves_open(question, answer, graded.abstained) else -1.0
    if graded.invented:
        keys = -1.0
    bleu = sentence_bleu(answer, question.completion)
    totals = {"keys": keys, "bleu": bleu, "both": keys + SIMILARITY_WORTH * bleu * (keys > 0)}
    return Reward(totals[kind], keys, bleu, float(graded.right), float(bool(graded.invented)), float(graded.abstained))


def mean_components(rewards: Sequence[Reward]) -> dict[str, float]:
    """The mean of each component, named as in logs; the reward itself is "reward"."""
    rows = [asdict(each) for each in rewards]
    return {("reward" if name == "total" else f"reward_{name}"): fmean(row[name] for row in rows) for name in rows[0]}


def sentence_bleu(answer: str, gold: str) -> float:
    """BLEU of one sentence (Papineni et al. 2002; smoothing of Chen and Cherry 2014, method 3), 0..1."""
    from sacrebleu import sentence_bleu as bleu

    return bleu(answer, [gold]).score / 100 if answer.strip() else 0.0


def _leaves_open(question: Question, answer: str, abstained: bool) -> bool:
    """Whether the answer says that it does not know. To deny what exists is to be wrong."""
    return abstained and (question.key_type == "absent" or not denies(answer))
