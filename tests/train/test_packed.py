"""Rows packed without padding: the model says of each what it says of it alone, in every kind of model."""

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from forklift.train.batching import IGNORED, WIDTHS, Row, collate
from forklift.train.losses import answer_logits, answer_loss, token_logprobs
from forklift.train.packed import attends_by_rows, let_attend_by_rows, pack

SMALL = {"vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
WIDE = {"intermediate_size": 48, "num_key_value_heads": 2}
KINDS = {
    "llama": {**SMALL, **WIDE},
    "qwen2": {**SMALL, **WIDE},
    "qwen3": {**SMALL, **WIDE, "head_dim": 8},
    "mistral": {**SMALL, **WIDE, "sliding_window": 5},
    "opt": {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 32, "dropout": 0.0},
    "gpt2": {"vocab_size": 60, "n_embd": 32, "n_layer": 2, "n_head": 4},
}
ROWS = [Row([5, 6, 7], [8, 1]), Row([9], [10, 11, 1]), Row([*range(12, 40)], [40, 41, 42, 1])]


def model_of(kind: str):
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **KINDS[kind], bos_token_id=0, eos_token_id=1, pad_token_id=0)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for parameter in model.parameters():  # far enough from uniform for a token too many to be noticed
            parameter.mul_(3)
    return model


def answers(model, rows) -> torch.Tensor:
    """The logits of the answer tokens."""
    logits, labels = answer_logits(model, collate(rows, pad_id=0))
    return logits[labels != IGNORED]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_packed_and_padded_losses_and_gradients_agree(kind):
    model, inputs = model_of(kind), collate(ROWS, pad_id=0)
    padded = answer_loss(model, inputs)
    padded.backward()
    gradients = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    let_attend_by_rows(model)
    assert attends_by_rows(model)
    packed = answer_loss(model, inputs)
    packed.backward()
    assert packed.item() == pytest.approx(padded.item(), rel=1e-4)
    for name, parameter in model.named_parameters():
        assert torch.allclose(parameter.grad, gradients[name], rtol=1e-3, atol=1e-5), name


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_row_sees_another(kind):
    model = model_of(kind)
    let_attend_by_rows(model)
    with torch.no_grad():
        together = answers(model, ROWS)
        alone = torch.cat([answers(model, [row]) for row in ROWS])
    assert torch.allclose(together, alone, rtol=1e-3, atol=1e-4)


def test_padded_batches_mean_what_they_did():
    model, inputs = model_of("llama"), collate(ROWS, pad_id=0)
    labels = inputs.pop("labels")
    with torch.no_grad():
        before = token_logprobs(model, inputs, labels)
        let_attend_by_rows(model)
        assert torch.allclose(token_logprobs(model, inputs, labels), before, atol=1e-4)


def test_nothing_is_computed_for_padding():
    packed = pack(collate(ROWS, pad_id=0))
    tokens = sum(row.tokens for row in ROWS)
    assert packed.ids.shape == packed.positions.shape == (1, -(-tokens // WIDTHS) * WIDTHS)
    assert packed.ids[0, :tokens].tolist() == [n for row in ROWS for n in (*row.prompt_ids, *row.completion_ids)]
    real = packed.labels != IGNORED
    assert len(packed.labels) == len(packed.before) == WIDTHS
    assert packed.labels[real].tolist() == [n for row in ROWS for n in row.completion_ids]
    assert packed.positions[0, packed.before[real]].tolist() == [
        row.tokens - n - 1 for row in ROWS for n in range(len(row.completion_ids), 0, -1)
    ]


def test_a_model_that_attends_in_its_own_way_is_left_alone():
    torch.manual_seed(0)
    own = {"head_dim": 8, "attn_logit_softcapping": 5.0, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}
    config = AutoConfig.for_model("gemma2", **SMALL, **WIDE, **own)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    let_attend_by_rows(model)
    assert not attends_by_rows(model)
    with torch.no_grad():
        together = answers(model, ROWS)
        alone = torch.cat([answers(model, [row]) for row in ROWS])
    assert torch.allclose(together, alone, rtol=1e-3, atol=1e-4)
