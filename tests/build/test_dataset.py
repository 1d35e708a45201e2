"""Questions: split by fact, checked by the grader, the same in every build."""

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from forklift.build import build
from forklift.build.dataset import ASKED_OF_CALLABLES, ASKED_OF_CLASSES, allot, make_questions, most_central
from forklift.build.facts import collect_facts
from forklift.build.teachers import builtin
from forklift.build.teachers.grammar import normalised
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.errors import DatasetError
from forklift.grading import grade, is_known
from forklift.index import build_index, open_index
from forklift.records import Fact, Question
from forklift.tables import read_rows
from forklift.workspace import create_lift, finished_stage
from shop import write_files

BUILD = """
import sys
from pathlib import Path
from forklift.build import build
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.workspace import create_lift
if __name__ == "__main__":
    build(Path(sys.argv[1]), create_lift(Path(sys.argv[2])), BuildConfig(wordings_per_fact=6), silent)
"""


@pytest.fixture(scope="module")
def everything(shop_lift):
    return [q for name in ("train", "validation", "test") for q in read_questions(shop_lift, name)]


@pytest.fixture(scope="module")
def questions(everything):
    """All but those with facts to read before them."""
    return [q for q in everything if q.direction != "reading"]


@pytest.fixture(scope="module")
def by_split(questions):
    return {split: [q for q in questions if q.split == split] for split in ("train", "validation", *"ABCD")}


def read_questions(lift, name):
    return read_rows(lift.dataset / "data" / f"{name}.parquet", Question)


def said(question):
    """All that is said before the answer, which no two rows share."""
    return normalised("\n".join((*question.history, question.prompt)))


def asked_about(tmp_path, files):
    """The questions of a repository written in the test."""
    build_index(write_files(tmp_path / "code", files), tmp_path / "index.sqlite", BuildConfig(), silent)
    with open_index(tmp_path / "index.sqlite") as index:
        return make_questions(*collect_facts(index), index, BuildConfig(wordings_per_fact=3), silent)[0]


# what is in it


def test_every_split_has_questions(by_split):
    assert len(by_split["train"]) > 1000
    assert all(len(rows) >= 5 for rows in by_split.values())


def test_every_fact_but_the_held_out_ones_is_trained_in_several_wordings(by_split, shop_facts):
    wordings = Counter(q.fact_ids for q in by_split["train"] if len(q.fact_ids) == 1)
    control = {fact for q in by_split["C"] for fact in q.fact_ids}
    trained = [fact for fact in shop_facts if wordings[(fact.id,)]]
    assert len(trained) > 0.85 * len(shop_facts)
    assert sum(wordings[(fact.id,)] == 6 for fact in trained) > 0.95 * len(trained)
    assert not any(wordings[(fact,)] for fact in control)


def test_questions_say_which_relation_they_ask_for(by_split):
    absent = [q for q in by_split["train"] if q.direction == "absent"]
    named = {relation for wanted in (ASKED_OF_CLASSES, ASKED_OF_CALLABLES) for relation in wanted}
    assert {"overview", "defined_in"} <= {q.relation for q in absent} <= named
    taught = {q.relation for q in by_split["train"] if q.direction != "absent"}
    assert {"overview", "topic", "defined_in", "defines"} <= taught
    assert all(q.relation == "overview" for q in by_split["train"] if q.direction == "composed")


def test_a_quarter_of_training_is_about_things_that_do_not_exist(by_split):
    share = sum(q.direction == "absent" for q in by_split["train"]) / len(by_split["train"])
    assert 0.22 < share <= 0.28


def test_every_row_says_where_it_comes_from(questions, shop):
    for question in questions:
        for evidence in question.evidence:
            path, _, line = evidence.rpartition(":")
            assert 1 <= int(line) <= len((shop / path).read_text(encoding="utf-8").splitlines())
        assert question.evidence
        assert question.prompt[:1] == question.prompt[:1].upper()
        assert 0 < question.min_keys <= len(question.keys)


def test_no_question_says_its_own_answer(questions):
    for question in questions:
        if question.key_type != "absent":
            assert not grade(question, question.prompt, lambda _: True).found


def test_every_gold_answer_is_right_and_invents_nothing(questions, shop_index):
    for question in questions:
        result = grade(question, question.completion, lambda name: is_known(name, shop_index))
        assert (result.right, result.score) == (True, 1.0)
        assert not result.invented or question.key_type == "absent"


# split by fact


