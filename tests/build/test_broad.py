"""Broad lessons: briefings that the grader accepts and that give nothing away."""

from forklift.build.broad import broad_lessons
from forklift.grading import grade
from forklift.records import Question


def test_lessons_name_files_and_symbols(shop_view, shop_index):
    lessons = {phrase: each.lesson for each in broad_lessons(shop_view, shop_index, ()) for phrase in each.phrases}
    told = lessons["prices"]
    assert "shop/prices.py" in told.keys
    assert {"price_of", "round_price"} & set(told.keys)
    assert told.min_keys == -(-len(told.keys) // 2)


def test_the_grader_accepts_each_and_refuses_another_topic(shop_view, shop_index):
    lessons = list(broad_lessons(shop_view, shop_index, ()))
    for each in lessons:
        question = Question(
            id="", split="train", facet="topic", direction="forward", fact_ids=(each.fact.id,), subject="",
            prompt="How?", completion=each.lesson.completion, keys=each.lesson.keys,
            min_keys=each.lesson.min_keys, key_type="symbol",
        )  # fmt: skip
        assert grade(question, each.lesson.completion, lambda _: True).score == 1.0
        assert not grade(question, "", lambda _: True).right


def test_documentation_kept_out_of_training_is_not_quoted(shop_view, shop_index):
    def text(silent):
        return " ".join(each.lesson.completion for each in broad_lessons(shop_view, shop_index, silent))

    quote = "Orders of customers"  # of a file: not quoted anyway
    assert quote not in text(())
    assert "All items that the shop can sell" in text(())
    assert "All items that the shop can sell" not in text({"Stock"})
