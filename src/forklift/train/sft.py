"""Supervised fine-tuning: logits at the answers only."""

import importlib.util
import math
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import set_seed

from forklift.config import TrainConfig
from forklift.errors import ModelError
from forklift.models import best_device, gemm_gflops, load_model, prefers_bf16
from forklift.train import layers
from forklift.train.adamw import ClippingAdamW, adamw_for
from forklift.train.batching import IGNORED, Row, Rows, batches, collate
from forklift.train.captured import captured_steps
from forklift.train.losses import MAX_GRAD_NORM, answer_logits, answer_loss, device_of
from forklift.train.memory import Inputs, backward_in_parts
from forklift.train.packed import let_attend_by_rows
from forklift.train.trainer import Objective, run
from forklift.train.watch import Watch

LEARNING_RATE = {"none": 5e-4, "lora": 2e-3, "qlora": 2e-3}
MEASURED_PARAMETERS = 135e6
VALIDATION_ROWS = 64
WARM_UP_STEPS = 2
MEASURE_S = 6.0


def load_trainable(source: str, config: TrainConfig, vocabulary: int) -> Any:
    """The model at `source`, ready to train: with a LoRA when asked, on weights in bf16 where that is faster.

    Weights that are trained are in fp32, or in bf16 with an optimizer that knows the rest. `vocabulary`: tokens the
    tokenizer knows; the embeddings grow to it.
    """
    set_seed(config.seed)  # a LoRA and new embeddings begin at random
    frozen = config.adapter != "none"
    options = four_bit() if config.adapter == "qlora" else {}
    model = load_model(source, torch.bfloat16 if frozen and prefers_bf16() else torch.float32, **options)
    if vocabulary > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(vocabulary)
    return as_trainable(model, config)


def as_trainable(model: Any, config: TrainConfig) -> Any:
    """`model` as it trains: on the best device, without a cache, with the faster attention and kernels, in an adapter
    when the config says so."""
    model.config.use_cache = False
    if torch.cuda.is_available():
        model = model.to(best_device())
        use_fused_kernels(model)
    else:
        model.set_attn_implementation("eager")  # the backward pass of PyTorch's fused attention is slow on CPUs
    let_attend_by_rows(model)
    taken_over = layers.can_train(model)
    if taken_over:
        model = layers.take_over(model)
    if config.adapter == "none":
        return model
    from peft import LoraConfig, get_peft_model

    rank = lora_rank(model.num_parameters())
    lora = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, lora, autocast_adapter_dtype=not taken_over)


def use_fused_kernels(model: Any) -> None:
    """Liger's kernels (Hsu et al. 2024) where they are installed and know the model; the loss stays ours."""
    if importlib.util.find_spec("liger_kernel"):
        from transformers.integrations.liger import apply_liger_kernel

        apply_liger_kernel(model, {"cross_entropy": False, "fused_linear_cross_entropy": False})


def four_bit() -> dict[str, Any]:
    """How a model is loaded in 4 bit (NF4, Dettmers et al. 2023). Raises ModelError where that is not possible."""
    if not torch.cuda.is_available():
        raise ModelError("--adapter qlora keeps the weights in 4 bit on a CUDA GPU, and there is none: use lora")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelError("--adapter qlora needs the package bitsandbytes: pip install 'forklift-llm[cuda]'")
    from transformers import BitsAndBytesConfig

    return {
        "quantization_config": BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
        )
    }


def lora_rank(parameters: int) -> int:
    """Rank of a LoRA on all linear layers: wide layers hold as many facts in a lower rank."""
    return 32 if parameters < 1e9 else 16


def default_learning_rate(adapter: str, parameters: int) -> float:
    """Measured for the embedded model (docs/log.md); for larger ones it falls with the root of their size."""
    return LEARNING_RATE[adapter] * min(1.0, math.sqrt(MEASURED_PARAMETERS / parameters))


