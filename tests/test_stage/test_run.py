"""The same questions for every answerer, a fair sample at any moment, nothing asked twice."""

import shutil
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift import test as test_stage
from forklift.config import ScoreConfig, TrainConfig
from forklift.engine import silent
from forklift.errors import ConfigError, DatasetError, EndpointError, WorkspaceError
from forklift.records import Answer, Failure, Question
from forklift.tables import read_rows, write_rows
from forklift.test import inputs
from forklift.test.cache import open_cache
from forklift.test.run import SLICE, Answerers, answer_all, by_split, graded, in_turn, seen_and_unseen
from forklift.test.statistics import summarise
from forklift.train import train_baselines
from forklift.workspace import open_lift, read_json, record_stage, write_json

BLANK = Question(
    id="q", split="A", facet="location", direction="forward", fact_ids=("f1",), subject="Stock", prompt="Where?",
    completion="In `src/stock.py`.", keys=("src/stock.py",), min_keys=1, key_type="path",
)  # fmt: skip


def questions_of(**counts):
    return [replace(BLANK, id=f"{split}{n}", split=split) for split, count in counts.items() for n in range(count)]


# which questions


def test_only_facts_that_were_taught_count_as_seen():
    questions = [
        replace(BLANK, split="A", fact_ids=("known",)),
        replace(BLANK, split="A", fact_ids=("new",)),
        replace(BLANK, split="B", fact_ids=("known", "known too")),
        replace(BLANK, split="B", fact_ids=("known", "new")),
        replace(BLANK, split="C", fact_ids=("new",)),
        replace(BLANK, split="D", fact_ids=("absent",)),
    ]
    lessons = frozenset({questions[0].lesson})
    kept, left_out = seen_and_unseen(questions, frozenset({"known", "known too"}), lessons)
    assert kept == [questions[0], questions[2], questions[4], questions[5]]
    assert left_out == 2


def test_what_was_taught_only_as_part_of_something_broader_counts_as_b():
    narrow = replace(BLANK, split="A", facet="location", fact_ids=("known",))
    broad = replace(BLANK, split="A", facet="overview", fact_ids=("known", "known too"))
    kept, left_out = seen_and_unseen([narrow, broad], frozenset(broad.fact_ids), frozenset({broad.lesson}))
    assert kept == [replace(narrow, split="B"), broad]
    assert left_out == 0


def test_reverse_questions_of_b_are_asked_once_their_sources_are_taught(shop_lift):
    """The dataset and the test must mean the same by "seen"."""
    train, asked = (read_rows(shop_lift.dataset / "data" / f"{name}.parquet", Question) for name in ("train", "test"))
    trained = frozenset(fact for question in train for fact in question.fact_ids)
    kept, _ = seen_and_unseen(asked, trained, frozenset(question.lesson for question in train))
    directions = Counter(question.direction for question in kept if question.split == "B")
    assert directions["reverse"] == sum(q.direction == "reverse" for q in asked if q.split == "B") > 0
    assert directions["composed"] > 0


@given(st.fixed_dictionaries({split: st.integers(0, 40) for split in "ABCD"}), st.integers(1, 30), st.integers(0, 9))
def test_any_beginning_is_a_fair_sample(counts, limit, seed):
    questions = questions_of(**counts)
    turn = in_turn(by_split(questions), limit, seed)
    wanted = {split: min(limit, count) for split, count in counts.items() if count}
    assert Counter(question.split for question in turn) == wanted
    assert len({question.id for question in turn}) == len(turn)
    for end in range(len(turn) + 1):
        begun = Counter(question.split for question in turn[:end])
        for split, count in wanted.items():
            assert abs(begun[split] - count * end / len(turn)) <= len(wanted) / 2 + 1e-9
    assert turn == in_turn(by_split(questions), limit, seed)


def test_the_seed_draws_the_sample():
    questions = by_split(questions_of(A=100))
    assert in_turn(questions, 10, 0) == in_turn(questions, 10, 0)
    assert in_turn(questions, 10, 0) != in_turn(questions, 10, 1)


# answering


def says(text):
    return lambda questions, max_tokens, report: [text for _ in questions]


@pytest.fixture
def cache(tmp_path):
    with open_cache(tmp_path / "cache.sqlite") as connection:
        yield connection


def ask(answerers, questions, cache, left_s=lambda: 3600.0, report=silent):
    made = Answerers({name: lambda each=each: each for name, each in answerers.items()}, {n: n for n in answerers})
    return answer_all(questions, made, cache, 64, left_s, report)


def grades(answered):
    return [
        graded(name, question, answered.answers[name][question.id].text, lambda name: True)
        for name in answered.answers
        for question in answered.asked
    ]


