"""One grader with three uses, and the check of code names that answers are shown with."""

from forklift.grading.grade import abstains, check_question, content_words, denies, grade, has_word
from forklift.grading.known import Grounded, correction, ground, is_known
from forklift.grading.mentions import Mention, find_mentions

__all__ = [
    "Grounded",
    "Mention",
    "abstains",
    "check_question",
    "content_words",
    "correction",
    "denies",
    "find_mentions",
    "grade",
    "ground",
    "has_word",
    "is_known",
]
