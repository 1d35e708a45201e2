"""The trivial baseline: says what the nearest training question was answered with."""

from collections.abc import Callable, Sequence

from sklearn.feature_extraction.text import TfidfVectorizer

from forklift.records import Question


def nearest_question(training: Sequence[Question]) -> Callable[[Sequence[str]], list[str]]:
    """A function from questions to answers: those of the most similar training questions (TF-IDF cosine).

    Words and pairs of words count; identifiers and paths are one word each.
    """
    vectorizer = TfidfVectorizer(token_pattern=r"[\w./]*\w", ngram_range=(1, 2), sublinear_tf=True)
    matrix = vectorizer.fit_transform(question.prompt for question in training)

    def answer(prompts: Sequence[str]) -> list[str]:
        if not prompts:
            return []
        nearest = (vectorizer.transform(prompts) @ matrix.T).argmax(axis=1)
        return [training[int(n)].completion for n in nearest.A1]

    return answer
