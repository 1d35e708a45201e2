"""Packed layers compute what the layers they are made from do."""

import copy

import pytest
import torch
from like_llama import CONFIGS, SHAPE, logits, random_model
from torch import nn
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig

from forklift.answerers.continuous import Batch, Row
from forklift.answerers.generation import generate
from forklift.answerers.packing import PackedLayer, PackedLinear, can_pack, pack_linear_layers

LIKE_LLAMA = {
    **CONFIGS,
    "window": MistralConfig(**SHAPE, sliding_window=7),
    "biases": LlamaConfig(**SHAPE, attention_bias=True, mlp_bias=True),
}
IN_BF16 = pytest.mark.skipif(not can_pack(torch.bfloat16), reason="this processor packs no bf16")
IDS = torch.randint(3, 97, (40,), generator=torch.Generator().manual_seed(2)).tolist()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), pytest.param(torch.bfloat16, 2e-2, marks=IN_BF16)]
)
@pytest.mark.parametrize("shape", [(24,), (1, 24), (3, 1, 24), (2, 65, 24)])
def test_a_packed_layer_gives_the_same(shape, dtype, tolerance, bias):
    torch.manual_seed(0)
    layer = nn.Linear(24, 40, bias=bias, dtype=dtype)
    inputs = torch.randn(shape, dtype=dtype)
    with torch.inference_mode():
        torch.testing.assert_close(PackedLinear(layer)(inputs), layer(inputs), atol=tolerance, rtol=tolerance)


def test_a_packed_model_answers_the_same(tiny_model):
    plain = AutoModelForCausalLM.from_pretrained(tiny_model).eval()
    packed = pack_linear_layers(copy.deepcopy(plain))
    assert not any(type(module) is nn.Linear for module in packed.modules())
    rows = [[5, 6, 7], [40, 41, 42, 43], [9]]
    expected = generate(plain, rows, [20] * 3, frozenset())
    assert generate(packed, rows, [20] * 3, frozenset()) == expected


def test_only_plain_linear_layers_are_packed(tiny_model):
    class Special(nn.Linear):
        pass

    model = AutoModelForCausalLM.from_pretrained(tiny_model).eval()
    model.lm_head = Special(32, 300)
    assert type(pack_linear_layers(model).lm_head) is Special


@pytest.mark.parametrize("name", LIKE_LLAMA)
def test_layers_like_those_of_llama_give_the_same(name):
    plain = random_model(LIKE_LLAMA[name])
    packed = pack_linear_layers(copy.deepcopy(plain))
    assert {type(layer) for layer in packed.model.layers} == {PackedLayer}
    torch.testing.assert_close(logits(packed, IDS), logits(plain, IDS), atol=2e-5, rtol=2e-4)
    rows = [tuple(IDS[:n]) for n in (1, 40, 9)]
    expected = generate(plain, rows, [12] * 3, frozenset())
    assert generate(packed, rows, [12] * 3, frozenset()) == expected
    batch, asked = Batch(packed, frozenset()), [Row(row, 12) for row in rows]
    for each in asked:
        batch.join(each)
        batch.step()
    while batch.running:
        batch.step()
    assert [each.answer for each in asked] == expected


@IN_BF16
@pytest.mark.parametrize("name", LIKE_LLAMA)
def test_packed_layers_round_no_more_than_those_they_are_made_from(name):
    plain = random_model(LIKE_LLAMA[name], torch.bfloat16)
    packed = pack_linear_layers(copy.deepcopy(plain))
    found, theirs = (logits(model, IDS).float() for model in (packed, plain))
    exact = logits(plain.float(), IDS)
    assert (found - exact).norm() < 1.1 * (theirs - exact).norm()


def test_a_processor_that_packs_no_bf16_leaves_such_a_model_as_it_is(monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    plain = random_model(LIKE_LLAMA["llama"], torch.bfloat16)
    expected = logits(plain, IDS)
    torch.testing.assert_close(logits(pack_linear_layers(plain), IDS), expected, atol=0, rtol=0)
    assert not any(type(module) is PackedLinear for module in plain.modules())
    assert any(type(module) is PackedLinear for module in pack_linear_layers(random_model(CONFIGS["llama"])).modules())


def test_layers_of_another_kind_keep_their_own_operations():
    for config in (LlamaConfig(**SHAPE, hidden_act="gelu"), LlamaConfig(**SHAPE)):
        plain = random_model(config)
        if config.hidden_act == "silu":
            plain.model.layers[0].mlp.up_proj = nn.Sequential(plain.model.layers[0].mlp.up_proj)
        expected = logits(plain, IDS)
        packed = pack_linear_layers(plain)
        assert not isinstance(packed.model.layers[0], PackedLayer)
        torch.testing.assert_close(logits(packed, IDS), expected, atol=2e-5, rtol=2e-4)