def peak_tokens_per_s(model: Any) -> float:
    """What matrix products alone allow this machine: 2 FLOP for each weight and token forward, as many for the gradient
    of what goes in, and of what is trained."""
    dtype = torch.bfloat16 if prefers_bf16() else torch.float32
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    return 1e9 * gemm_gflops(dtype) / (4 * model.num_parameters() + 2 * trained)


def measure_tokens_per_s(model: Any, rows: Sequence[Row], batch_size: int, pad_id: int) -> float:
    """Training tokens per second of this machine on batches of `rows` as training makes them.

    The longest come first and are not counted: from then on no batch needs memory that the process does not have
    yet, as in a long training. The median counts: a step that another program delayed says nothing of the next hour.
    The model is left as it was.
    """
    planned = batches([range(len(rows))], batch_size, seed=0)
    planned.sort(key=lambda numbers: -sum(rows[n].tokens for n in numbers))
    warm_up = planned[:WARM_UP_STEPS]
    counted = random.Random(0).sample(planned, len(planned))
    step = _idle_step(model, pad_id)
    for numbers in warm_up:
        step([rows[n] for n in numbers])
    speeds, started = [], time.perf_counter()
    for numbers in counted:
        began = time.perf_counter()
        step([rows[n] for n in numbers])
        ended = time.perf_counter()
        speeds.append(sum(rows[n].tokens for n in numbers) / (ended - began))
        if ended - started > MEASURE_S:
            break
    return median(speeds)


def _idle_step(model: Any, pad_id: int) -> Callable[[Sequence[Row]], None]:
    """A training step that costs what a real one does, and changes nothing."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = adamw_for(trained, lr=0.0)
    device, captured = device_of(model), captured_steps(model)
    bf16 = prefers_bf16()

    def backward(part: Inputs, share: float) -> torch.Tensor:
        if captured and share == 1:
            return captured(part)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            loss = share * answer_loss(model, part)
        loss.backward()
        return loss.detach()

    def step(rows: Sequence[Row]) -> None:
        backward_in_parts([collate(rows, pad_id)], 1, backward, model.zero_grad)
        if not captured and not isinstance(optimizer, ClippingAdamW):
            torch.nn.utils.clip_grad_norm_(trained, MAX_GRAD_NORM)
        optimizer.step()
        optimizer.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return step


def train(
    model: Any,
    rows: Rows,
    planned: Sequence[list[int]],
    validation: Sequence[Row],
    *,
    pad_id: int,
    directory: Path,
    config: TrainConfig,
    watch: Watch,
    trackers: Sequence[Any] = (),
) -> list[dict[str, float]]:
    """Trains `model` in place on the planned batches of `rows`; see `trainer.run`.

    Near the end of the time that `watch` has, the learning rate falls with the clock, so that a machine slower than
    measured ends in time.
    """
    objective = Objective(
        batch=lambda _model, picked, _step: ([collate(picked, pad_id)], {}),
        loss=answer_loss,
        captured=captured_steps(model),
        validate=(lambda model: validation_figures(model, validation[:VALIDATION_ROWS], config.batch_size, pad_id))
        if validation
        else None,
    )
    lr = config.learning_rate or default_learning_rate(config.adapter, model.num_parameters())
    return run(
        model,
        rows,
        planned,
        objective,
        watch,
        directory=directory,
        config=config,
        learning_rate=lr,
        trackers=trackers,
    )


@torch.no_grad()
def validation_figures(model: Any, rows: Sequence[Row], batch_size: int, pad_id: int) -> dict[str, float]:
    """Mean loss and accuracy per answer token of rows that are not trained on."""
    losses = right = tokens = 0.0
    for start in range(0, len(rows), batch_size):
        with torch.autocast(device_of(model).type, torch.bfloat16, enabled=prefers_bf16()):
            logits_AV, labels_A = answer_logits(model, collate(rows[start : start + batch_size], pad_id))
        losses += float(cross_entropy(logits_AV, labels_A, ignore_index=IGNORED, reduction="sum"))
        right += int((logits_AV.argmax(-1) == labels_A).sum())
        tokens += int((labels_A != IGNORED).sum())
    return {"eval_loss": losses / tokens, "eval_accuracy": right / tokens}
