"""The same questions for every answerer, a fair sample at any moment, nothing asked twice."""

import shutil
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift import test as test_stage
from forklift.answerers import ANSWERERS
from forklift.config import ScoreConfig
from forklift.engine import silent
from forklift.errors import ConfigError, DatasetError, WorkspaceError
from forklift.records import Answer, Question
from forklift.tables import read_rows
from forklift.test.run import SLICE, answer_all, in_turn, seen_and_unseen
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
    kept, left_out = seen_and_unseen(questions, frozenset({"known", "known too"}))
    assert kept == [questions[0], questions[2], questions[4], questions[5]]
    assert left_out == 2


def test_reverse_questions_of_b_are_asked_once_their_sources_are_taught(shop_lift):
    """The dataset and the test must mean the same by "seen"."""
    train, asked = (read_rows(shop_lift.dataset / "data" / f"{name}.parquet", Question) for name in ("train", "test"))
    trained = frozenset(fact for question in train for fact in question.fact_ids)
    kept, _ = seen_and_unseen(asked, trained)
    directions = Counter(question.direction for question in kept if question.split == "B")
    assert directions["reverse"] == sum(q.direction == "reverse" for q in asked if q.split == "B") > 0
    assert directions["composed"] > 0


@given(st.fixed_dictionaries({split: st.integers(0, 40) for split in "ABCD"}), st.integers(1, 30), st.integers(0, 9))
def test_any_beginning_is_a_fair_sample(counts, limit, seed):
    questions = questions_of(**counts)
    turn = in_turn(questions, limit, seed)
    wanted = {split: min(limit, count) for split, count in counts.items() if count}
    assert Counter(question.split for question in turn) == wanted
    assert len({question.id for question in turn}) == len(turn)
    for end in range(len(turn) + 1):
        begun = Counter(question.split for question in turn[:end])
        for split, count in wanted.items():
            assert abs(begun[split] - count * end / len(turn)) <= len(wanted) / 2 + 1e-9
    assert turn == in_turn(questions, limit, seed)


def test_the_seed_draws_the_sample():
    questions = questions_of(A=100)
    assert in_turn(questions, 10, 0) == in_turn(questions, 10, 0)
    assert in_turn(questions, 10, 0) != in_turn(questions, 10, 1)


# answering


def says(text):
    return lambda questions, max_tokens, report: [text for _ in questions]


def graded(answerers, questions, seconds=None, report=silent):
    slices = list(answer_all(questions, answerers, lambda name: True, 64, seconds, report))
    return slices, [answer for rows in slices for answer in rows]


def test_every_answerer_answers_every_question():
    questions = questions_of(A=SLICE + 3)
    slices, answers = graded({"good": says("In `src/stock.py`."), "bad": says("In `src/other.py`.")}, questions)
    assert [len(rows) for rows in slices] == [2 * SLICE, 6]
    right = Counter((answer.answerer, answer.right) for answer in answers)
    assert right == {("good", True): len(questions), ("bad", False): len(questions)}
    assert {answer.question_id for answer in answers} == {question.id for question in questions}
    assert answers[0].gold == BLANK.completion
    assert answers[0].cluster == "f1"


def test_refusing_everything_is_right_about_nothing_but_what_does_not_exist():
    absent = replace(BLANK, key_type="absent", keys=("Stokc",), prompt="Where is Stokc?")
    questions = [replace(absent if q.split == "D" else BLANK, id=q.id, split=q.split) for q in questions_of(A=5, D=5)]
    _, answers = graded({"refuser": says("There is no such thing in this repository.")}, questions)
    assert {(answer.split, answer.right, answer.abstained) for answer in answers} == {
        ("A", False, True),
        ("D", True, True),
    }


def test_an_answerer_that_loses_an_answer_is_noticed():
    with pytest.raises(ValueError, match="zip"):
        graded({"short": lambda questions, *_: ["only one"]}, questions_of(A=2))


def test_the_first_slice_is_answered_however_short_the_time_and_no_other():
    slices, _ = graded({"good": says("x")}, questions_of(A=3 * SLICE), seconds=0.0)
    assert len(slices) == 1