def test_every_answerer_answers_every_question(cache):
    questions = questions_of(A=SLICE + 3)
    answered = ask({"good": says("In `src/stock.py`."), "bad": says("In `src/other.py`.")}, questions, cache)
    answers = grades(answered)
    assert answered.asked == questions
    right = Counter((answer.answerer, answer.right) for answer in answers)
    assert right == {("good", True): len(questions), ("bad", False): len(questions)}
    assert {answer.question_id for answer in answers} == {question.id for question in questions}
    assert answers[0].gold == BLANK.completion
    assert answers[0].cluster == "f1"


def test_refusing_everything_is_right_about_nothing_but_what_does_not_exist(cache):
    absent = replace(BLANK, key_type="absent", keys=("Stokc",), prompt="Where is Stokc?")
    questions = [replace(absent if q.split == "D" else BLANK, id=q.id, split=q.split) for q in questions_of(A=5, D=5)]
    answers = grades(ask({"refuser": says("There is no such thing in this repository.")}, questions, cache))
    assert {(answer.split, answer.right, answer.abstained) for answer in answers} == {
        ("A", False, True),
        ("D", True, True),
    }
    summary = summarise(answers, seed=0)
    assert (summary["A"]["accuracy"], summary["D"]["accuracy"], summary["abstention_rate"]) == (0.0, 1.0, 1.0)


def test_an_answerer_that_loses_an_answer_is_noticed(cache):
    with pytest.raises(ValueError, match="zip"):
        ask({"short": lambda questions, *_: ["only one"]}, distinct(A=2), cache)


def test_the_first_slice_is_answered_however_short_the_time_and_no_other(cache):
    assert len(ask({"good": says("x")}, questions_of(A=3 * SLICE), cache, left_s=lambda: 0.0).asked) == SLICE


