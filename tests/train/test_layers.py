"""Training in few operations: what a model says and learns is what it does by the library's own layers."""

import copy
import os
import subprocess
import sys

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from forklift.config import TrainConfig
from forklift.train import layers, losses, sft
from forklift.train.adamw import ClippingAdamW, adamw_for
from forklift.train.batching import IGNORED, Row, collate
from forklift.train.losses import MAX_GRAD_NORM, answer_loss
from forklift.train.packed import pack

SMALL = {"vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
KINDS = {
    "llama": {**SMALL, "intermediate_size": 48, "num_key_value_heads": 2},
    "qwen2": {**SMALL, "intermediate_size": 48, "num_key_value_heads": 4, "tie_word_embeddings": True},
    "mistral": {**SMALL, "vocab_size": 61, "intermediate_size": 48, "num_key_value_heads": 1, "sliding_window": None},
}
OTHERS = {
    "qwen3": {**SMALL, "intermediate_size": 48, "num_key_value_heads": 2, "head_dim": 8},
    "opt": {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 32, "dropout": 0.0},
    "mistral": {**SMALL, "intermediate_size": 48, "num_key_value_heads": 2, "sliding_window": 5},
    "llama": {**SMALL, "intermediate_size": 48, "num_key_value_heads": 2, "attention_dropout": 0.1},
}
ROWS = [Row([5, 6, 7], [8, 1]), Row([9], [10, 11, 1]), Row([*range(12, 40)], [40, 41, 42, 1])]


def model_of(kind, settings):
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **settings, bos_token_id=0, eos_token_id=1, pad_token_id=0)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    with torch.no_grad():
        for parameter in model.parameters():  # far enough from uniform for a token too many to be noticed
            parameter.mul_(3).copy_(parameter.bfloat16())
    return model


@pytest.fixture
def fast_bf16(monkeypatch):
    """A processor for which all this is made, or one that says so."""
    monkeypatch.setattr(layers, "prefers_bf16", lambda: True)
    monkeypatch.setattr(sft, "prefers_bf16", lambda: True)


def learned(model, inputs):
    """The loss, and the gradients by name."""
    loss = answer_loss(model, inputs)
    loss.backward()
    gradients = {
        name: parameter.grad.float() for name, parameter in model.named_parameters() if parameter.requires_grad
    }
    model.zero_grad()
    return loss.item(), gradients


def distance(one, other):
    return float((one - other).norm() / other.norm().clamp(min=1e-6))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_losses_and_gradients_are_those_of_the_library(kind, fast_bf16):
    inputs = collate(ROWS, pad_id=0)
    exact_loss, exact = learned(model_of(kind, KINDS[kind]), inputs)
    model = sft.as_trainable(model_of(kind, KINDS[kind]), TrainConfig())
    assert layers.suits(model)
    loss, gradients = learned(model, inputs)
    assert loss == pytest.approx(exact_loss, rel=0.01)
    for name, gradient in gradients.items():
        assert distance(gradient, exact[name]) < 0.05, name


def test_it_is_this_code_that_trains(fast_bf16, monkeypatch):
    model = sft.as_trainable(model_of("llama", KINDS["llama"]), TrainConfig())
    packed, said = pack(collate(ROWS, pad_id=0)), []
    expected = layers.logits(model, packed)
    monkeypatch.setattr(losses, "packed_logits", lambda *_: pytest.fail("the library's layers were asked"))
    monkeypatch.setattr(layers, "logits", lambda *them: said.append(them) or expected)
    answer_loss(model, collate(ROWS, pad_id=0))
    assert said


def test_passes_at_once_have_memory_of_their_own(fast_bf16):
    model = sft.as_trainable(model_of("llama", KINDS["llama"]), TrainConfig())
    one, two = collate(ROWS, pad_id=0), collate([Row([*range(3, 50)], [2, 1])], pad_id=0)
    expected = [learned(model, inputs)[1] for inputs in (one, two)]
    first, second = answer_loss(model, one), answer_loss(model, two)
    (first + second).backward()
    for name, parameter in model.named_parameters():
        assert distance(parameter.grad.float(), expected[0][name] + expected[1][name]) < 0.02, name
    assert len(model.spare_memory) == 1
    assert not copy.deepcopy(model).spare_memory


@torch.no_grad()
def test_no_row_sees_another(fast_bf16):
    model = sft.as_trainable(model_of("llama", KINDS["llama"]), TrainConfig())

    def answers(rows):
        packed = pack(collate(rows, pad_id=0))
        return layers.logits(model, packed)[packed.labels != IGNORED].float()

    assert torch.allclose(answers(ROWS), torch.cat([answers([row]) for row in ROWS]), atol=0.05)


