"""Questions from outside: reading any file, and metrics that cannot be gamed."""

import json
import math
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.errors import ConfigError, ModelError
from forklift.grading import find_mentions, is_known
from forklift.index import build_index, open_index
from forklift.records import Question
from forklift.test import external
from forklift.test.external import external_scores, gold_files, identifier_recall, read_questions, score_answer
from shop import write_files

REFERENCE = (
    "Orders are placed by `place_order()` (shop/orders.py), which calls Stock.take_items in src/shop/stock.py, "
    "raises OutOfStockError and writes a Django `QuerySet`."
)
ASKED = "How are orders placed?"


def count_words(text):
    return len(text.split())


def question_of(index, prompt=ASKED, reference=REFERENCE):
    return external._question("outside", prompt, reference, external._gold_names(index))


def write(tmp_path, *rows, name="outside.jsonl"):
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path = tmp_path / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def pair(question=ASKED, answer=REFERENCE):
    return {"question": question, "answer": answer}


@pytest.fixture
def scored(shop_index):
    def score(answer, question=None):
        question = question or question_of(shop_index)
        files = gold_files(question, shop_index)
        return score_answer(question, answer, files, lambda name: is_known(name, shop_index), count_words(answer))

    return score


# reading


def test_a_line_is_a_question_of_split_e_with_the_names_of_its_reference(tmp_path, shop_index):
    (question,), notes = read_questions(write(tmp_path, pair()), shop_index)
    assert notes == []
    assert question == Question(
        id=question.id, split="E", facet="external", direction="forward", fact_ids=(), subject="", prompt=ASKED,
        completion=REFERENCE, keys=("place_order", "take_items", "OutOfStockError"), min_keys=2, key_type="symbol",
    )  # fmt: skip
    assert question.id.startswith("E-outside-")


def test_ids_stay_when_other_lines_come_and_differ_between_files(tmp_path, shop_index):
    (one,), _ = read_questions(write(tmp_path, pair()), shop_index)
    both, _ = read_questions(write(tmp_path, pair("Another?"), pair(), name="outside.jsonl"), shop_index)
    (other,), _ = read_questions(write(tmp_path, pair(), name="elsewhere.jsonl"), shop_index)
    assert both[1].id == one.id
    assert len({one.id, other.id, both[0].id}) == 3


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("no json", "not JSON"),
        ('{"question": "cut', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('["question", "answer"]', "no JSON object"),
        ("3", "no JSON object"),
        ('{"answer": "a"}', "no 'question'"),
        ('{"question": "q"}', "no 'answer'"),
        ('{"question": 3, "answer": "a"}', "'question' is no text"),
        ('{"question": "q", "answer": null}', "'answer' is no text"),
        ('{"question": " ", "answer": "a"}', "'question' is empty"),
        ('{"question": "q", "answer": "\\n"}', "'answer' is empty"),
    ],
)
def test_a_line_that_is_no_question_is_left_out_and_named(tmp_path, shop_index, line, fault):
    questions, notes = read_questions(write(tmp_path, pair(), "", line), shop_index)
    assert [question.prompt for question in questions] == [ASKED]
    assert notes == [f"outside.jsonl: left out 1 line unusable (line 3: {fault})"]


def test_many_faults_are_counted_and_the_first_named(tmp_path, shop_index):
    _, notes = read_questions(write(tmp_path, *["x"] * 12, pair()), shop_index)
    assert notes == [
        "outside.jsonl: left out 12 lines unusable (line 1: not JSON; line 2: not JSON; line 3: not JSON; "
        "line 4: not JSON; line 5: not JSON; and 7 more)"
    ]