def test_progress_ends_at_all(cache):
    told = []
    ask({"a": says("x"), "b": says("y")}, questions_of(A=SLICE + 1), cache, report=lambda *row: told.append(row))
    assert [done for _, done, _ in told] == [SLICE // 2, SLICE, SLICE, SLICE + 1, SLICE + 1]
    assert {total for *_, total in told} == {SLICE + 1}


def distinct(**counts):
    return [replace(question, prompt=f"Where is {question.id}?") for question in questions_of(**counts)]


def test_what_is_kept_is_not_asked_again(cache):
    asked = []

    def counting(questions, max_tokens, report):
        asked.extend(question.id for question in questions)
        return [f"answer to {question.id}" for question in questions]

    first, more = distinct(A=5), distinct(A=8)
    ask({"one": counting}, first, cache)
    answered = ask({"one": counting}, more, cache)
    assert asked == [question.id for question in more]
    assert [kept.text for kept in answered.answers["one"].values()] == [f"answer to {q.id}" for q in more]
    ask({"another": counting}, first, cache)  # another answerer's answers are its own
    assert len(asked) == len(more) + len(first)


def test_a_longer_budget_is_another_question_to_the_cache(cache):
    asked = []

    def counting(questions, max_tokens, report):
        asked.extend(questions)
        return ["x" for _ in questions]

    for completion in ("short", "long " * 60):
        ask({"one": counting}, [replace(BLANK, completion=completion)], cache)
    assert len(asked) == 2


def test_a_failed_answer_is_recorded_and_asked_again(cache):
    def failing(questions, max_tokens, report):
        return ["fine", *(Failure("timed out") for _ in questions[1:])]

    answered = ask({"far": failing}, distinct(A=3), cache)
    assert list(answered.answers["far"]) == ["A0"]
    assert answered.failures["far"] == ["timed out", "timed out"]
    assert answered.notes({}) == ["far: 2 answers could not be had (timed out)"]
    answered = ask({"far": says("fine")}, distinct(A=3), cache)
    assert len(answered.answers["far"]) == 3


def test_an_answerer_that_breaks_is_left_out_and_the_rest_is_scored(cache):
    calls = []

    def breaking(questions, max_tokens, report):
        calls.append(len(questions))
        raise EndpointError("http://nowhere is down")

    answered = ask({"far": breaking, "near": says("x")}, distinct(A=2 * SLICE), cache)
    assert calls == [SLICE]
    assert len(answered.answers["near"]) == 2 * SLICE
    assert "http://nowhere is down" in answered.notes({})[0]


def test_a_damaged_cache_is_one_clear_line(tmp_path):
    path = tmp_path / "cache.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(WorkspaceError, match=r"cache.sqlite cannot be used .* delete it"), open_cache(path):
        pass


# the stage


@pytest.fixture
def lift(shop_lift, tiny_model, tmp_path):
    """A lift with baselines, and a tiny model that says it was trained on everything."""
    lift = open_lift(shutil.copytree(shop_lift.root, tmp_path / "shop"))
    train_baselines(lift, TrainConfig(), silent, lambda line: None, ("naive",))
    shutil.copytree(tiny_model, lift.model("sft"))
    train = read_rows(lift.dataset / "data" / "train.parquet", Question)
    taught = [question for question in train if question.direction != "absent"]
    facts = sorted({fact for question in taught for fact in question.fact_ids})
    record = {"lessons": 180, "lessons_in_all": 190, "tokens_per_s": 10.0, "examples_per_s": 0.1, "minutes": 1.0}
    record |= {"examples": 5, "mean_tokens": 60.0, "exposures": 2, "base": str(tiny_model), "trained_facts": facts}
    record |= {"trained_lessons": sorted({question.lesson for question in taught})}
    write_json(lift.model("sft") / "training.json", record)
    record_stage(lift, "train:sft", "trained", None, base=str(tiny_model))
    return lift


def scored(lift, **values):
    return test_stage.test(lift, ScoreConfig(against=("naive",), minutes=60, **values), silent, lambda line: None)


def test_scores_answers_and_a_report_are_written(lift):
    result = scored(lift)
    assert result == read_json(lift.scores / "scores.json")
    answers = read_rows(lift.scores / "answers.parquet", Answer)
    assert {answer.answerer for answer in answers} == {"naive"}
    for split in "ABCD":
        rows = [answer.right for answer in answers if answer.split == split]
        assert result["answerers"]["naive"][split]["n"] == len(rows)
        assert result["answerers"]["naive"][split]["accuracy"] == pytest.approx(sum(rows) / len(rows))
    assert "10 of 190 lessons, about the least central symbols" in " ".join(result["repository"]["not_covered"])
    assert (lift.scores / "report.html").stat().st_size > 5000
    assert not list(lift.scores.glob(".*partial"))


def test_finished_scores_are_read_and_not_made_again(lift):
    first = scored(lift)
    before = (lift.scores / "scores.json").stat().st_mtime_ns
    assert scored(lift) == first
    assert (lift.scores / "scores.json").stat().st_mtime_ns == before
    assert scored(lift, limit=3) != first


def test_an_interrupted_test_asks_only_for_the_rest(lift, monkeypatch):
    asked = []

    def counting(fails):
        def answer(questions, max_tokens, report):
            if fails and asked:
                raise KeyboardInterrupt
            asked.extend((*question.history, question.prompt) for question in questions)
            return ["In `src/shop/stock.py`." for _ in questions]

        return lambda name, lift: answer

    monkeypatch.setattr(inputs, "make_answerer", counting(fails=True))
    with pytest.raises(KeyboardInterrupt):
        scored(lift)
    assert len(asked) == SLICE
    assert not (lift.scores / "scores.json").exists()
    monkeypatch.setattr(inputs, "make_answerer", counting(fails=False))
    result = scored(lift)
    assert len(asked) == len(set(asked)) == sum(result["answerers"]["naive"][split]["n"] for split in "ABCD")
    assert len(read_rows(lift.scores / "answers.parquet", Answer)) == len(asked)


def test_what_stands_in_the_way_of_a_test_is_said(lift):
    with pytest.raises(ConfigError, match="unknown answerer 'oracle'"):
        test_stage.test(lift, ScoreConfig(against=("oracle",)), silent, lambda line: None)
    record = read_json(lift.model("sft") / "training.json")
    write_json(lift.model("sft") / "training.json", record | {"trained_facts": [], "trained_lessons": []})
    kept = scored(lift)["answerers"]["naive"]
    assert (kept["A"]["n"], kept["B"]["n"]) == (0, 0)
    assert kept["C"]["n"] > 0


def test_a_deleted_model_is_said_and_the_rest_is_scored(lift):
    shutil.rmtree(lift.model("sft"))
    said = []
    result = test_stage.test(lift, ScoreConfig(limit=5), silent, said.append)
    assert any("sft" in line and "forklift train" in line for line in said)
    assert "sft" not in result["answerers"]
    assert result["answerers"]["listing"]["A"]["n"] == 5


def test_questions_from_outside_are_scored_beside_ours(lift, tmp_path):
    path = tmp_path / "asked.jsonl"
    path.write_text('{"question": "Where are goods kept?", "answer": "`Stock` in `src/shop/stock.py` keeps them."}\n')
    result = test_stage.test(
        lift, ScoreConfig(against=("naive", "listing"), questions=(str(path),)), silent, lambda line: None
    )
    assert set(result["external"]["asked"]) == {"naive", "listing"}
    assert result["external"]["asked"]["listing"]["n"] == 1
    assert "asked" in (lift.scores / "report.html").read_text()
    asked = {answer.prompt for answer in read_rows(lift.scores / "answers.parquet", Answer) if answer.split == "E"}
    assert asked == {"Where are goods kept?"}


def test_a_dataset_without_test_questions_is_an_error(lift):
    write_rows(lift.dataset / "data" / "test.parquet", [], Question)
    with pytest.raises(DatasetError, match="has no test questions"):
        scored(lift)