def test_no_control_fact_is_trained_nor_what_follows_from_it(by_split, shop_facts):
    control = {fact for q in by_split["C"] for fact in q.fact_ids}
    facts = {fact.id: fact for fact in shop_facts}
    for question in [*by_split["train"], *by_split["validation"], *by_split["A"], *by_split["B"]]:
        assert control.isdisjoint(question.fact_ids)
        for fact in (facts[number] for number in question.fact_ids if number in facts):
            assert control.isdisjoint(fact.sources)


def test_no_training_row_says_what_a_control_question_asks(by_split, everything):
    told = " ".join(q.prompt + q.completion for q in everything if q.split == "train")
    for question in by_split["C"]:
        assert question.completion not in told
        if question.key_type == "text":
            assert re.search(r'"(.+)"', question.completion)[1] not in told


def test_of_many_facts_those_about_the_most_central_symbols_are_taught(shop_view, shop_facts, shop_index):
    config = BuildConfig(lessons=40)
    made, dropped, _ = make_questions(shop_view, shop_facts, shop_index, config, silent)
    whole = allot(shop_facts, config).trained
    taught = {q.fact_ids[0] for q in made if q.split == "train" and q.direction in ("forward", "reverse")}
    single = {fact.id: fact.rank for fact in whole}
    kept = [single[each] for each in taught if each in single]
    assert 20 <= len(kept) <= 40
    assert min(kept) >= sorted(single.values(), reverse=True)[39]
    assert dropped["fact about a less central symbol than the first 40"] == len(whole) - 40
    asked = {fact for q in made if q.split in ("A", "B") and q.facet != "topic" for fact in q.fact_ids}
    assert asked <= {fact.id for fact in most_central(allot(shop_facts, config), 40).trained}


@pytest.mark.parametrize("seed", range(20))
def test_allotments_never_overlap(shop_facts, seed):
    parts = allot(shop_facts, BuildConfig(control_share=0.2, reverse_share=0.5, seed=seed))
    trained, control, reverse = ({f.id for f in rows} for rows in (parts.trained, parts.control, parts.reversed_))
    assert control
    assert reverse
    assert trained.isdisjoint(control | reverse)
    assert control.isdisjoint(reverse)
    for fact in [*parts.trained, *parts.reversed_]:
        assert control.isdisjoint(fact.sources)
    for fact in parts.reversed_:
        assert trained.issuperset(fact.sources)
    hidden = {fact.subject for fact in parts.control if fact.relation == "parameters"}
    assert not [fact for fact in parts.trained if fact.relation == "default" and fact.subject in hidden]


def test_reverse_facts_of_b_are_new_and_what_they_follow_from_is_trained(by_split, shop_facts):
    trained = {fact for q in by_split["train"] for fact in q.fact_ids}
    reverse = [q for q in by_split["B"] if q.direction == "reverse"]
    assert reverse
    for question in reverse:
        (fact,) = [f for f in shop_facts if f.sources and builtin.lesson(f).completion == question.completion]
        assert fact.id not in trained
        assert question.fact_ids == fact.sources  # "seen" means: these were taught
        assert trained.issuperset(question.fact_ids)


def test_compositions_of_b_join_two_trained_facts(by_split):
    trained = {q.fact_ids for q in by_split["train"]}
    composed = [q for q in by_split["B"] if q.direction == "composed"]
    assert composed
    for question in composed:
        assert question.fact_ids not in trained
        assert {(fact,) for fact in question.fact_ids} <= trained
    hop = "`OutOfStockError` inherits from `ShopError`. `ShopError` is a class defined in `src/shop/errors.py`."
    assert hop in {q.completion for q in composed}


def test_a_base_class_from_elsewhere_is_not_taken_for_one_of_the_same_name(tmp_path):
    code = {
        "answers.py": "class Response:\n    def send(self):\n        pass\n\n\nclass Page(Response):\n    pass\n",
        "outside.py": "import werkzeug\n\n\nclass Json(werkzeug.Response):\n    pass\n",
    }
    said = [q.completion for q in asked_about(tmp_path, code) if q.direction == "composed" and q.split == "B"]
    assert any(text.startswith("`Page` inherits from `Response`.") for text in said)
    assert not [text for text in said if "`Json`" in text]


def test_no_wording_of_a_test_was_trained(by_split):
    seen = {said(q) for q in by_split["train"]}
    assert len(seen) == len(by_split["train"])
    for split in ("validation", *"ABCD"):
        assert not [q.prompt for q in by_split[split] if said(q) in seen]