def test_a_question_asked_twice_is_asked_once(tmp_path, shop_index):
    path = write(tmp_path, pair(), pair("Another?"), pair(f" {ASKED.replace(' ', '  ')} ", "Something else."))
    questions, notes = read_questions(path, shop_index)
    assert [question.completion for question in questions] == [REFERENCE, REFERENCE]
    assert notes == ["outside.jsonl: left out 1 line asked before (line 3)"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_unicode_and_any_line_end_is_read(tmp_path, shop_index, encoding, end):
    path = tmp_path / "outside.jsonl"
    lines = [json.dumps(pair(f"Où est {n}\u2028?"), ensure_ascii=False) for n in range(3)]
    path.write_bytes(end.join(lines).encode(encoding))
    questions, notes = read_questions(path, shop_index)
    assert [question.prompt for question in questions] == [f"Où est {n}\u2028?" for n in range(3)]
    assert notes == []


def test_another_encoding_is_guessed_and_said(tmp_path, shop_index):
    path = tmp_path / "outside.jsonl"
    path.write_bytes(json.dumps(pair("Où?"), ensure_ascii=False).encode("latin-1"))
    (question,), (note,) = read_questions(path, shop_index)
    assert question.prompt == "Où?"
    assert "not UTF-8" in note


@pytest.mark.parametrize("content", [b"", b"\n\n", b"not json\n", b"[]", b"\x1f\x8b\x08\x00\xff\xfe\x00", b"\xff" * 99])
def test_a_file_without_any_question_says_what_is_expected(tmp_path, shop_index, content):
    path = tmp_path / "outside.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="holds no usable question") as error:
        read_questions(path, shop_index)
    assert str(path) in str(error.value)
    assert '{"question": "...", "answer": "..."}' in str(error.value)
    assert "\n" not in str(error.value)


def test_a_json_array_over_many_lines_is_no_jsonl(tmp_path, shop_index):
    path = tmp_path / "outside.jsonl"
    path.write_text(json.dumps([pair(), pair("Another?")], indent=2), encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1: not JSON"):
        read_questions(path, shop_index)


def test_a_missing_file_and_a_directory_are_named(tmp_path, shop_index):
    for path in (tmp_path / "nowhere.jsonl", tmp_path):
        with pytest.raises(ConfigError, match=re.escape(f"{path} cannot be read")):
            read_questions(path, shop_index)


def test_many_lines_are_read_fast(tmp_path, shop_index):
    path = write(tmp_path, *(pair(f"{ASKED} {n}", f"{REFERENCE} {n}") for n in range(20_000)))
    began = time.process_time()
    questions, _ = read_questions(path, shop_index)
    assert len(questions) == 20_000
    assert time.process_time() - began < 20


def test_broken_characters_can_be_written_to_a_file(tmp_path, shop_index):
    (question,), _ = read_questions(write(tmp_path, '{"question": "\\ud800 q", "answer": "\\udfff a"}'), shop_index)
    assert (question.prompt + question.completion).encode("utf-8")


# gold


@pytest.mark.parametrize(
    ("prompt", "reference", "keys"),
    [
        (ASKED, "Only prose, nothing of the shop.", ()),
        (ASKED, "`nothing_known` and DjangoModel do it", ()),
        ("What does place_order do?", "`place_order` calls `take_items`.", ("take_items",)),
        ("What is Order.ship?", "Order.ship raises `OutOfStockError`.", ("OutOfStockError",)),
        (ASKED, "`shop.stock.Stock.add_items` adds.", ("add_items",)),  # the only one of that name
        (ASKED, "`shop.orders.Order.describe` tells.", ("Order.describe",)),  # one of several
        (ASKED, "`ColdStock.take_items()` takes.", ("take_items",)),  # inherited
        (ASKED, "`Order.describe` and then `describe()` again.", ("Order.describe",)),
        (ASKED, "Call `describe()`.", ("describe",)),
        (ASKED, "See src/shop/stock.py and `src/shop/tools/`.", ()),
        (ASKED, "It asks the Stock, an ColdStock and a Shop.", ("ColdStock", "Stock")),  # classes in a sentence
        (ASKED, "Stock is asked. Order comes next: Order\nStock", ()),  # may be plain English
        ("What is in Stock?", "What the Stock holds.", ()),
    ],
)
def test_gold_names_exist_and_are_not_given_away(shop_index, prompt, reference, keys):
    assert question_of(shop_index, prompt, reference).keys == keys


def test_the_project_is_not_the_class_of_its_name(tmp_path):
    write_files(tmp_path / "gadget", {"gadget.py": "class Gadget:\n    pass\n\n\nclass Part:\n    pass\n"})
    build_index(tmp_path / "gadget", tmp_path / "index.sqlite", BuildConfig(), silent)
    with open_index(tmp_path / "index.sqlite") as index:
        assert question_of(index, ASKED, "Here Gadget needs a Part.").keys == ("Part",)
        assert question_of(index, ASKED, "Here `Gadget` needs a Part.").keys == ("Gadget", "Part")


@pytest.mark.parametrize(
    ("prompt", "reference", "files"),
    [
        (ASKED, "In src/shop/orders.py.", ("src/shop/orders.py",)),
        (ASKED, "In shop/orders.py, `orders.py`, and (src/shop/orders.py).", ("src/shop/orders.py",)),
        (ASKED, "In nowhere.py, src/shop/ and setup.cfg.", ()),
        ("What is in orders.py?", "src/shop/orders.py uses stock.py.", ("src/shop/stock.py",)),
    ],
)
def test_gold_files_exist_and_are_not_given_away(shop_index, prompt, reference, files):
    assert gold_files(question_of(shop_index, prompt, reference), shop_index) == files


# metrics


def test_the_reference_itself_scores_in_full(scored):
    result = scored(REFERENCE)
    assert (result.identifier_recall, result.identifier_precision, result.identifier_f1) == (1, 1, 1)
    assert (result.file_recall, result.rouge_l) == (1, 1)


def test_an_empty_answer_scores_nothing(scored):
    result = scored("")
    assert (result.identifier_recall, result.identifier_precision, result.identifier_f1) == (0, 0, 0)
    assert (result.file_recall, result.rouge_l, result.mentioned, result.tokens) == (0, 0, 0, 0)


def test_a_half_right_answer_is_worth_its_half(scored):
    result = scored("`place_order` in orders.py calls `round_price` and `make_up`.")
    assert result.identifier_recall == pytest.approx(1 / 3)
    assert result.identifier_precision == pytest.approx(1 / 3)
    assert result.file_recall == 0.5
    assert (result.invented, result.mentioned) == (1, 4)


@pytest.mark.parametrize(
    ("answer", "recall"),
    [
        ("Calls `Order.describe`.", 1),
        ("Order says it by its `describe()`.", 1),  # whose it is, is said
        ("Calls `describe`.", 0),  # there are several
        ("You may describe any Order.", 0),  # plain English
        ("`Stock.describe`", 0),
    ],
)
def test_one_of_several_of_a_name_is_found_only_with_its_owner(shop_index, scored, answer, recall):
    question = question_of(shop_index, "What tells?", "`Order.describe` tells.")
    assert question.keys == ("Order.describe",)
    assert scored(answer, question).identifier_recall == recall


def test_without_gold_names_there_is_nothing_to_recall(shop_index, scored):
    result = scored("`place_order`", question_of(shop_index, reference="Only prose."))
    assert (result.identifier_recall, result.identifier_precision, result.identifier_f1) == (None, None, None)
    assert result.file_recall is None


def test_recall_is_the_same_with_and_without_an_index(shop_index, scored):
    for answer in (REFERENCE, "", "`take_items`", "`Stock.take_items` and OutOfStockError"):
        assert identifier_recall(question_of(shop_index), answer) == scored(answer).identifier_recall


names = st.lists(
    st.sampled_from(["place_order", "Stock.take_items", "OutOfStockError", "round_price", "main", "not_there", "Order"])
)
unrelated = st.lists(st.from_regex(r"zz[a-z]{2,6}_[a-z]{2,6}|Zz[a-z]{2,4}[A-Z][a-z]{2,4}", fullmatch=True), min_size=1)
paths = st.lists(st.sampled_from(["src/shop/orders.py", "stock.py", "prices.py", "zz/none.py"]))


def quoted(words):
    return " ".join(f"`{word}`" for word in words)


@given(names, unrelated, paths)
def test_unrelated_names_never_raise_precision_nor_change_recall(shop_index, named, others, files):
    question = question_of(shop_index)
    gold = gold_files(question, shop_index)
    plain = score_answer(question, quoted(named + files), gold, lambda _: True, 0)
    padded = score_answer(question, quoted(named + files + others), gold, lambda _: True, 0)
    assert padded.identifier_precision <= plain.identifier_precision
    assert padded.identifier_precision < 1
    assert (padded.identifier_recall, padded.file_recall) == (plain.identifier_recall, plain.file_recall)


@given(names, paths, st.randoms())
def test_order_does_not_matter_and_everything_is_a_share(shop_index, named, files, random):
    question = question_of(shop_index)
    gold = gold_files(question, shop_index)
    words = named + files
    shuffled = random.sample(words, len(words))
    one, other = (score_answer(question, quoted(row), gold, lambda _: True, 0) for row in (words, shuffled))
    for metric in ("identifier_recall", "identifier_precision", "identifier_f1", "file_recall"):
        assert getattr(one, metric) == getattr(other, metric)
        assert 0 <= getattr(one, metric) <= 1


@given(st.text(st.one_of(st.characters(), st.sampled_from(list("abAB_./`() "))), max_size=120))
def test_any_answer_can_be_scored(shop_index, text):
    result = score_answer(question_of(shop_index), text, ("src/shop/stock.py",), lambda _: False, 0)
    assert 0 <= result.identifier_precision <= 1
    assert 0 <= result.rouge_l <= 1


@given(st.text(st.one_of(st.characters(), st.sampled_from(list("abAB_./`() "))), max_size=120))
def test_any_reference_scores_itself_in_full(shop_index, text):
    question = question_of(shop_index, "?", f"{REFERENCE} {text} `Order.describe` `main()`")
    files = gold_files(question, shop_index)
    result = score_answer(question, question.completion, files, lambda _: True, 0)
    assert (result.identifier_recall, result.identifier_precision, result.file_recall) == (1, 1, 1)


# all answerers together


@pytest.fixture
def questions(shop_index):
    return [
        question_of(shop_index),
        question_of(shop_index, "What is refunded?", "`refund` pays `Order.total` in src/shop/orders.py."),
        question_of(shop_index, "Why is there a shop?", "To sell fruit to people who like it."),
    ]


@pytest.fixture
def without_encoder(monkeypatch):
    def missing():
        raise ModelError("no encoder: pip install it")

    monkeypatch.setattr(external, "load_embedder", missing)


def test_every_answerer_gets_every_number_in_plain_json(questions, shop_index, without_encoder):
    gold = {question.id: question.completion for question in questions}
    answers = {"sft": gold, "base": dict.fromkeys(gold, ""), "naive": {questions[0].id: "`place_order`, `main`"}}
    scores = external_scores(questions, answers, shop_index, count_words, 0)
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    sft, base, naive = scores["sft"], scores["base"], scores["naive"]
    for metric in ("identifier_recall", "identifier_precision", "file_recall", "rouge_l"):
        assert sft[metric] == pytest.approx(1)
        assert base[metric] == 0
        low, high = sft["intervals"][metric]
        assert low < sft[metric] <= high
    assert (sft["bleu"], sft["chrf"]) == (pytest.approx(100), pytest.approx(100))
    assert (base["bleu"], base["chrf"]) == (0, 0)
    assert (base["invented_symbol_rate"], base["mean_answer_tokens"]) == (None, 0)
    assert sft["invented_symbol_rate"] == pytest.approx(1 / 9)  # QuerySet
    assert (sft["n"], sft["n_identifiers"], sft["n_files"]) == (3, 2, 2)
    assert (naive["n"], naive["mean_answer_tokens"], naive["identifier_precision"]) == (1, 2, 0.5)
    assert sft["embedding_cosine"] is None
    assert sft["notes"] == ["no encoder: pip install it"]


def test_ours_is_compared_with_the_others_on_what_both_answered(questions, shop_index, without_encoder):
    gold = {question.id: question.completion for question in questions}
    answers = {"base": dict.fromkeys(gold, ""), "sft": gold, "naive": {questions[0].id: REFERENCE}}
    scores = external_scores(questions, answers, shop_index, count_words, 0)
    assert "comparisons" not in scores["base"]
    rows = {(row["other"], row["metric"]): row for row in scores["sft"]["comparisons"]}
    assert rows["base", "identifier_recall"]["difference"] == 1
    assert rows["base", "identifier_recall"]["n"] == 2
    assert rows["naive", "file_recall"] == {
        "other": "naive", "metric": "file_recall", "difference": 0, "n": 1,
        "low": rows["naive", "file_recall"]["low"], "high": rows["naive", "file_recall"]["high"],
    }  # fmt: skip
    assert rows["naive", "file_recall"]["low"] < 0 < rows["naive", "file_recall"]["high"]


def test_an_answer_is_compared_with_its_own_reference(questions, shop_index, without_encoder):
    answers = {"naive": {questions[1].id: questions[1].completion}}
    scores = external_scores(questions, answers, shop_index, count_words, 0)["naive"]
    assert (scores["bleu"], scores["chrf"]) == (pytest.approx(100), pytest.approx(100))
    assert (scores["n"], scores["identifier_recall"], scores["rouge_l"]) == (1, 1, 1)


def test_nobody_answered_is_no_crash_and_no_zero(questions, shop_index, without_encoder):
    scores = external_scores(questions, {"sft": {}, "base": {}}, shop_index, count_words, 0)
    assert scores["sft"]["n"] == 0
    assert all(scores["sft"][name] is None for name in ("identifier_recall", "bleu", "rouge_l", "mean_answer_tokens"))


def test_the_same_seed_gives_the_same_numbers_and_every_interval_holds_its_value(
    questions, shop_index, without_encoder
):
    texts = {q.id: q.completion.replace("place_order", "main") for q in questions}
    one, other = (external_scores(questions, {"sft": texts}, shop_index, count_words, 3) for _ in range(2))
    assert one == other
    for metric, (low, high) in one["sft"]["intervals"].items():
        assert low <= one["sft"][metric] <= high
        assert math.isfinite(low + high)


def test_mentions_of_the_shared_reference_are_what_this_file_assumes():
    assert [mention.text for mention in find_mentions(REFERENCE)] == [
        "place_order", "shop/orders.py", "Stock.take_items", "src/shop/stock.py", "OutOfStockError", "QuerySet"
    ]  # fmt: skip
