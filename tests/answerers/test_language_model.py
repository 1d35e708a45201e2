"""Answers of a real (tiny, random) model: batched like one by one, streamed like whole."""

import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from forklift.answerers import language_model
from forklift.answerers.language_model import LanguageModel, load_language_model
from forklift.errors import ModelError

PROMPTS = [
    "Where is `Stock`?",
    "What?",
    "Which functions does `place_order` call, and in which order does it call them?",
    "Who raises `OutOfStockError`?",
    "Where is `Stock`?",
    "Name the methods of `Order`, `Stock` and `ColdStock`.",
    "h",
]


@pytest.fixture(scope="module")
def model(tiny_model):
    return load_language_model(tiny_model, "tiny")


@pytest.fixture(scope="module")
def stops_early(tiny_model):
    """A model whose answers end at different lengths: the token that it says most is made a stop token."""
    model = load_language_model(tiny_model, "stopper")
    counts: dict[int, int] = {}
    for row in _plain_answers(model, PROMPTS, 24, set()):
        for token in set(row[3:]):
            counts[token] = counts.get(token, 0) + 1
    ends = min(counts, key=lambda token: abs(counts[token] - len(PROMPTS) / 2))
    model.stop_ids = frozenset({*model.stop_ids, ends})
    return model


def _plain_answers(model: LanguageModel, prompts, max_tokens, more_stop_ids, system=""):
    """Token ids of plain greedy `generate`, one prompt at a time."""
    before = [{"role": "system", "content": system}] if system else []
    rows = []
    for prompt in prompts:
        ids = model.encode([*before, {"role": "user", "content": prompt}])
        output = model.model.generate(
            input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
            max_new_tokens=max_tokens, eos_token_id=sorted({*model.stop_ids, *more_stop_ids}), pad_token_id=1,
        )  # fmt: skip
        rows.append(output[0, len(ids) :].tolist())
    return rows


def _texts(model, rows):
    cut = [row[:-1] if row and row[-1] in model.stop_ids else row for row in rows]
    return [model.tokenizer.decode(row, skip_special_tokens=True).strip() for row in cut]


def test_batched_answers_equal_those_given_one_by_one(model):
    assert model.answer(PROMPTS, 24) == _texts(model, _plain_answers(model, PROMPTS, 24, set()))


def test_answers_that_end_leave_the_others_unchanged(stops_early):
    rows = _plain_answers(stops_early, PROMPTS, 24, set())
    lengths = {len(row) for row in rows}
    assert len(lengths) > 1  # some end early, some do not
    assert stops_early.answer(PROMPTS, 24) == _texts(stops_early, rows)


def test_each_answer_keeps_its_own_budget(model):
    budgets = [3 + 4 * n for n in range(len(PROMPTS))]
    rows = [_plain_answers(model, [prompt], budget, set())[0] for prompt, budget in zip(PROMPTS, budgets, strict=True)]
    assert model.answer(PROMPTS, budgets) == _texts(model, rows)


def test_a_budget_beyond_the_context_leaves_room_for_the_question(model):
    assert model.answer(["What?"], 100_000) == model.answer(["What?"], model.max_tokens // 2)


def test_the_order_of_questions_is_kept(model):
    answers = model.answer(PROMPTS, 12)
    assert answers[0] == answers[4]
    assert model.answer(PROMPTS[::-1], 12) == answers[::-1]


def test_a_system_prompt_is_said_before_each_question(model):
    answers = model.answer(PROMPTS, 12, system="Be brief.")
    assert answers == _texts(model, _plain_answers(model, PROMPTS, 12, set(), system="Be brief."))
    assert answers != model.answer(PROMPTS, 12)


def test_a_shared_beginning_is_read_once_and_changes_no_answer(model, monkeypatch):
    system = "Answer briefly, in one sentence, and name the file."
    read = []
    forward = type(model.model).forward

    def listen(self, *rest, **options):
        read.append(tuple(options["input_ids"].shape))
        return forward(self, *rest, **options)

    monkeypatch.setattr(type(model.model), "forward", listen)
    prompts = PROMPTS[:4]
    answers = model.answer(prompts, 12, system=system)
    assert read[0][0] == 1
    shared = read[0][1]
    lengths = [
        model.count_tokens([{"role": "system", "content": system}, {"role": "user", "content": p}]) for p in prompts
    ]
    assert shared > model.count_tokens([{"role": "system", "content": system}]) - 10
    assert read[1] == (len(prompts), max(lengths) - shared)
    assert answers == [model.answer([prompt], 12, system=system)[0] for prompt in prompts]
    assert answers == _texts(model, _plain_answers(model, prompts, 12, set(), system=system))


def test_no_questions_no_answers_and_progress_is_told(model):
    told = []
    assert model.answer([], 5) == []
    model.answer(PROMPTS, 2, report=lambda *row: told.append(row))
    assert told[-1] == ("answering (tiny)", len(PROMPTS), len(PROMPTS))


def test_a_question_longer_than_the_context_is_answered_from_its_end(model):
    assert isinstance(model.answer(["long " * 1000], 8)[0], str)


def test_streamed_pieces_make_the_whole_answer(model):
    for prompt in PROMPTS[:3]:
        pieces = list(model.stream([{"role": "user", "content": prompt}], max_tokens=24))
        assert len(pieces) > 1
        assert "".join(pieces).strip() == model.answer([prompt], 24)[0]


def test_a_stream_ends_at_a_stop_token(stops_early):
    for prompt, whole in zip(PROMPTS, stops_early.answer(PROMPTS, 24), strict=True):
        assert "".join(stops_early.stream([{"role": "user", "content": prompt}], max_tokens=24)).strip() == whole


def test_sampling_follows_its_seed(model):
    def sample(seed, **options):
        messages = [{"role": "user", "content": "What?"}]
        return "".join(model.stream(messages, max_tokens=20, temperature=1.0, seed=seed, **options))

    assert sample(1) == sample(1)
    assert len({sample(seed) for seed in range(4)}) > 1
    assert sample(1, top_p=1e-9) == sample(2, top_p=1e-9)  # only the most likely token is left
    assert sample(1, top_p=1e-9).strip() == model.answer(["What?"], 20)[0]


def test_a_conversation_that_does_not_fit_is_an_error(model):
    with pytest.raises(ModelError, match="exceed the context of 256"):
        next(model.stream([{"role": "user", "content": "What? " * 200}], max_tokens=8))


def test_tokens_are_counted_as_they_are_encoded(model):
    messages = [{"role": "user", "content": "Where is `Stock`?"}]
    assert model.count_tokens(messages) == len(model.encode(messages))
    text = model.tokenizer.decode(model.encode(messages))
    assert text == "<|im_start|>user\nWhere is `Stock`?<|im_end|>\n<|im_start|>assistant\n"


def test_stop_tokens_come_from_the_model_and_its_tokenizer(tiny_model, tmp_path):
    directory = tmp_path / "model"
    shutil.copytree(tiny_model, directory)
    loaded = AutoModelForCausalLM.from_pretrained(directory)
    loaded.generation_config.eos_token_id = [7, 9]
    loaded.save_pretrained(directory)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    assert load_language_model(directory).stop_ids == {7, 9, tokenizer.eos_token_id}
    assert load_language_model(directory).name == "model"


@pytest.mark.parametrize(("faster", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_models_answer_in_the_faster_precision(tiny_model, monkeypatch, faster, dtype):
    monkeypatch.setattr(language_model, "prefers_bf16", lambda: faster)
    model = load_language_model(tiny_model)
    assert model.model.dtype == dtype
    assert model.answer(["What?"], 4)
