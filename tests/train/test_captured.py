"""Steps as CUDA graphs give what the same steps give one kernel at a time. Needs a GPU: pytest -m gpu."""

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.errors import ModelError
from forklift.train import sft
from forklift.train.batching import Row, batches, collate
from forklift.train.captured import captured_steps
from forklift.train.losses import answer_loss
from forklift.train.packed import attends_by_rows
from forklift.train.watch import Watch

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")]

SMALL = {"vocab_size": 200, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
WIDE = {"intermediate_size": 128, "num_key_value_heads": 2}
KINDS = {
    "llama": {**SMALL, **WIDE},
    "qwen2": {**SMALL, **WIDE},
    "mistral": {**SMALL, **WIDE, "sliding_window": 9},
    "opt": {**SMALL, "ffn_dim": 128, "word_embed_proj_dim": 32, "dropout": 0.0},
}


def rows_of(lengths, seed=0):
    generator = torch.Generator().manual_seed(seed)
    ids = [torch.randint(5, 200, (length,), generator=generator).tolist() for length in lengths]
    return [Row(row[: len(row) // 2], row[len(row) // 2 :]) for row in ids]


def model_of(kind, adapter="none"):
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **KINDS[kind], bos_token_id=0, eos_token_id=1, pad_token_id=0)
    return sft.as_trainable(AutoModelForCausalLM.from_config(config), TrainConfig(adapter=adapter))


def gradients(model):
    return {name: p.grad.float().clone() for name, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("adapter", ["none", "lora"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_captured_steps_agree_with_plain_ones(kind, adapter):
    model = model_of(kind, adapter)
    assert attends_by_rows(model)
    steps = captured_steps(model)
    assert steps is not None
    for seed in range(3):  # the first captures, the others are graphs with other rows in them
        inputs = collate(rows_of([30, 12, 41, 7], seed), pad_id=0)
        loss, found = steps(inputs), gradients(model)
        assert not steps.broken
        for p in model.parameters():
            p.grad = None
        with torch.autocast("cuda", torch.bfloat16):
            plain = answer_loss(model, inputs)
        plain.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        assert loss.item() == pytest.approx(plain.item(), rel=1e-2)
        for name, gradient in gradients(model).items():
            error = (found[name] - gradient).norm() / (gradient.norm() + 1e-6)
            assert error < 0.05, name
    assert [*steps._captured.values()] != [None]  # it was a graph


def test_rows_do_not_see_each_other():
    model = model_of("llama").eval()
    with torch.no_grad(), torch.autocast("cuda", torch.bfloat16):
        rows = rows_of([30, 12, 41, 7])
        together = answer_loss(model, collate(rows, 0)).item()
        alone = [(answer_loss(model, collate([row], 0)).item(), len(row.completion_ids)) for row in rows]
    assert together == pytest.approx(sum(a * n for a, n in alone) / sum(n for _, n in alone), rel=1e-2)


@pytest.mark.parametrize("adapter", ["none", "lora"])
def test_a_training_of_graphs_learns(tmp_path, adapter):
    model, rows = model_of("llama", adapter), rows_of([20 + n % 30 for n in range(64)])
    planned = batches([range(64)] * 8, 8, 0)
    config = TrainConfig(batch_size=8, learning_rate=5e-3, adapter=adapter)
    curve = sft.train(
        model, rows, planned, rows[:8], pad_id=0, directory=tmp_path, config=config, watch=Watch(planned, 600, silent)
    )
    losses = [row["loss"] for row in curve if "loss" in row]
    assert losses[-1] < losses[0] - 0.3
    assert sft.measure_tokens_per_s(model, rows, 8, 0) > 0


def test_a_gradient_that_is_no_number_changes_nothing_and_stops(tmp_path):
    model, rows = model_of("llama"), rows_of([20 + n % 30 for n in range(64)])
    planned = batches([range(64)] * 2, 8, 0)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    model.get_output_embeddings().register_forward_hook(lambda _module, _inputs, logits: logits * float("nan"))
    with pytest.raises(ModelError, match="the loss became nan at step 1"):
        sft.train(
            model, rows, planned, [], pad_id=0, directory=tmp_path, config=TrainConfig(batch_size=8),
            watch=Watch(planned, 600, silent),
        )  # fmt: skip
    for name, p in model.named_parameters():
        assert torch.equal(p, before[name]), name
