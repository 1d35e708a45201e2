"""Generation in batches continues every row as it would be continued alone."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, MistralConfig, MistralForCausalLM, set_seed
from transformers.cache_utils import DynamicLayer

from forklift.answerers import generation
from forklift.answerers.generation import (
    MAX_BATCH,
    WORTH_SHARING,
    Decoding,
    _RoomyLayer,
    batches,
    choose,
    generate,
    shared_beginning,
)

NEVER = frozenset[int]()
ROWS = [[5, 6, 7], [40, 41, 42, 43, 44, 45, 46, 47, 48, 49], [9], [5, 6, 7], [11] * 30, [11] * 29 + [12]]


@pytest.fixture(scope="module")
def model(tiny_model):
    return AutoModelForCausalLM.from_pretrained(tiny_model).eval()


@pytest.fixture(scope="module")
def sliding_model():
    """One whose layers keep the last 8 tokens only."""
    set_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return MistralForCausalLM(MistralConfig(vocab_size=300, sliding_window=8, num_key_value_heads=1, **shape)).eval()


def alone(model, row, budget, stop_ids=NEVER):
    output = model.generate(
        input_ids=torch.tensor([row]), attention_mask=torch.ones(1, len(row), dtype=torch.long), do_sample=False,
        max_new_tokens=budget, eos_token_id=sorted(stop_ids) or None, pad_token_id=1,
    )  # fmt: skip
    return output[0, len(row) :].tolist()


def listen(model, monkeypatch):
    """The shapes of what is read, as it is read."""
    shapes = []
    forward = type(model).forward

    def heard(self, *rest, **options):
        shapes.append(tuple(options["input_ids"].shape))
        return forward(self, *rest, **options)

    monkeypatch.setattr(type(model), "forward", heard)
    return shapes


@pytest.mark.parametrize("read_tokens", [1, 12, 2048])
def test_rows_are_continued_as_they_are_alone(model, monkeypatch, read_tokens):
    monkeypatch.setattr(generation, "READ_TOKENS", read_tokens)
    budgets = [4, 9, 1, 17, 20, 12]
    expected = [alone(model, row, budget) for row, budget in zip(ROWS, budgets, strict=True)]
    assert generate(model, ROWS, budgets, NEVER) == expected


def test_rows_end_with_their_stop_token(model):
    whole = generate(model, ROWS, [20] * len(ROWS), NEVER)
    stops = frozenset({whole[0][5], whole[1][2]})
    ended = generate(model, ROWS, [20] * len(ROWS), stops)
    assert ended == [alone(model, row, 20, stops) for row in ROWS]
    assert ended[1][-1] in stops
    assert len({len(ids) for ids in ended}) > 1


def test_layers_of_other_kinds_keep_the_cache_of_the_library(sliding_model, monkeypatch):
    monkeypatch.setattr(generation, "READ_TOKENS", 12)
    same_length = [row for row in ROWS if len(row) == 30]  # the library's window counts padding
    assert generate(sliding_model, same_length, [20, 20], NEVER) == [alone(sliding_model, r, 20) for r in same_length]


def test_no_rows_and_no_budget(model):
    assert generate(model, [], [], NEVER) == []
    assert generate(model, [[5, 6], [7]], [0, 3], NEVER) == [[], alone(model, [7], 3)]


def test_equal_rows_are_read_once(model, monkeypatch):
    shapes = listen(model, monkeypatch)
    rows = [[5, 6, 7], [8, 9], [5, 6, 7], [5, 6, 7]]
    assert generate(model, rows, [3] * 4, NEVER)[0] == alone(model, [5, 6, 7], 3)
    assert shapes[:2] == [(2, 3), (4, 1)]


def test_prompts_of_similar_length_are_read_together(model, monkeypatch):
    monkeypatch.setattr(generation, "READ_TOKENS", 64)
    shapes = listen(model, monkeypatch)
    generate(model, [[3] * 60, [4], [5] * 50, [6] * 2, [7] * 3], [2] * 5, NEVER)
    assert shapes == [(3, 3), (1, 50), (1, 60), (5, 1)]


def test_progress_is_told(model):
    told = []
    generate(model, [[5]] * (MAX_BATCH + 1), [1] * (MAX_BATCH + 1), NEVER, report=lambda *row: told.append(row))
    assert told == [("generating", MAX_BATCH, MAX_BATCH + 1), ("generating", MAX_BATCH + 1, MAX_BATCH + 1)]


# sampling


def test_what_is_drawn_follows_seed_and_place_alone(model, monkeypatch):
    def drawn(seed):
        return generate(model, [[5, 6, 7]] * 12, [8] * 12, NEVER, Decoding(temperature=1.0, seed=seed))

    together = drawn(1)
    assert together == drawn(1)
    assert together != drawn(2)
    assert len({tuple(ids) for ids in together}) > 6  # a row drawn several times differs
    monkeypatch.setattr(generation, "MAX_BATCH", 5)
    assert drawn(1) == together


def test_the_likeliest_alone_is_greedy(model):
    greedy = generate(model, ROWS, [12] * len(ROWS), NEVER)
    assert generate(model, ROWS, [12] * len(ROWS), NEVER, Decoding(temperature=1.0, top_p=1e-9)) == greedy
    assert generate(model, ROWS, [12] * len(ROWS), NEVER, Decoding(temperature=1e-4)) == greedy


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_are_drawn_as_often_as_they_are_likely(temperature):
    logits_V = torch.tensor([0.0, 2.0, -1.0, 1.0, float("-inf")])
    draws = 10_000
    drawn_B = (torch.arange(draws) + 0.5) / draws
    tokens_B = choose(logits_V.expand(draws, -1), Decoding(temperature), drawn_B)
    shares_V = tokens_B.bincount(minlength=5) / draws
    torch.testing.assert_close(shares_V, (logits_V / temperature).softmax(-1), atol=2e-4, rtol=0)


def test_only_the_likeliest_mass_is_drawn_from():
    logits_V = torch.tensor([0.1, 0.4, 0.2, 0.3]).log()
    drawn_B = torch.linspace(0, 0.9999, 1000)
    shares_V = choose(logits_V.expand(1000, -1), Decoding(1.0, top_p=0.6), drawn_B).bincount(minlength=4) / 1000
    torch.testing.assert_close(shares_V, torch.tensor([0.0, 4 / 7, 0.0, 3 / 7]), atol=2e-3, rtol=0)


@pytest.mark.parametrize("spread", [0.1, 1.0, 4.0])
def test_the_likeliest_are_found_as_by_sorting_all(spread, monkeypatch):
    logits_BV = (spread * torch.randn(40, 500, generator=torch.Generator().manual_seed(0))).bfloat16().float()  # ties
    drawn_B = torch.rand(40, generator=torch.Generator().manual_seed(1))
    chosen = {}
    for likely in (64, 1000):
        monkeypatch.setattr(generation, "LIKELY", likely)
        chosen[likely] = [choose(logits_BV, Decoding(1.0, top_p), drawn_B).tolist() for top_p in (0.3, 0.6, 0.9)]
    assert chosen[64] == chosen[1000]


@given(
    st.lists(st.floats(-50, 50) | st.just(float("-inf")), min_size=1, max_size=8),
    st.floats(0, 1, exclude_max=True, width=32),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from([1e-9, 0.5, 1.0]),
)
def test_what_cannot_come_is_never_drawn(logits, drawn, temperature, top_p):
    logits_BV = torch.tensor([[*logits, 0.0]])
    token = choose(logits_BV, Decoding(temperature, top_p), torch.tensor([drawn])).item()
    assert logits_BV[0, token] > float("-inf")


# batches


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        ([[1] * 20, [1] * 20], 19),  # a row keeps its last token
        ([[1] * 20, [1] * 12], 11),
        ([[1] * 20 + [2], [1] * 20 + [3, 4], [1] * 20 + [3]], 20),
        ([[1] * (WORTH_SHARING - 1) + [2], [1] * (WORTH_SHARING - 1) + [3]], 0),
        ([[2] * 20, [1] * 20], 0),
        ([[1] * 20], 0),
    ],
)
def test_what_all_rows_begin_with_is_shared(rows, shared):
    assert shared_beginning([tuple(row) for row in rows]) == shared


@pytest.mark.parametrize("lengths", [[10] * 200, [4000, 4000, 4000], [10_000, 5, 5], [5, 6, 4000] * 9, []])
def test_batches_bound_the_memory_and_lose_nothing(lengths):
    budgets = [100 + n for n in range(len(lengths))]
    made = list(batches(range(len(lengths)), lengths, budgets, 8192, MAX_BATCH))
    assert [n for batch in made for n in batch] == list(range(len(lengths)))
    for batch in made:
        padded = max(lengths[n] for n in batch) + max(budgets[n] for n in batch)
        assert len(batch) <= MAX_BATCH
        assert len(batch) == 1 or len(batch) * padded <= 8192


@given(st.lists(st.integers(1, 3) | st.lists(st.booleans(), min_size=4, max_size=4), max_size=6))
def test_keys_with_room_are_those_of_the_library(steps):
    """Numbers are tokens that come, lists are rows that stay."""
    first = torch.randn(4, 2, 3, 5)
    roomy = _RoomyLayer(*(torch.nn.functional.pad(first, (0, 0, 0, 18)) for _ in range(2)), 3)
    library = DynamicLayer()
    library.update(first, first)
    rows = 4
    for step in steps:
        if isinstance(step, int):
            keys, values = torch.randn(rows, 2, step, 5), torch.randn(rows, 2, step, 5)
            room = roomy.key_room.data_ptr()
            grown = roomy.update(keys, values)
            assert roomy.key_room.data_ptr() == room  # nothing moved
            assert all(map(torch.equal, grown, library.update(keys, values)))
        elif any(kept := step[:rows]):
            places = torch.tensor([n for n, stays in enumerate(kept) if stays])
            rows = len(places)
            for layer in (roomy, library):
                layer.batch_select_indices(places)
        assert torch.equal(roomy.keys, library.keys)
        assert roomy.get_seq_length() == library.get_seq_length()
