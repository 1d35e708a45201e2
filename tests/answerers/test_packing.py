"""Packed layers compute what the layers they are made from do."""

import copy

import pytest
import torch
from torch import nn
from transformers import AutoModelForCausalLM

from forklift.answerers.generation import generate
from forklift.answerers.packing import PackedLinear, pack_linear_layers


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
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
