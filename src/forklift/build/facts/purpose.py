"""Facet purpose: what the documentation of a symbol or file says it is for, and back."""

from collections import Counter
from collections.abc import Iterator

from forklift.build.facts.graph import is_of_several, says_little
from forklift.build.facts.view import View, fact_id, make_fact
from forklift.grading import content_words
from forklift.index import whole_sentence
from forklift.records import Fact

MIN_WORDS = 3


def facts(view: View) -> Iterator[Fact]:
    """`documented_as` for every documented symbol and file, `described_by` back from a description of its own."""
    sentences = {symbol.id: whole_sentence(symbol.doc) for symbol in view.symbols}
    used = Counter(whole_sentence(one.doc) for one in view.every.values())  # with those without a label
    for symbol in view.symbols:
        sentence = sentences[symbol.id]
        if len(content_words(sentence)) >= MIN_WORDS and not is_of_several(sentence) and not says_little(sentence):
            label = view.labels[symbol.id]
            forward = make_fact("purpose", "documented_as", symbol, label, [], text=sentence)
            yield forward
            if used[sentence] == 1:
                yield make_fact("purpose", "described_by", symbol, sentence, [label], sources=(forward.id,))
    ranks: dict[str, float] = {}
    for symbol in view.symbols:
        ranks[symbol.path] = max(ranks.get(symbol.path, 0.0), symbol.rank)
    for file in view.files:
        sentence = whole_sentence(file.doc)
        if file.path in ranks and len(content_words(sentence)) >= MIN_WORDS and not says_little(sentence):
            yield Fact(
                id=fact_id("documented_as", file.path, sentence),
                facet="purpose",
                relation="documented_as",
                subject=file.path,
                subject_kind="file",
                objects=(),
                path=file.path,
                line=1,
                end_line=1,
                text=sentence,
                rank=ranks[file.path],
            )
