"""Training speed on the rows of a lift: ours and TRL's SFTTrainer with its defaults, same rows, same model, one run.

    python bench/train_speed.py LIFT [--rows 160] [--model smollm2-135m]      (needs: pip install -e '.[bench]')

Prints one JSON line. The first batches of each are warm-up and not counted.
"""

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path

import torch
from datasets import Dataset
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

from forklift.config import EMBEDDED_MODEL, TrainConfig
from forklift.engine import keep_freed_memory
from forklift.models import gemm_gflops, load_model, model_source, prefers_bf16
from forklift.records import Question
from forklift.tables import read_rows
from forklift.train import sft, trainable_tokenizer
from forklift.train.batching import batches, encode

WARM_UP_STEPS = 2


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
    parser.add_argument("--model", default=EMBEDDED_MODEL)
    options = parser.parse_args()
    questions = read_rows(options.lift / "dataset" / "data" / "train.parquet", Question)
    questions = questions[:: max(1, len(questions) // options.rows)][: options.rows]
    source = model_source(options.model)
    trl_rate = measure_trl(questions, source)
    ours_rate, tokens_per_s, mean_tokens = measure_ours(questions, source, TrainConfig(model=options.model))
    print(
        json.dumps(
            {
                "ours_examples_per_s": round(ours_rate, 2),
                "trl_examples_per_s": round(trl_rate, 2),
                "ratio": round(ours_rate / trl_rate, 2),
                "tokens_per_s": round(tokens_per_s),
                "mean_tokens": round(mean_tokens, 1),
                "bf16": prefers_bf16(),
                "gemm_gflops": {str(d): round(gemm_gflops(d)) for d in (torch.float32, torch.bfloat16)},
                "cores": os.cpu_count(),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


def measure_ours(questions: list[Question], source: str, config: TrainConfig) -> tuple[float, float, float]:
    """Examples/s, tokens/s and mean tokens of a row, by forklift's own training function."""
    keep_freed_memory()
    tokenizer = trainable_tokenizer(source)
    rows = encode(questions, tokenizer)
    planned = batches([range(len(rows))], rows, config.batch_size, seed=0)
    model = sft.load_trainable(source, config, len(tokenizer))
    ends: list[float] = []

    def note(what: str, done: int, total: int) -> None:
        if what == "training":
            ends.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as directory:
        sft.train(
            model, rows, planned, [], pad_id=tokenizer.pad_token_id, directory=Path(directory), config=config,
            seconds=3600, report=note,
        )  # fmt: skip
    counted = [n for batch in planned[WARM_UP_STEPS:] for n in batch]
    seconds = ends[-1] - ends[WARM_UP_STEPS - 1]
    tokens = sum(rows[n].tokens for n in counted)
    return len(counted) / seconds, tokens / seconds, tokens / len(counted)


def measure_trl(questions: list[Question], source: str) -> float:
    """Examples/s of TRL's SFTTrainer with its defaults on the same prompts and completions."""
    rows = Dataset.from_list(
        [
            {
                "prompt": [{"role": "user", "content": question.prompt}],
                "completion": [{"role": "assistant", "content": question.completion}],
            }
            for question in questions
        ]
    )
    clock = Clock()
    with tempfile.TemporaryDirectory() as directory:
        arguments = SFTConfig(
            output_dir=directory,
            num_train_epochs=1,
            report_to=[],
            save_strategy="no",
            use_cpu=not torch.cuda.is_available(),
        )
        trainer = SFTTrainer(
            model=load_model(source, torch.float32), args=arguments, train_dataset=rows,
            processing_class=trainable_tokenizer(source), callbacks=[clock],
        )  # fmt: skip
        trainer.train()
        batch = arguments.per_device_train_batch_size
    return (len(clock.ends) - WARM_UP_STEPS) * batch / (clock.ends[-1] - clock.ends[WARM_UP_STEPS - 1])


if __name__ == "__main__":
    main()