@pytest.mark.parametrize("kind", sorted(OTHERS))
def test_other_models_train_by_their_own_layers(kind, fast_bf16):
    model = sft.as_trainable(model_of(kind, OTHERS[kind]), TrainConfig())
    assert not layers.suits(model)
    assert model.dtype == torch.float32
    assert type(adamw_for(list(model.parameters()), 1e-3)) is torch.optim.AdamW


def test_where_bf16_is_slow_nothing_changes(monkeypatch):
    monkeypatch.setattr(layers, "prefers_bf16", lambda: False)
    assert sft.as_trainable(model_of("llama", KINDS["llama"]), TrainConfig()).dtype == torch.float32


def test_without_the_compiled_code_the_library_trains(fast_bf16, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "forklift.train.attention", None)
    layers._has_code.cache_clear()
    try:
        with caplog.at_level("WARNING", layers.__name__):
            model = sft.as_trainable(model_of("llama", KINDS["llama"]), TrainConfig())
    finally:
        layers._has_code.cache_clear()
    assert model.dtype == torch.float32
    assert "takes longer" in caplog.text


def with_lora(kind, settings):
    """A model with a LoRA that changes what it says."""
    model = sft.as_trainable(model_of(kind, settings), TrainConfig(adapter="lora"))
    torch.manual_seed(1)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data.copy_((0.03 * torch.randn(parameter.shape)).bfloat16())
    return model


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_adapter_learns_as_by_the_library(kind, monkeypatch):
    inputs = collate(ROWS, pad_id=0)
    monkeypatch.setattr(layers, "prefers_bf16", lambda: False)
    exact_loss, exact = learned(with_lora(kind, KINDS[kind]), inputs)
    monkeypatch.setattr(layers, "prefers_bf16", lambda: True)
    model = with_lora(kind, KINDS[kind])
    assert layers.suits(model)
    loss, gradients = learned(model, inputs)
    assert loss == pytest.approx(exact_loss, rel=0.02)
    assert gradients.keys() == exact.keys()
    assert all("lora_" in name for name in gradients)
    for name, gradient in gradients.items():
        assert distance(gradient, exact[name]) < 0.06, name
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert type(adamw_for(trained, 1e-3)) is ClippingAdamW


def test_without_its_adapter_a_model_says_what_it_said(fast_bf16):
    packed = pack(collate(ROWS, pad_id=0))
    plain, adapted = (
        sft.as_trainable(model_of("llama", KINDS["llama"]), TrainConfig()),
        with_lora("llama", KINDS["llama"]),
    )
    assert not torch.equal(layers.logits(adapted, packed), layers.logits(plain, packed))
    with adapted.disable_adapter():
        assert torch.equal(layers.logits(adapted, packed), layers.logits(plain, packed))


def test_an_adapter_on_another_model_trains_in_its_own_precision(fast_bf16):
    model = sft.as_trainable(model_of("qwen3", OTHERS["qwen3"]).bfloat16(), TrainConfig(adapter="lora"))
    assert not layers.suits(model)
    with torch.autocast("cpu", torch.bfloat16):
        answer_loss(model, collate(ROWS, pad_id=0)).backward()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert {parameter.dtype for parameter in trained} == {torch.float32}


@pytest.mark.parametrize("wide", [3, 64, 1000])
def test_the_loss_is_that_of_torch(wide):
    torch.manual_seed(wide)
    said = (5 * torch.randn(20, wide)).bfloat16().requires_grad_()
    labels = torch.randint(0, wide, (20,))
    labels[3:6] = IGNORED
    loss = 0.3 * layers._CrossEntropy.apply(said, labels)
    loss.backward()
    exact = said.detach().float().requires_grad_()
    expected = 0.3 * torch.nn.functional.cross_entropy(exact, labels, ignore_index=IGNORED)
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert torch.allclose(said.grad.float(), exact.grad, rtol=0.01, atol=1e-7)


@pytest.mark.parametrize("shape", [(1, 4), (70, 132), (16, 64), (33, 7)])
def test_transposed_in_memory(shape):
    tensor = torch.randn(shape).bfloat16()
    assert torch.equal(layers._transposed(tensor), tensor.t())


