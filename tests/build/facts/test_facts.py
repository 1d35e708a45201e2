"""All facts together: true by construction, once each, the most central first."""

import re

import pytest

from forklift.build.facts import collect_facts

PLACES = frozenset(
    {
        "file",
        "directory",
        "repository",
        "decorator",
        "package",
        "message",
        "environment variable",
        "section",
        "text",
        "term",
        "meaning",
        "task",
        "reason",
    }
)  # have no definition of their own


def evidence(index, fact):
    return "\n".join(index.lines(fact.path, fact.line, fact.end_line))


def test_the_evidence_of_every_fact_contains_what_it_speaks_of(shop_index, shop_facts, shop):
    for fact in shop_facts:
        lines = evidence(shop_index, fact)
        source = (shop / fact.path).read_text(encoding="utf-8").split("\n")[fact.line - 1 : fact.end_line]
        assert lines == "\n".join(source)
        if fact.relation == "defines":
            assert all(name.rpartition(".")[2] in lines for name in fact.objects)
        elif fact.subject_kind not in PLACES:
            name = fact.subject if fact.relation != "described_by" else fact.objects[0]
            assert re.search(rf"\b{name.rpartition('.')[2]}\b", lines)


def test_the_first_line_of_evidence_names_the_symbol(shop_index, shop_facts):
    named = [f for f in shop_facts if f.subject_kind not in PLACES and f.relation not in ("taken_by", "described_by")]
    assert len(named) > 100
    for fact in named:
        assert fact.subject.rpartition(".")[2] in shop_index.lines(fact.path, fact.line, fact.line)[0]


@pytest.mark.parametrize("relation", ["parameters", "default", "value", "returns"])
def test_what_is_said_of_a_signature_or_value_stands_in_its_evidence(shop_index, shop_facts, relation):
    for fact in (fact for fact in shop_facts if fact.relation == relation):
        lines = evidence(shop_index, fact)
        said = [fact.text] if relation == "default" else []
        assert all(word in lines for word in [*fact.objects, *said])


def test_no_fact_comes_twice_and_the_most_central_come_first(shop_facts):
    assert len({fact.id for fact in shop_facts}) == len(shop_facts)
    ranks = [fact.rank for fact in shop_facts]
    assert ranks == sorted(ranks, reverse=True)


def test_every_source_is_a_fact(shop_facts):
    ids = {fact.id for fact in shop_facts}
    assert all(ids.issuperset(fact.sources) for fact in shop_facts)


def test_ambiguous_names_never_appear(shop_facts):
    for fact in shop_facts:
        assert "main" not in (fact.subject, *fact.objects)


def test_the_same_index_gives_the_same_facts(shop_index, shop_facts):
    assert collect_facts(shop_index)[1] == shop_facts
