"""What is added to an answer that denies what the index knows: that it exists, and what the index says of it."""

from forklift.answerers.retrieval import known_of
from forklift.grading import wrongly_denied
from forklift.index import Index

SENTENCES = 3  # of all that was denied together; one at least of each


def correction(question: str, answer: str, index: Index) -> str:
    """What to add to `answer`; "" when it denies nothing that the question names and the index knows. Deterministic."""
    found = wrongly_denied(question, answer, index)
    if not found:
        return ""
    places = ", ".join(f"`{name}` ({place.path}:{place.line})" for name, place in found.items())
    verdict = f"{places} {'do' if len(found) > 1 else 'does'} exist; the model answered wrongly."
    said = known_of(index, question, list(found.values()), max(1, SENTENCES // len(found)))
    return " ".join(["Correction from the index:", verdict, *said])