def test_threads_change_no_result():
    from forklift.train.compiled import add_norm_backward, sum_of_squares, use_threads

    torch.manual_seed(0)
    later, total = torch.randn(2, 50, 32)
    wanted, weight = torch.randn(50, 32).bfloat16(), torch.randn(32).bfloat16()
    factor, gradient = torch.rand(50), torch.randn(200_001).bfloat16()

    def results(threads):
        use_threads(threads)
        x, more, of_weight = torch.empty_like(later), torch.empty_like(wanted), torch.empty_like(weight)
        add_norm_backward(
            later.numpy(), layers.bits(wanted), total.numpy(), layers.bits(weight), factor.numpy(),
            x.numpy(), layers.bits(more), layers.bits(of_weight),
        )  # fmt: skip
        return x, more, of_weight, torch.tensor(sum_of_squares(layers.bits(gradient)))

    one, two = results(1), results(2)
    use_threads(torch.get_num_threads())
    assert all(map(torch.equal, one, two))
    assert float(one[3]) == pytest.approx(float(gradient.double().square().sum()), rel=1e-5)


WITHOUT_OPENMP = """
import sys
sys.modules["numba.np.ufunc.omppool"] = None
import numpy as np
from forklift.train import compiled
compiled.use_threads(2)
print(compiled._PARALLEL, compiled.sum_of_squares(np.full(100_000, 0x4000, np.uint16)))
"""


def test_without_openmp_one_thread_does_it(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", WITHOUT_OPENMP]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.split() == ["False", "400000.0"]


def weights_of(count, seed=0):
    torch.manual_seed(seed)
    return [torch.randn(70, 33).bfloat16(), torch.randn(count).bfloat16(), torch.randn(3).bfloat16()]


def test_adamw_changes_weights_as_torch_does_in_fp32():
    short = [torch.nn.Parameter(weight.clone()) for weight in weights_of(5000)]
    wide = [torch.nn.Parameter(weight.float()) for weight in weights_of(5000)]
    ours, theirs = ClippingAdamW(short, 1e-3), torch.optim.AdamW(wide, lr=1e-3, weight_decay=0.0)
    for step in range(40):
        for group in (*ours.param_groups, *theirs.param_groups):
            group["lr"] = 1e-3 / (step + 1)
        for one, other in zip(short, wide, strict=True):
            one.grad = (torch.randn(one.shape) * (5 if step % 2 else 0.01)).bfloat16()
            other.grad = one.grad.float()
        torch.nn.utils.clip_grad_norm_(wide, MAX_GRAD_NORM)
        ours.step()
        theirs.step()
    for one, other in zip(short, wide, strict=True):
        assert torch.allclose(exact(ours, one), other, atol=2e-7, rtol=1e-5)
        assert torch.equal(one, exact(ours, one).bfloat16()) or (one.float() - other).abs().max() < 0.02


def exact(optimizer, weight):
    """A weight with the bits that bf16 has no room for."""
    whole = (weight.detach().view(torch.int16).int() << 16) + optimizer.state[weight]["rest"].int()
    return whole.view(torch.float32)


def test_steps_too_small_for_bf16_add_up():
    weight = torch.nn.Parameter(torch.ones(64).bfloat16())
    optimizer = ClippingAdamW([weight], 1e-4)
    for _ in range(100):
        weight.grad = torch.ones(64).bfloat16()
        optimizer.step()
    assert torch.allclose(exact(optimizer, weight), torch.full((64,), 0.99), atol=1e-5)
    assert torch.allclose(weight.float(), torch.full((64,), 0.99), atol=4e-3)


def test_what_the_optimizer_knows_is_kept_exactly(tmp_path):
    def trained(steps, optimizer, weights):
        for step in steps:
            torch.manual_seed(step)
            for weight in weights:
                weight.grad = torch.randn(weight.shape).bfloat16()
            optimizer.step()

    through = [torch.nn.Parameter(weight) for weight in weights_of(100)]
    optimizer = ClippingAdamW(through, 1e-3)
    trained(range(5), optimizer, through)
    torch.save((optimizer.state_dict(), [weight.detach() for weight in through]), tmp_path / "checkpoint")
    trained(range(5, 9), optimizer, through)
    state, kept = torch.load(tmp_path / "checkpoint", weights_only=True)
    resumed = [torch.nn.Parameter(weight) for weight in kept]
    optimizer = ClippingAdamW(resumed, 1e-3)
    optimizer.load_state_dict(state)
    trained(range(5, 9), optimizer, resumed)
    assert all(torch.equal(one, other) for one, other in zip(through, resumed, strict=True))
