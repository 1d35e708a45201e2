"""Facts: atomic statements about the code, true by construction, one module per facet family."""

from forklift.build.facts import (
    architecture,
    attributes,
    calls,
    comparison,
    configuration,
    dependencies,
    documentation,
    errors,
    families,
    flows,
    hierarchy,
    history,
    location,
    purpose,
    reasons,
    settings,
    signature,
    tasks,
    telling,
    usage,
)
from forklift.build.facts.view import View, view_of
from forklift.index import WITHHELD, Index
from forklift.records import Fact

FACETS = (
    location,
    signature,
    purpose,
    hierarchy,
    calls,
    configuration,
    architecture,
    families,
    attributes,
    flows,
    comparison,
    usage,
    dependencies,
    errors,
    settings,
    history,
    documentation,
    telling,
    tasks,
    reasons,
)


def collect_facts(index: Index) -> tuple[View, list[Fact]]:
    """Every fact of an index, most central subjects first, without repetitions; and the view they came from."""
    view = view_of(index)
    facts = {fact.id: fact for facet in FACETS for fact in facet.facts(view) if not _withholds(fact)}
    return view, sorted(facts.values(), key=lambda fact: (-fact.rank, fact.subject, fact.relation, fact.id))


def _withholds(fact: Fact) -> bool:
    """Whether a secret was taken out of what the fact says, which is then no fact any more."""
    return any(WITHHELD in said for said in (fact.text, fact.subject, *fact.objects))


__all__ = ["FACETS", "View", "collect_facts"]
