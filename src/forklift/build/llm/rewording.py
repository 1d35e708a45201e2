"""The built-in teacher's questions in other words, by models that are too weak to explain code.

Such a model neither copies long names nor knows what a statement is good for. It can say a short question in other
words when it sees how that is done: so the name is masked, and it is shown pairs of wordings that ask for the same. The
answer stays that of the built-in teacher, which is true by construction. What has to be made sure is that the new
question asks for it: read by the wordings of training it must lead back to the lesson it was made from (`Kinds`). That
is a round trip (Alberti et al. 2019) without the model: asked back, a weak one does not find the answer.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from forklift.build.dataset import question_of
from forklift.build.facts.view import fact_id
from forklift.build.llm.kinds import Kinds
from forklift.build.llm.material import Material
from forklift.build.llm.parse import Draft, plain
from forklift.build.llm.prompts import reword_request
from forklift.build.llm.staff import Staff
from forklift.build.llm.store import Request
from forklift.build.llm.verify import (
    VALIDATION_ONE_IN,
    Kept,
    Reasons,
    grader_fault,
    repeats_itself,
    without_near_wordings,
)
from forklift.build.teachers.builtin import SPOKEN_KINDS, Lesson, lesson
from forklift.build.variants import MEANT
from forklift.grading import content_words, has_word
from forklift.records import Fact, Question, Split

AFTER = 2  # wordings of the built-in teacher: so early in a lesson that few exposures meet them too
ASKED = 2  # times for each lesson, with other examples
NAMES = ("Oven", "Pan", "Lamp", "Tower", "Star")  # that stand for the real one: in the examples, in the question
PAIRS = len(NAMES) - 1  # of wordings, as examples
NAME = NAMES[-1]
SHORTEST = 30  # wordings: examples are drawn from them
PROMPT_TOKENS = 600  # of the longest request

_QUESTION = re.compile(r"[A-Z`][^.!:,?]*\?")  # one, and nothing around it
_SORTS = sorted(SPOKEN_KINDS | {"attribute", "member", "typedef", "variable"})  # that questions say a name to be
_OF_KIND = re.compile(rf"[Tt]he (?P<kind>{'|'.join(_SORTS)}) (?=[`\"]{NAME}[`\"])")
_LABEL = re.compile(r"^(?:question|q|reworded(?: question)?)\s*[:.]\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """A lesson that is to be asked for in other words; what it is about is masked."""

    fact: Fact
    told: Lesson
    wordings: Sequence[str]  # as training asks for it, or for the same of other things; questions, the shortest first
    names: frozenset[str]  # that all of them say, beside the masked one


def wanted_of(material: Material) -> list[Wanted]:
    """The lessons about single facts in which names can be masked, the most central first.

    Those whose answers do not name what they are about ask for it, and what it is called to be may not fit.
    """
    facts = {fact.id: fact for fact in material.facts if masked(lesson(fact).completion, fact.subject)}
    asked: dict[str, set[str]] = defaultdict(set)
    for row in material.questions:
        text = _without_kind(masked(row.prompt, row.subject))
        if is_plain(row) and len(row.fact_ids) == 1 and row.fact_ids[0] in facts and _QUESTION.fullmatch(text):
            asked[row.fact_ids[0]].add(text)
    found = {key: _wanted(facts[key], texts) for key, texts in asked.items()}
    alike: dict[tuple[str, frozenset[str]], set[str]] = defaultdict(set)
    for key, one in found.items():
        alike[one.fact.relation, one.names] |= asked[key]
    ordered = {key: sorted(texts, key=lambda text: (len(text), text)) for key, texts in alike.items()}
    whole = (replace(one, wordings=ordered[one.fact.relation, one.names]) for one in found.values())
    return sorted((one for one in whole if len(one.wordings) > 2), key=lambda one: -one.fact.rank)


def is_plain(row: Question) -> bool:
    """Whether training asks for a lesson straight away, without a slip and without anything before the question."""
    is_lesson = row.split == "train" and row.direction not in ("absent", "reading")
    return is_lesson and not row.history and not row.completion.startswith(MEANT)


def _without_kind(text: str) -> str:
    """A question without what kind of thing the name is said to be: that is not so for all that are asked for alike."""
    return _OF_KIND.sub("", text)


def _wanted(fact: Fact, wordings: Collection[str]) -> Wanted:
    told = lesson(fact)
    names = _every_word(" ".join(re.findall("`([^`]*)`", told.completion)))
    names = names.intersection(*map(_every_word, wordings)) - {NAME.lower()}
    return Wanted(fact, told, (), frozenset(names))


def masked(text: str, subject: str) -> str:
    """A text with another name for what it is about, "" where it does not quote that name."""
    return "" if has_word(text, NAME) else renamed(text, subject, NAME)


def renamed(text: str, old: str, new: str) -> str:
    """A text with a name replaced wherever it is quoted, "" where it is not."""
    found = text.replace(f"`{old}`", f"`{new}`").replace(f'"{old}"', f'"{new}"')
    return found if found != text else ""


def requests_of(wanted: Wanted) -> list[Request]:
    """The requests for other wordings of a lesson, each with other examples."""
    return [_request(wanted, random.Random(f"{wanted.fact.id} {turn}")) for turn in range(ASKED)]


def _request(wanted: Wanted, rng: random.Random) -> Request:
    known = wanted.wordings[:SHORTEST]
    drawn = rng.sample(known, min(2 * PAIRS + 1, len(known)))
    examples = zip(drawn[1::2], drawn[2::2], NAMES, strict=False)
    pairs = [(renamed(one, NAME, name), renamed(other, NAME, name)) for one, other, name in examples]
    return reword_request(pairs, drawn[0])


def read_wording(text: str) -> str:
    """The question in a reply: its first line, without what stands around it."""
    first = next(iter(plain(text).splitlines()), "")
    return _LABEL.sub("", first.strip().strip('"*').strip())


class Rewording:
    """Asks for wordings, and keeps those that ask for what they should."""

    def __init__(self, material: Material, staff: Staff) -> None:
        self.lessons = wanted_of(material)
        self.staff = staff
        self.drafts = 0
        self.dropped: Reasons = Counter()
        self._tests = [row for row in material.questions if row.split not in ("train", "validation")]
        rows = [row for row in material.questions if is_plain(row)]
        self._kinds = Kinds(
            (row.relation, _without_kind(masked(row.prompt, row.subject)) or row.prompt) for row in rows
        )

    def reworded(self, wanted: Sequence[Wanted]) -> list[Kept]:
        """The new wordings of some of the lessons that stand up to all checks."""
        asked = {one.fact.id: requests_of(one) for one in wanted}
        replies = self.staff.ask([request for some in asked.values() for request in some], _any)
        kept: dict[str, Kept] = {}
        for one in wanted:
            texts = [replies[request.key] for request in asked[one.fact.id] if request.key in replies]
            self.drafts += len(texts)
            for said in map(read_wording, texts):
                if row := self._row(one, said, kept):
                    kept[row.id] = Kept(row, Draft("what", row.prompt, row.completion), row.completion)
        return without_near_wordings(list(kept.values()), self._tests, self.dropped)

    def _row(self, wanted: Wanted, said: str, before: Collection[str]) -> Question | None:
        """The row that a wording makes, None when something is wrong with it."""
        reason = self._fault(wanted, said)
        row = None
        if not reason:
            row = _as_row(wanted, said)
            reason = "repeats another row" if row.id in before else grader_fault(row)
        if reason:
            self.dropped[reason] += 1
        return None if reason else row

    def _fault(self, wanted: Wanted, said: str) -> str:
        """Why a wording is dropped, "" when there is no reason so far."""
        if not said.endswith("?"):
            return "is no question"
        if not renamed(said, NAME, wanted.fact.subject):
            return "does not name what it is about"
        if any(found["kind"] != wanted.fact.subject_kind for found in _OF_KIND.finditer(said)):
            return "says that it is what it is not"
        if wanted.told.key_type != "text" and any(has_word(said, key) for key in wanted.told.keys):
            return "the question says the answer"
        if repeats_itself(said) or _says_twice(said):
            return "repeats itself"
        bare = _without_kind(said)
        if self._kinds.is_known(bare) or self._kinds.says_less(wanted.fact.relation, bare):
            return "training asks so already"
        names = re.findall(r"\w+", said.lower())
        if any(names.count(name) != 1 for name in (NAME.lower(), *wanted.names)):
            return "leaves out a name, or says it twice"
        if not self._kinds.reads_like(wanted.fact.relation, bare):
            return "reads unlike such questions"
        if self._kinds.kind_of(bare) != wanted.fact.relation:
            return "may ask for something else"
        return ""


def with_rewordings(questions: Sequence[Question], rewordings: Sequence[Question]) -> list[Question]:
    """The questions with other wordings among those of their lessons."""
    waiting: dict[str, list[Question]] = defaultdict(list)
    for row in rewordings:
        waiting[row.lesson].append(row)
    met: Counter[str] = Counter()
    found: list[Question] = []
    for row in questions:
        found.append(row)
        met[row.lesson] += is_plain(row)
        if met[row.lesson] == AFTER:
            found += waiting.pop(row.lesson, ())
    return [*found, *(row for rows in waiting.values() for row in rows)]


def _every_word(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _says_twice(said: str) -> bool:
    """Whether a word that tells something comes twice."""
    words = [word for word in re.findall(r"\w+", said.lower()) if content_words(word)]
    return len(set(words)) < len(words)


def _any(_: str) -> str:
    """A check that every reply passes: what is wrong with it is counted, not asked again."""
    return ""


def _as_row(wanted: Wanted, said: str) -> Question:
    """The row of a wording: one more of its lesson."""
    prompt = renamed(said, NAME, wanted.fact.subject)
    is_validation = int(fact_id("reworded", wanted.fact.id, prompt), 16) % VALIDATION_ONE_IN == 0
    split: Split = "validation" if is_validation else "train"
    return question_of(split, (wanted.fact,), wanted.told, wanted.fact.relation, prompt)
