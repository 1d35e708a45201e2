"""Reading questions: training questions after what retrieval finds for them, so that a model learns to answer from
facts it is shown. They are shown once each, and their answers stand in the facts."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from forklift.answerers import CONTEXT_TOKENS, asked
from forklift.answerers.briefing import brief, names_told, told
from forklift.answerers.retrieval import retrieve, with_context
from forklift.build.facts.view import fact_id
from forklift.build.teachers.grammar import expand, fill, normalised
from forklift.build.teachers.training.topic import PAIRS
from forklift.engine import Report, track
from forklift.grading import has_word
from forklift.index import Index
from forklift.records import Question

CHARS_PER_TOKEN = 3.2  # of facts, roughly: no tokenizer is at hand when a dataset is built
TOPIC_SHARE, PAIR_SHARE, OVERVIEW_SHARE, ABSENT_SHARE = 0.25, 0.25, 0.15, 0.1


def reading_questions(
    questions: Sequence[Question], index: Index, count: int, seed: int, report: Report, withheld: Sequence[str] = ()
) -> Iterator[Question]:
    """Up to `count` of the training `questions` with facts before them, none of which says what is `withheld`."""
    rng = random.Random(f"reading {seed}")
    train = [question for question in questions if question.split == "train"]
    topics = [question for question in train if question.facet == "topic"]
    absent = [question for question in train if question.direction == "absent"]
    told_of = [question for question in train if question.direction != "absent" and question.facet != "topic"]
    overviews = [question for question in told_of if question.facet == "overview"]
    narrow = [question for question in told_of if question.facet != "overview"]
    shares = (TOPIC_SHARE, PAIR_SHARE, OVERVIEW_SHARE, ABSENT_SHARE)
    topical, paired, broad, denied = (round(count * share) for share in shares)
    left = count - topical - paired - broad - denied
    wanted = ((topics, topical), (absent, denied), (overviews, broad), (narrow, left))
    picked = [each for rows, number in wanted for each in rng.sample(rows, min(len(rows), number))]
    picked += _pairs(topics, paired, index.meta["name"], rng)
    picked = list({normalised(asked(question)): question for question in picked}.values())
    rng.shuffle(picked)
    for question in track(picked, "reading rows", report):
        read = _topic(question, index) if question.facet == "topic" else question
        text = retrieve(index, asked(question), CONTEXT_TOKENS, count_roughly).text
        if read is not None and _is_answered(read, text) and not any(said in text for said in withheld):
            prompt = with_context(question.prompt, text)
            yield replace(read, id=fact_id("reading", *read.history, prompt), direction="reading", prompt=prompt)


def _pairs(topics: Sequence[Question], count: int, repository: str, rng: random.Random) -> Iterator[Question]:
    """Questions about two topics at once, which no lesson answers."""
    for _ in range(count if len({question.subject for question in topics}) > 1 else 0):
        one, other = rng.sample(topics, 2)
        slots = {"topic": [one.subject], "other": [other.subject], "repo": [repository, repository.capitalize()]}
        text = fill(expand(rng.choice(PAIRS), rng), slots, rng)
        yield replace(one, prompt=text, subject=f"{one.subject} and {other.subject}")


def _topic(question: Question, index: Index) -> Question | None:
    """A question about a topic with the briefing about its own words, as retrieval will show it."""
    said = brief(index, question.prompt)
    text = told(said, question.subject)
    keys = names_told(said, text)
    return replace(question, completion=text, keys=keys) if keys else None


def _is_answered(question: Question, text: str) -> bool:
    """Whether the facts hold what a right answer must contain."""
    if question.direction == "absent":
        return f"There is no `{question.subject}`" in text
    if question.key_type == "text":
        return question.completion.rpartition('"')[0].rpartition('"')[2] in text
    return sum(has_word(text, key) for key in question.keys) >= question.min_keys


def count_roughly(text: str) -> int:
    """How many tokens a text takes, more or less."""
    return round(len(text) / CHARS_PER_TOKEN)