def test_progress_ends_at_all():
    told = []
    graded({"a": says("x"), "b": says("y")}, questions_of(A=SLICE + 1), report=lambda *row: told.append(row))
    assert [done for _, done, _ in told] == [SLICE // 2, SLICE, SLICE, SLICE + 1, SLICE + 1]
    assert {total for *_, total in told} == {SLICE + 1}


# the stage


@pytest.fixture
def lift(shop_lift, tmp_path):
    """A lift that says it was trained on everything."""
    root = shutil.copytree(shop_lift.root, tmp_path / "shop")
    lift = open_lift(root)
    train = read_rows(lift.dataset / "data" / "train.parquet", Question)
    facts = sorted({fact for question in train if question.direction != "absent" for fact in question.fact_ids})
    record = {"lessons": 180, "lessons_in_all": 190, "tokens_per_s": 10.0, "examples_per_s": 0.1, "minutes": 1.0}
    record |= {"examples": 5, "mean_tokens": 60.0, "exposures": 2, "base": "tiny", "trained_facts": facts}
    write_json(lift.model("sft") / "training.json", record)
    record_stage(lift, "train:sft", "trained", None)
    return lift


def scored(lift, **values):
    return test_stage.test(lift, ScoreConfig(against=("naive",), **values), silent)


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
    assert not list(lift.scores.glob("partial-*"))


def test_finished_scores_are_read_and_not_made_again(lift):
    first = scored(lift)
    before = (lift.scores / "scores.json").stat().st_mtime_ns
    assert scored(lift) == first
    assert (lift.scores / "scores.json").stat().st_mtime_ns == before
    assert scored(lift, limit=3) != first


def test_an_interrupted_test_asks_only_for_the_rest(lift, monkeypatch):
    asked = []

    def counting(fails):
        def make(_):
            def answer(questions, max_tokens, report):
                if fails and asked:
                    raise KeyboardInterrupt
                asked.extend(question.id for question in questions)
                return ["In `src/shop/stock.py`." for _ in questions]

            return answer

        return make

    monkeypatch.setitem(ANSWERERS, "naive", counting(fails=True))
    with pytest.raises(KeyboardInterrupt):
        scored(lift)
    assert len(asked) == SLICE
    assert not (lift.scores / "scores.json").exists()
    monkeypatch.setitem(ANSWERERS, "naive", counting(fails=False))
    result = scored(lift)
    assert len(asked) == len(set(asked)) == sum(result["answerers"]["naive"][split]["n"] for split in "ABCD")
    assert len(read_rows(lift.scores / "answers.parquet", Answer)) == len(asked)


def test_what_stands_in_the_way_of_a_test_is_said(lift, shop_lift):
    with pytest.raises(WorkspaceError, match="run 'forklift train"):
        scored(shop_lift)
    with pytest.raises(ConfigError, match="unknown answerer 'oracle'"):
        test_stage.test(lift, ScoreConfig(against=("oracle",)), silent)
    record = read_json(lift.model("sft") / "training.json")
    write_json(lift.model("sft") / "training.json", record | {"trained_facts": []})
    kept = scored(lift)["answerers"]["naive"]
    assert (kept["A"]["n"], kept["B"]["n"]) == (0, 0)
    assert kept["C"]["n"] > 0


def test_a_dataset_without_test_questions_is_an_error(lift):
    from forklift.tables import write_rows

    write_rows(lift.dataset / "data" / "test.parquet", [], Question)
    with pytest.raises(DatasetError, match="has no test questions"):
        scored(lift)


def test_a_damaged_partial_result_is_one_clear_line(lift, monkeypatch):
    def failing(_):
        answered = []

        def answer(questions, max_tokens, report):
            if answered:
                raise KeyboardInterrupt
            answered.extend(questions)
            return ["x" for _ in questions]

        return answer

    monkeypatch.setitem(ANSWERERS, "naive", failing)
    with pytest.raises(KeyboardInterrupt):
        scored(lift)
    (partial,) = lift.scores.glob("partial-*.parquet")
    partial.write_bytes(partial.read_bytes()[:200])
    with pytest.raises(WorkspaceError, match=r"partial-.*\.parquet is damaged"):
        scored(lift)
