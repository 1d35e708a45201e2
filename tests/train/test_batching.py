"""Questions -> batches: nothing lost, nothing twice, and padding that changes no loss."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from forklift.answerers.conversation import messages_of
from forklift.models import load_model
from forklift.train import batching
from forklift.train.batching import IGNORED, WIDTHS, BatchSampler, Row, batches, collate
from forklift.train.sft import answer_loss

rows_of_any_length = st.lists(
    st.builds(lambda a, b: Row([7] * a, [8] * b), st.integers(1, 30), st.integers(1, 20)), min_size=1, max_size=60
)


def test_a_row_is_a_conversation_that_ends(questions, rows, tokenizer):
    followed = [pair for pair in zip(questions, rows, strict=True) if pair[0].history]
    for question, row in [*list(zip(questions, rows, strict=True))[::50], *followed[::20]]:
        asked = tokenizer.apply_chat_template(messages_of(question), tokenize=False, add_generation_prompt=True)
        assert tokenizer.decode(row.prompt_ids) == asked
        assert tokenizer.decode(row.completion_ids) == question.completion + tokenizer.eos_token
        assert row.completion_ids[-1] == tokenizer.eos_token_id
        assert tokenizer.eos_token_id not in row.completion_ids[:-1]
        assert all(text in tokenizer.decode(row.prompt_ids) for text in (*question.history, question.prompt))
        assert row.tokens == len(row.prompt_ids) + len(row.completion_ids)


def test_collated_rows_end_together():
    batch = collate([Row([5, 6, 7], [8, 1]), Row([5], [9, 9, 1])], pad_id=0)
    left = [0] * (WIDTHS - 5)
    assert batch["input_ids"].tolist() == [[*left, 5, 6, 7, 8, 1], [*left, 0, 5, 9, 9, 1]]
    assert batch["attention_mask"].tolist() == [[*left, 1, 1, 1, 1, 1], [*left, 0, 1, 1, 1, 1]]
    assert batch["position_ids"].tolist() == [[*left, 0, 1, 2, 3, 4], [*left, 0, 0, 1, 2, 3]]
    labels = [[label for label in row if label != IGNORED] for row in batch["labels"].tolist()]
    assert labels == [[8, 1], [9, 9, 1]]


@given(rows_of_any_length)
def test_labels_are_the_answers_and_stand_at_the_end(rows):
    batch = collate(rows, pad_id=0)
    longest = max(row.tokens for row in rows)
    width = batch["input_ids"].shape[1]
    assert longest <= width < longest + WIDTHS
    assert width % WIDTHS == 0
    assert batch["input_ids"].shape == batch["attention_mask"].shape == (len(rows), width)
    assert batch["labels"].shape[1] < width
    for n, row in enumerate(rows):
        labels = batch["labels"][n]
        assert labels[labels != IGNORED].tolist() == row.completion_ids
        assert batch["input_ids"][n, -len(row.completion_ids) :].tolist() == row.completion_ids
        assert batch["attention_mask"][n].sum() == row.tokens
        assert batch["position_ids"][n, -1] == row.tokens - 1


def test_padding_changes_no_loss(rows, tiny_model):
    """The loss of a padded batch is the mean over the answer tokens of its rows, each computed alone."""
    model = load_model(str(tiny_model), torch.float32).eval()
    chosen = sorted(rows, key=lambda row: row.tokens)[:: len(rows) // 7]
    total, tokens = 0.0, 0
    with torch.no_grad():
        for row in chosen:
            logits = model(torch.tensor([row.prompt_ids + row.completion_ids])).logits[0]
            answers = logits[len(row.prompt_ids) - 1 : -1]
            total += float(
                torch.nn.functional.cross_entropy(answers, torch.tensor(row.completion_ids), reduction="sum")
            )
            tokens += len(row.completion_ids)
        loss = answer_loss(model, collate(chosen, pad_id=1))
    assert len({row.tokens for row in chosen}) > 4
    assert float(loss) == pytest.approx(total / tokens, abs=1e-4)


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=40), min_size=1, max_size=12),
       st.integers(1, 8), st.integers(0, 3))  # fmt: skip
def test_every_row_of_every_round_is_visited_exactly_once(rounds, batch_size, seed):
    planned = batches(rounds, batch_size, seed)
    assert Counter(n for batch in planned for n in batch) == Counter(n for numbers in rounds for n in numbers)
    assert all(0 < len(batch) <= batch_size for batch in planned)
    assert all(len(batch) == batch_size for batch in planned[:-1])
    assert planned == batches(rounds, batch_size, seed)


def test_a_batch_mixes_rows_of_all_lengths(rows):
    planned = batches([range(len(rows))], 8, 0)
    spread = [max(rows[n].tokens for n in batch) - min(rows[n].tokens for n in batch) for batch in planned]
    lengths = [row.tokens for row in rows]
    assert sum(spread) / len(spread) > 0.3 * (max(lengths) - min(lengths))


def test_rounds_come_in_turn():
    planned = batches([range(40), range(40, 80)], 4, 0)
    assert {n for batch in planned[:10] for n in batch} == set(range(40))


def test_another_seed_gives_another_order():
    assert batches([range(100)], 8, 0) != batches([range(100)], 8, 1)


def test_the_sampler_keeps_the_plan():
    sampler = BatchSampler([[3, 1], [2]])
    assert list(sampler) == list(sampler) == [[3, 1], [2]]
    assert (len(sampler), sampler.batch_size, sampler.drop_last) == (2, 2, False)


# lengths before encoding


def test_lengths_are_estimated_from_a_sample(questions, rows, tokenizer, monkeypatch):
    monkeypatch.setattr(batching, "SAMPLE_ROWS", 50)
    estimates, sample = batching.estimate_tokens(questions, tokenizer, seed=0)
    assert len(estimates) == len(questions)
    assert len(sample) == 50
    assert sum(estimates) == pytest.approx(sum(row.tokens for row in rows), rel=0.1)
    shortest, longest = (pick(range(len(rows)), key=lambda n: rows[n].tokens) for pick in (min, max))
    assert estimates[shortest] < estimates[longest]


def test_rows_all_of_one_length_have_that_length(questions, rows, tokenizer):
    estimates, sample = batching.estimate_tokens(questions[:1] * 5, tokenizer, seed=0)
    assert estimates == [rows[0].tokens] * 5
    assert sample == [rows[0]] * 5
