"""Training speed on the rows of a lift: ours, and TRL's SFTTrainer by its defaults and set up well; one run, same rows.

    python bench/train_speed.py LIFT [--rows 160] [--model smollm2-135m]      (needs: pip install -e '.[bench]')
    python bench/train_speed.py LIFT --model opt-350m --rows 25000 --epochs 3 --batch-size 8

"Set up well" is a LoRA of the same rank on a bf16 model, batches of similar length, no gradient checkpointing. Prints
one JSON line, and on stderr what is known so far. Rates are over the steps after the warm-up. The roofline is what the
model needs at the measured speed of matrix products: 6 FLOP for each weight and token, 4 where the weights are frozen
under a LoRA; padding is not counted.
opt-350m: that architecture with random weights and the embedded model's tokenizer, for speed needs no others.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import OPTConfig, OPTForCausalLM, TrainerCallback
from trl import SFTConfig, SFTTrainer

from forklift.config import EMBEDDED_MODEL, TrainConfig
from forklift.engine import keep_freed_memory
from forklift.models import gemm_gflops, load_model, model_source, prefers_bf16
from forklift.records import Question
from forklift.tables import read_rows
from forklift.train import sft, trainable_tokenizer
from forklift.train.batching import batches, encode
from forklift.train.watch import Watch, memory_gib

WARM_UP_STEPS = 4


class Clock(TrainerCallback):
    """Notes when each step ends."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: object, **__: object) -> None:
        self.ends.append(time.perf_counter())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lift", type=Path)
    parser.add_argument("--rows", type=int, default=160)
    parser.add_argument("--trl-rows", type=int, default=64, help="the first so many of the rows; TRL is slow")
    parser.add_argument("--epochs", type=int, default=1, help="of ours with all weights")
    parser.add_argument("--batch-size", type=int, default=TrainConfig().batch_size, help="of ours")
    parser.add_argument("--model", default=EMBEDDED_MODEL)
    options = parser.parse_args()
    questions = read_rows(options.lift / "dataset" / "data" / "train.parquet", Question)
    questions = questions[:: max(1, len(questions) // options.rows)][: options.rows]
    with tempfile.TemporaryDirectory() as made:
        source = opt_350m(Path(made)) if options.model == "opt-350m" else model_source(options.model)
        print(json.dumps(measured(questions, source, options)))


def opt_350m(directory: Path) -> str:
    """A directory with the architecture of facebook/opt-350m (Zhang et al. 2022), weights at random."""
    config = OPTConfig(
        vocab_size=50272, hidden_size=1024, num_hidden_layers=24, ffn_dim=4096, num_attention_heads=16,
        word_embed_proj_dim=512, do_layer_norm_before=False, max_position_embeddings=2048,
    )  # fmt: skip
    torch.manual_seed(0)
    OPTForCausalLM(config).save_pretrained(directory)
    trainable_tokenizer(model_source(EMBEDDED_MODEL)).save_pretrained(directory)
    return str(directory)


def measured(questions: list[Question], source: str, options: argparse.Namespace) -> dict[str, Any]:
    """The JSON line."""
    trl_rate = measure_trl(questions[: options.trl_rows], source, tuned=False)
    say(f"TRL with its defaults: {trl_rate:.2f} examples/s")
    keep_freed_memory()
    forget_peak()
    full = measure_ours(questions, source, TrainConfig(batch_size=options.batch_size), options.epochs)
    peak_mib = round(1024 * memory_gib())
    say(f"forklift: {full['examples_per_s']:.2f} examples/s in {peak_mib} MiB")
    tuned_rate = measure_trl(questions[: options.trl_rows], source, tuned=True)
    say(f"TRL set up well: {tuned_rate:.2f} examples/s")
    lora = measure_ours(questions, source, TrainConfig(batch_size=options.batch_size, adapter="lora"))
    say(f"forklift with a LoRA: {lora['examples_per_s']:.2f} examples/s")
    best = max(full["examples_per_s"], lora["examples_per_s"])
    dtypes = (torch.float32, torch.bfloat16)
    return {
        "ours_examples_per_s": round(full["examples_per_s"], 2),
        "trl_examples_per_s": round(trl_rate, 2),
        "ratio": round(full["examples_per_s"] / trl_rate, 2),
        "ours_lora_examples_per_s": round(lora["examples_per_s"], 2),
        "trl_tuned_examples_per_s": round(tuned_rate, 2),
        "ratio_to_tuned": round(best / tuned_rate, 2),
        "tokens_per_s": round(full["tokens_per_s"]),
        "mean_tokens": round(full["mean_tokens"], 1),
        "bf16": prefers_bf16(),
        "gemm_gflops": {str(dtype): round(gemm_gflops(dtype)) for dtype in dtypes},
        "roofline_fraction": round(full["roofline_fraction"], 3),
        "lora_roofline_fraction": round(lora["roofline_fraction"], 3),
        "cores": os.cpu_count(),
        "examples": full["examples"],
        "seconds": round(full["seconds"], 1),
        "peak_mib": peak_mib,
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }


def say(what: str) -> None:
    """Before the end, for a run that is cut off."""
    print(what, file=sys.stderr, flush=True)


def forget_peak() -> None:
    """So that the peak of a GPU's memory is ours; that of a process on a CPU stays."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def measure_ours(questions: list[Question], source: str, config: TrainConfig, epochs: int = 1) -> dict[str, float]:
    """Speed by forklift's own training function."""
    tokenizer = trainable_tokenizer(source)
    rows = encode(questions, tokenizer)
    planned = batches([range(len(rows))] * epochs, config.batch_size, seed=0)
    model = sft.load_trainable(source, config, len(tokenizer))
    ends: list[float] = []

    def note(what: str, done: int, total: int) -> None:
        if what != "training":
            return
        ends.append(time.perf_counter())
        if len(ends) % 500 == 0:
            rate = config.batch_size * 499 / (ends[-1] - ends[-500])
            say(f"step {len(ends)} of {len(planned)}: {rate:.0f} examples/s in the last 499 steps")

    with tempfile.TemporaryDirectory() as directory:
        sft.train(
            model, rows, planned, [], pad_id=tokenizer.pad_token_id, directory=Path(directory), config=config,
            watch=Watch(planned, 3600, note),
        )  # fmt: skip
    counted = [n for batch in planned[WARM_UP_STEPS:] for n in batch]
    seconds = ends[-1] - ends[WARM_UP_STEPS - 1]
    tokens = sum(rows[n].tokens for n in counted)
    return {
        "examples": len(counted),
        "seconds": seconds,
        "examples_per_s": len(counted) / seconds,
        "tokens_per_s": tokens / seconds,
        "mean_tokens": tokens / len(counted),
        "roofline_fraction": needed_gflops(model, config.adapter, tokens, [rows[n] for n in counted])
        / seconds
        / peak(),
    }


def needed_gflops(model: Any, adapter: str, tokens: int, rows: list[Any]) -> float:
    """What the products of these rows need, in GFLOP: every layer at every token, the head at answers only."""
    head = model.get_output_embeddings().weight.numel()
    embedded = model.get_input_embeddings().weight.numel()
    frozen = sum(parameter.numel() for parameter in model.parameters() if not parameter.requires_grad)
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    tied = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    layers = trained + frozen - embedded - (0 if tied else head)
    answers = sum(len(row.completion_ids) for row in rows)
    per_weight = 6 if adapter == "none" else 4
    return 1e-9 * per_weight * (layers * tokens + head * answers)


def peak() -> float:
    """The faster of bf16 and fp32 products, in GFLOP/s."""
    return max(gemm_gflops(torch.float32), gemm_gflops(torch.bfloat16))


def measure_trl(questions: list[Question], source: str, *, tuned: bool) -> float:
    """Examples/s of TRL's SFTTrainer on the same prompts and completions."""
    rows = Dataset.from_list(
        [
            {
                "prompt": [{"role": "user", "content": question.prompt}],
                "completion": [{"role": "assistant", "content": question.completion}],
            }
            for question in questions
        ]
    )
    options: dict[str, Any] = {}
    if tuned:
        options = {"bf16": True, "gradient_checkpointing": False, "train_sampling_strategy": "group_by_length"}
    clock = Clock()
    with tempfile.TemporaryDirectory() as directory:
        arguments = SFTConfig(
            output_dir=directory,
            num_train_epochs=1,
            report_to=[],
            save_strategy="no",
            use_cpu=not torch.cuda.is_available(),
            **options,
        )
        trainer = SFTTrainer(
            model=load_model(source, torch.bfloat16 if tuned else torch.float32),
            args=arguments,
            train_dataset=rows,
            processing_class=trainable_tokenizer(source),
            callbacks=[clock],
            peft_config=LoraConfig(r=32, lora_alpha=64, target_modules="all-linear") if tuned else None,
        )
        trainer.train()
        batch = arguments.per_device_train_batch_size
    return (len(clock.ends) - WARM_UP_STEPS) * batch / (clock.ends[-1] - clock.ends[WARM_UP_STEPS - 1])


if __name__ == "__main__":
    main()
