"""Reading questions: the facts before a question hold its answer."""

from forklift.build.reading import reading_questions
from forklift.engine import silent
from forklift.grading import has_word
from forklift.records import Question
from forklift.tables import read_rows


def rows_of(shop_lift, name="train"):
    return read_rows(shop_lift.dataset / "data" / f"{name}.parquet", Question)


def test_the_dataset_has_them_in_training_alone(shop_lift):
    reading = [row for row in rows_of(shop_lift) if row.direction == "reading"]
    assert len(reading) > 50
    assert not any(row.direction == "reading" for name in ("validation", "test") for row in rows_of(shop_lift, name))
    assert {row.facet for row in reading} >= {"topic", "absence", "location"}


def test_facts_stand_before_the_question_and_hold_the_answer(shop_lift):
    for row in rows_of(shop_lift):
        if row.direction != "reading":
            continue
        facts, _, question = row.prompt.partition("\n\nQuestion: ")
        assert facts.startswith("Facts from the index")
        assert question
        if row.facet == "absence":
            assert f"There is no `{row.subject}`" in facts
        elif row.key_type != "text":
            assert sum(has_word(facts, key) for key in row.keys) >= row.min_keys


def test_the_same_seed_reads_the_same(shop_lift, shop_index):
    rows = rows_of(shop_lift)
    one, again = (list(reading_questions(rows, shop_index, 20, 3, silent)) for _ in range(2))
    assert one == again
    assert 0 < len(one) <= 20
    assert not list(reading_questions(rows, shop_index, 0, 3, silent))
