"""Facet reasons: why code is as it is and what to beware of, as its comments say."""

from collections import Counter
from collections.abc import Iterator

from forklift.build.facts.told import told_of
from forklift.build.facts.view import View, make_fact
from forklift.grading import has_word
from forklift.records import Fact

MOST_OF_SYMBOL = 2  # of each kind
RELATIONS = {"reason": "reason", "caution": "caution"}


def facts(view: View) -> Iterator[Fact]:
    """`reason` and back `reason_for`, `caution`."""
    told, by_id = told_of(view.index), view.by_id()
    count: Counter[tuple[int, str]] = Counter()
    for one in view.index.notices():
        if one.kind not in RELATIONS or one.symbol_id not in by_id:
            continue
        text = told.quotable(one.text)
        count[one.symbol_id, one.kind] += bool(text)
        if not text or count[one.symbol_id, one.kind] > MOST_OF_SYMBOL:
            continue
        symbol, label = by_id[one.symbol_id], view.labels[one.symbol_id]
        place = {"path": one.path, "line": one.line, "end_line": one.line, "text": text}
        forward = make_fact("reasons", RELATIONS[one.kind], symbol, label, (), **place)
        yield forward
        if one.kind == "reason" and not has_word(text, symbol.name):
            place |= {"text": "", "subject_kind": "reason"}
            yield make_fact("reasons", "reason_for", symbol, text, (label,), sources=(forward.id,), **place)
