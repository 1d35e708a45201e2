"""One grader with three uses, and the check of code names that answers are shown with."""

from forklift.grading.denial import abstains, denies
from forklift.grading.grade import check_question, content_words, grade, has_word
from forklift.grading.known import Grounded, ground, is_known, wrongly_denied
from forklift.grading.mentions import find_mentions
from forklift.grading.prose import Mention

__all__ = [
    "Grounded",
    "Mention",
    "abstains",
    "check_question",
    "content_words",
    "denies",
    "find_mentions",
    "grade",
    "ground",
    "has_word",
    "is_known",
    "wrongly_denied",
]
