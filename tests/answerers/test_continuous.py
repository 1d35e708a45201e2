"""Rows that come and go in one batch answer as they would alone."""

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config, set_seed

from forklift.answerers import continuous
from forklift.answerers.continuous import Batch, Row
from forklift.answerers.generation import generate
from forklift.answerers.wishes import Decoding
from forklift.errors import ModelError

SHAPE = {
    "vocab_size": 97,
    "hidden_size": 48,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}
CONFIGS = {
    "llama": LlamaConfig(**SHAPE),
    "qwen": Qwen2Config(**SHAPE),
    "window": MistralConfig(**SHAPE, sliding_window=7),
}


@pytest.fixture(scope="module", params=CONFIGS)
def model(request):
    set_seed(1)
    return AutoModelForCausalLM.from_config(CONFIGS[request.param], attn_implementation="sdpa").eval()


def prompts(count, longest=40):
    generator = torch.Generator().manual_seed(3)
    lengths = torch.randint(1, longest, (count,), generator=generator).tolist()
    return [tuple(torch.randint(3, 97, (length,), generator=generator).tolist()) for length in lengths]


def alone(model, prompt, budget, stop_ids=frozenset()):
    """Greedy, the whole sequence anew for each token, by the model's own attention."""
    ids = [*prompt]
    for _ in range(budget):
        with torch.inference_mode():
            ids.append(int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
        if ids[-1] in stop_ids:
            break
    return ids[len(prompt) :]


def run(batch, most=10_000):
    for _ in range(most):
        if not batch.running and not batch.waiting:
            return
        batch.step()
    raise AssertionError("does not end")


def test_rows_of_all_lengths_answer_as_alone(model):
    batch = Batch(model, frozenset(), rows=4)
    rows = [Row(prompt, 3 + n % 5) for n, prompt in enumerate(prompts(9))]
    for row in rows:
        batch.join(row)
    run(batch)
    assert [row.answer for row in rows] == [alone(model, row.prompt, row.budget) for row in rows]


def test_rows_that_join_and_leave_disturb_nobody(model):
    batch = Batch(model, frozenset(), rows=8)
    rows = [Row(prompt, 12) for prompt in prompts(8)]
    for row in rows[:5]:
        batch.join(row)
    batch.step()
    batch.leave(rows[0])
    batch.leave(rows[2])
    batch.step()
    for row in rows[5:]:
        batch.join(row)
    batch.leave(rows[6])
    run(batch)
    stayed = [rows[n] for n in (1, 3, 4, 5, 7)]
    assert [row.answer for row in stayed] == [alone(model, row.prompt, 12) for row in stayed]
    batch.leave(rows[1])  # has ended already
    assert len(rows[0].answer) < 12
    assert rows[6].answer == []


def test_long_prompts_are_read_in_pieces_between_the_tokens_of_others(model, monkeypatch):
    monkeypatch.setattr(continuous, "READ_TOKENS", 16)
    batch = Batch(model, frozenset(), rows=4)
    short, long = Row((5, 6, 7), 20), Row(prompts(1)[0] * 8, 4)
    batch.join(short)
    batch.step()
    batch.join(long)
    while not long.answer:
        batch.step()
    assert len(short.answer) > len(long.prompt) // 16
    run(batch)
    assert short.answer == alone(model, short.prompt, 20)
    assert long.answer == alone(model, long.prompt, 4)


def test_prompts_are_read_in_the_order_in_which_they_came(model, monkeypatch):
    monkeypatch.setattr(continuous, "READ_TOKENS", 16)
    batch = Batch(model, frozenset(), rows=4)
    short, *long = Row((5, 6, 7), 2), *(Row(tuple(range(3, 43)), 3) for _ in range(3))
    for row in (short, *long):
        batch.join(row)
    answered = []
    while batch.running or batch.waiting:
        answered += [row for row in batch.step() if len(row.answer) == 1]  # the last one takes the place of the short
    assert answered == [short, *long]
    assert [row.answer for row in long] == [alone(model, long[0].prompt, 3)] * 3


def test_a_prompt_of_several_pieces_is_read_alone_too(model, monkeypatch):
    monkeypatch.setattr(continuous, "READ_TOKENS", 16)
    row = Row(tuple(range(3, 60)), 4)
    batch = Batch(model, frozenset())
    batch.join(row)
    assert batch.step() == []  # nothing to say before all is read
    run(batch)
    assert row.answer == alone(model, row.prompt, 4)


def test_stop_tokens_end_a_row(model):
    whole = [alone(model, prompt, 12) for prompt in prompts(4)]
    stop_ids = frozenset({whole[0][5]})
    batch = Batch(model, stop_ids)
    rows = [Row(prompt, 12) for prompt in prompts(4)]
    for row in rows:
        batch.join(row)
    run(batch)
    assert [row.answer for row in rows] == [alone(model, row.prompt, 12, stop_ids) for row in rows]


def test_what_is_drawn_hangs_on_the_seed_alone(model):
    def drawn(seeds, rows=8):
        batch = Batch(model, frozenset(), rows)
        made = [Row((4, 5, 6), 10, Decoding(1.0, 0.9, seed)) for seed in seeds]
        for row in made:
            batch.join(row)
        run(batch)
        return [tuple(row.answer) for row in made]

    assert drawn([1, 2, 3]) == [drawn([seed])[0] for seed in (1, 2, 3)]
    assert len(set(drawn(range(6)))) > 1


def test_only_what_is_allowed_comes(model):
    def even(token):
        return token % 2 == 0

    for decoding in (Decoding(), Decoding(1.0, 1.0, 2)):
        batch = Batch(model, frozenset())
        free, bound = Row((4, 5, 6), 10), Row((4, 5, 6), 10, decoding, allows=even)
        for row in (free, bound):
            batch.join(row)
        run(batch)
        assert all(map(even, bound.answer))
        assert free.answer == alone(model, (4, 5, 6), 10)
    only = Row((4, 5, 6), 5, allows=lambda token: token == 96)
    batch.join(only)
    run(batch)
    assert only.answer == [96] * 5


def test_memory_bounds_the_rows(model, monkeypatch):
    monkeypatch.setattr(continuous, "CACHE_BYTES", continuous.token_bytes(model) * 600)
    batch = Batch(model, frozenset(), rows=8)
    rows = [Row(prompt, 5) for prompt in prompts(6)]
    for row in rows:
        batch.join(row)
    batch.step()
    assert batch.running == 2  # places of 256 tokens
    run(batch)
    assert [row.answer for row in rows] == [alone(model, row.prompt, 5) for row in rows]


def test_the_model_answers_as_before_beside_a_batch(model):
    rows = prompts(3)
    before = generate(model, rows, [6] * 3, frozenset())
    Batch(model, frozenset())
    assert generate(model, rows, [6] * 3, frozenset()) == before


def test_models_that_keep_more_than_keys_and_values_are_refused():
    from transformers import MambaConfig, MambaForCausalLM

    config = MambaConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1, state_size=4, head_dim=8)
    with pytest.raises(ModelError, match="vllm"):
        Batch(MambaForCausalLM(config), frozenset())