def test_what_d_asks_about_does_not_exist_and_was_not_trained(by_split, shop_index):
    trained = {q.subject for q in by_split["train"]}
    for question in by_split["D"]:
        assert not shop_index.knows(question.subject)
        assert question.subject not in trained
        assert question.subject in question.completion


# checks


def test_a_broken_lesson_is_dropped_and_counted(monkeypatch, shop_view, shop_facts, shop_index):
    monkeypatch.setitem(builtin.SENTENCES, "value", lambda fact: ("Nobody knows.", fact.objects, "symbol"))
    config = BuildConfig(wordings_per_fact=2)
    questions, dropped, _ = make_questions(shop_view, shop_facts, shop_index, config, silent)
    values = sum(fact.relation == "value" for fact in shop_facts)
    assert dropped["grader check failed (configuration)"] >= 2 * values
    assert not [q for q in questions if q.completion == "Nobody knows."]


def test_a_fact_whose_answer_cannot_be_told_is_no_lesson(shop_view, shop_facts, shop_index):
    said = next(fact for fact in shop_facts if fact.relation == "section_says")
    stop_words = replace(said, id="ab12cd34", relation="said_in", objects=("with",), sources=(said.id,))
    made, dropped, _ = make_questions(
        shop_view, [*shop_facts, stop_words], shop_index, BuildConfig(wordings_per_fact=3), silent
    )
    assert dropped["fact of which nothing tells a right answer from a wrong one"] == 1
    assert not any("ab12cd34" in question.fact_ids for question in made)


def test_a_wording_that_fits_two_facts_is_asked_about_one_of_them(tmp_path, shop_facts, shop_view, shop_index):
    code = "class Load:\n    pass\n\n\ndef load(path, mode):\n    return Load()\n"
    prompts = [said(q) for q in asked_about(tmp_path, {"loading.py": code})]
    assert len(prompts) == len(set(prompts)) > 10
    twice = [*shop_facts, *(replace(fact, id=f"{fact.id}2") for fact in shop_facts if fact.relation == "value")]
    config = BuildConfig(wordings_per_fact=20, control_share=0)
    questions, dropped, _ = make_questions(shop_view, twice, shop_index, config, silent)
    assert dropped["wording already used"] > 20
    assert len({said(q) for q in questions}) == len(questions) == len({q.id for q in questions})


def test_a_repository_without_anything_to_ask_about_is_an_error(tmp_path):
    repository = write_files(tmp_path / "code", {"tests/test_it.py": "def test_it():\n    assert True\n"})
    with pytest.raises(DatasetError, match="no symbols to ask about"):
        build(repository, create_lift(tmp_path / "lift"), BuildConfig(), silent)


# on disk


def test_another_process_builds_the_same(shop, shop_lift, tmp_path):
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    subprocess.run([sys.executable, "-c", BUILD, shop, tmp_path / "again"], env=environment, check=True)
    names = [f"data/{name}.parquet" for name in ("train", "validation", "test")]
    for name in ("facts.parquet", "dataset/README.md", *(f"dataset/{name}" for name in names)):
        assert (tmp_path / "again" / name).read_bytes() == (shop_lift.root / name).read_bytes(), name


def test_the_hub_library_loads_it(shop_lift, tmp_path, by_split, everything):
    from datasets import load_dataset

    loaded = load_dataset(str(shop_lift.dataset), cache_dir=str(tmp_path))
    assert {name: len(rows) for name, rows in loaded.items()} == {
        "train": sum(q.split == "train" for q in everything),
        "validation": len(by_split["validation"]),
        "test": sum(len(by_split[split]) for split in "ABCD"),
    }
    assert loaded["train"][0]["prompt"] == by_split["train"][0].prompt


def test_facts_are_kept_beside_the_dataset(shop_lift, shop_facts):
    assert read_rows(shop_lift.facts, Fact) == shop_facts


def test_finished_work_is_not_done_again(shop, shop_lift):
    before = shop_lift.index.stat().st_mtime_ns
    told = []
    build(shop, shop_lift, BuildConfig(wordings_per_fact=6), lambda *row: told.append(row))
    assert told == [("building (up to date)", 1, 1)]
    assert shop_lift.index.stat().st_mtime_ns == before
    assert finished_stage(shop_lift, "build")["repository"]["name"] == "shop"


def test_another_seed_builds_again(shop, tmp_path):
    lift = create_lift(tmp_path / "lift")
    prompts = []
    for seed in (1, 2):
        build(shop, lift, BuildConfig(wordings_per_fact=1, seed=seed), silent)
        prompts.append([q.prompt for q in read_questions(lift, "train")])
    assert prompts[0] != prompts[1]
