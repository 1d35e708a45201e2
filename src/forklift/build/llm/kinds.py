"""Which kind of lesson a question asks for, by the wordings of training: naive Bayes over words and their pairs."""

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

FLOOR = 0.003  # of the wordings of a kind that have a word, where none has it
MARGIN = 5.0  # nats by which the likeliest kind has to lead
STRANGE_PAIRS = 1  # of neighbouring words that only wordings of other kinds have, at most

_QUOTED = re.compile('`[^`]*`|"[^"]*"')
_MASK = "`N`"


class Kinds:
    """What is known of wordings: which words and pairs of words those of each kind are made of."""

    def __init__(self, wordings: Iterable[tuple[str, str]]) -> None:
        """`wordings`: kinds and questions, any of them more than once."""
        self._with: dict[str, Counter[str]] = defaultdict(Counter)
        self._count: Counter[str] = Counter()
        self._frames: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._wordings: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for kind, words in dict.fromkeys((kind, words_of(text)) for kind, text in wordings):
            self._count[kind] += 1
            self._with[kind].update(_features(words))
            self._wordings[kind].append(words)
            self._frames[kind].add(_frame(words))
        self._known = {feature for counts in self._with.values() for feature in counts}

    def kind_of(self, question: str) -> str:
        """The kind that a question asks for; "" when two of them may be meant."""
        features = _features(words_of(question)) & self._known
        scores = sorted(((self._likelihood(kind, features), kind) for kind in self._count), reverse=True)
        best, second = [*scores, (-math.inf, ""), (-math.inf, "")][:2]
        return best[1] if best[0] >= second[0] + MARGIN else ""

    def reads_like(self, kind: str, question: str) -> bool:
        """Whether a question puts words together as questions of training do, and nearly always those of its kind.

        It begins and ends as one of its kind does: "which ... build" is none where they ask "on which ... build".
        """
        words = words_of(question)
        strange = [pair for pair in _pairs(words) if not self._with[kind][pair]]
        is_framed = _frame(words) in self._frames[kind]
        return is_framed and len(strange) <= STRANGE_PAIRS and self._known.issuperset(strange)

    def is_known(self, question: str) -> bool:
        """Whether training asks so, whatever for."""
        words = words_of(question)
        return any(words in wordings for wordings in self._wordings.values())

    def says_less(self, kind: str, question: str) -> bool:
        """Whether a question only leaves out words of one of its kind, if any: "or call", or "in" before "which"."""
        words = words_of(question)
        return any(_is_within(words, wording) for wording in self._wordings[kind])

    def _likelihood(self, kind: str, features: Iterable[str]) -> float:
        seen, count = self._with[kind], self._count[kind]
        return sum(math.log(seen[feature] / count + FLOOR) for feature in features)


def words_of(question: str) -> tuple[str, ...]:
    """The words of a question, lower case, with what is quoted masked."""
    return tuple(re.findall(r"\w+", _QUOTED.sub(_MASK, question).lower()))


def _features(words: tuple[str, ...]) -> set[str]:
    return {*words, *_pairs(words)}


def _pairs(words: tuple[str, ...]) -> list[str]:
    """Neighbouring words, the ends of the question among them."""
    return [f"{one} {other}" for one, other in itertools.pairwise(("", *words, ""))]


def _frame(words: tuple[str, ...]) -> tuple[str, ...]:
    """The first word and the last one."""
    return words[:1] + words[-1:]


def _is_within(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether all the words stand among the others in this order."""
    rest = iter(others)
    return all(word in rest for word in words)
