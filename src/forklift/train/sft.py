"""Supervised fine-tuning on the library trainer, with our own batches and logits at answers only."""

import json
import math
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import get_last_checkpoint

from forklift.config import TrainConfig
from forklift.engine import Report
from forklift.errors import ModelError
from forklift.models import load_model, prefers_bf16
from forklift.train.batching import IGNORED, BatchSampler, Row, Rows, batches, collate
from forklift.train.memory import Inputs, backward_in_parts, is_out_of_memory

LEARNING_RATE = {"none": 5e-4, "lora": 2e-3}
MEASURED_PARAMETERS = 135e6
WARMUP_SHARE = 0.05
LATE = 1.05  # of the time there is: from then on the learning rate falls with the clock, not with the steps
CHECKPOINT_EVERY_S = 120
LOG_EVERY_STEPS = 10
VALIDATION_ROWS = 64
WARM_UP_STEPS = 2
MEASURE_S = 6.0


class AnswerTrainer(Trainer):
    """The library trainer on planned batches, with loss and logits at the answers only."""

    def __init__(self, planned: Sequence[list[int]], pad_id: int, **options: Any) -> None:
        super().__init__(data_collator=lambda rows: collate(rows, pad_id), **options)
        self.planned = planned
        self.parts = 1  # that a batch is cut into, so that it fits the memory
        self.model_accepts_loss_kwargs = False

    def get_train_dataloader(self) -> DataLoader[Any]:
        """The planned batches in their order."""
        loader: DataLoader[Any] = DataLoader(
            self.train_dataset,  # type: ignore[arg-type]
            batch_sampler=BatchSampler(self.planned),
            collate_fn=self.data_collator,
        )
        return self.accelerator.prepare(loader)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Mean cross-entropy per answer token."""
        loss, outputs = answer_loss(model, inputs)
        return (loss, outputs) if return_outputs else loss

    def training_step(
        self,
        model: Any,
        inputs: dict[str, Any],
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """Forward and backward pass of a batch, in parts when memory runs out. ModelError when the loss is NaN."""
        model.train()

        def backward(part: Inputs, share: float) -> torch.Tensor:
            with self.compute_loss_context_manager():
                loss = share * self.compute_loss(model, part)
            self.accelerator.backward(loss)
            return loss.detach()

        loss, self.parts = backward_in_parts(self._prepare_inputs(inputs), self.parts, backward, model.zero_grad)
        if not torch.isfinite(loss):
            step = self.state.global_step
            raise ModelError(
                f"the loss became {loss.item()} at step {step + 1}: use a smaller learning rate (its batch: training "
                f"rows {', '.join(map(str, self.planned[step]))}; the last good checkpoint is kept)"
            )
        return loss


def answer_loss(model: Any, inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, Any]:
    """Mean cross-entropy per answer token of a collated batch, and the model's outputs."""
    labels_BC = inputs.pop("labels")
    # the logit before each label predicts it
    outputs = model(**inputs, logits_to_keep=labels_BC.shape[1] + 1, use_cache=False)
    logits_BCV = outputs.logits[:, :-1].float()
    loss = torch.nn.functional.cross_entropy(logits_BCV.flatten(0, 1), labels_BC.flatten(), ignore_index=IGNORED)
    return loss, outputs


def load_trainable(source: str, config: TrainConfig, vocabulary: int) -> Any:
    """The model at `source`, ready to train: with a LoRA when asked, on weights in bf16 where that is faster.

    Weights that are trained are in fp32. `vocabulary`: tokens the tokenizer knows; the embeddings grow to it.
    """
    set_seed(config.seed)  # a LoRA and new embeddings begin at random
    frozen = config.adapter != "none"
    model = load_model(source, torch.bfloat16 if frozen and prefers_bf16() else torch.float32)
    model.config.use_cache = False
    if not torch.cuda.is_available():
        model.set_attn_implementation("eager")  # the backward pass of PyTorch's fused attention is slow on CPUs
    if vocabulary > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(vocabulary)
    if config.adapter == "none":
        return model
    from peft import LoraConfig, get_peft_model

    rank = lora_rank(model.num_parameters())
    lora = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(model, lora)


def lora_rank(parameters: int) -> int:
    """Rank of a LoRA on all linear layers: wide layers hold as many facts in a lower rank."""
    return 32 if parameters < 1e9 else 16


def default_learning_rate(adapter: str, parameters: int) -> float:
    """Measured for the embedded model (docs/log.md); for larger ones it falls with the root of their size."""
    return LEARNING_RATE[adapter] * min(1.0, math.sqrt(MEASURED_PARAMETERS / parameters))


def measure_tokens_per_s(model: Any, rows: Sequence[Row], batch_size: int, pad_id: int) -> float:
    """Training tokens per second of this machine on batches of `rows` as training makes them.

    The longest come first and are not counted: from then on no batch needs memory that the process does not have
    yet, as in a long training. The model is left as it was.
    """
    planned = batches([range(len(rows))], rows, batch_size, seed=0)
    planned.sort(key=lambda numbers: -rows[numbers[-1]].tokens)
    warm_up = planned[:WARM_UP_STEPS]
    counted = random.Random(0).sample(planned, len(planned))
    step = _idle_step(model, pad_id)
    for numbers in warm_up:
        step([rows[n] for n in numbers])
    tokens, started = 0, time.perf_counter()
    for numbers in counted:
        step([rows[n] for n in numbers])
        tokens += sum(rows[n].tokens for n in numbers)
        if time.perf_counter() - started > MEASURE_S:
            break
    return tokens / (time.perf_counter() - started)


def _idle_step(model: Any, pad_id: int) -> Callable[[Sequence[Row]], None]:
    """A training step that costs what a real one does, and changes nothing."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = _adamw(trained, lr=0.0)
    device = next(model.parameters()).device
    bf16 = prefers_bf16()

    def backward(part: Inputs, share: float) -> torch.Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            loss = share * answer_loss(model, part)[0]
        loss.backward()
        return loss.detach()

    def step(rows: Sequence[Row]) -> None:
        inputs = {name: tensor.to(device) for name, tensor in collate(rows, pad_id).items()}
        backward_in_parts(inputs, 1, backward, model.zero_grad)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return step


def _adamw(trained: Sequence[torch.nn.Parameter], lr: float) -> torch.optim.AdamW:
    return torch.optim.AdamW(trained, lr=lr, weight_decay=0.0, fused=True)


def train(
    model: Any,
    rows: Rows,
    planned: Sequence[list[int]],
    validation: Sequence[Row],
    *,
    pad_id: int,
    directory: Path,
    config: TrainConfig,
    seconds: float,
    report: Report,
) -> list[dict[str, float]]:
    """Trains `model` in place on the planned batches; checkpoints in `directory`, resumed when there are any.

    Returns the loss curve: step, examples, loss (and now and then validation_loss), seconds. Near `seconds`, the
    time there is, the learning rate falls with the clock, so that a machine slower than measured ends in time.
    Raises ModelError when the loss is not a number.
    """
    watch = _Watch(planned, seconds, report)
    watch.evaluated = 0 if validation else 4  # quarters: without rows to evaluate on, none is left
    lr = config.learning_rate or default_learning_rate(config.adapter, model.num_parameters())
    optimizer = _adamw([parameter for parameter in model.parameters() if parameter.requires_grad], lr)
    trainer = AnswerTrainer(
        planned,
        pad_id,
        model=model,
        args=_arguments(config, len(planned), directory),
        train_dataset=rows,
        eval_dataset=list(validation[:VALIDATION_ROWS]) or None,
        optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, watch.learning_rate_factor)),
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)  # printing is the command line's business
    for started in directory.glob("checkpoint-*"):
        if not (started / TRAINER_STATE_NAME).is_file():  # written last: the process was killed before
            shutil.rmtree(started)
    checkpoint = get_last_checkpoint(str(directory)) if directory.is_dir() else None
    with _finishing_the_step(watch):
        try:
            trainer.train(resume_from_checkpoint=checkpoint)
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise ModelError("out of memory: use a smaller --model or --adapter lora") from None
            raise
    if watch.interrupted:
        raise KeyboardInterrupt
    return watch.curve(trainer.state.log_history)


@contextmanager
def _finishing_the_step(watch: "_Watch") -> Iterator[None]:
    """Ctrl-C ends training after the step under way, with a checkpoint; pressed again, at once."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return

    def note(*_: Any) -> None:
        watch.interrupted = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _arguments(config: TrainConfig, steps: int, directory: Path) -> TrainingArguments:
    """The library trainer's settings; when to save and to evaluate is up to `_Watch`."""
    return TrainingArguments(
        output_dir=str(directory),
        max_steps=steps,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=config.batch_size,
        max_grad_norm=1.0,
        bf16=prefers_bf16(),
        use_cpu=not torch.cuda.is_available(),
        seed=config.seed,
        data_seed=config.seed,
        logging_strategy="steps",
        logging_steps=LOG_EVERY_STEPS,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        prediction_loss_only=True,
        dataloader_pin_memory=False,
        save_total_limit=1,
    )


class _Watch(TrainerCallback):
    """Keeps the time: progress, learning rate, checkpoints, and the stop when time is up or the user says so."""

    def __init__(self, planned: Sequence[list[int]], seconds: float, report: Report) -> None:
        self.examples = [0]
        for batch in planned:
            self.examples.append(self.examples[-1] + len(batch))
        self.seconds = seconds
        self.report = report
        self.started = self.saved = time.monotonic()
        self.before_s = 0.0  # spent before a resume
        self.evaluated = 0
        self.interrupted = False

    def elapsed_s(self) -> float:
        return self.before_s + time.monotonic() - self.started

    def learning_rate_factor(self, step: int) -> float:
        """Warm-up, then linear decay over the steps, or over the clock when that is ahead."""
        done = max(step / max(1, len(self.examples) - 1), self.elapsed_s() / (LATE * self.seconds))
        if done < WARMUP_SHARE:
            return (step + 1) / math.ceil(WARMUP_SHARE * (len(self.examples) - 1) + 1)
        return max(0.0, (1 - done) / (1 - WARMUP_SHARE))

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.started = self.saved = time.monotonic()
        self.before_s = max((row.get("elapsed_s", 0.0) for row in state.log_history), default=0.0)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        total = len(self.examples) - 1
        self.report("training", state.global_step, total)
        quarter = 4 * state.global_step // total
        if quarter > self.evaluated:
            self.evaluated, control.should_evaluate = quarter, True
        if time.monotonic() - self.saved > CHECKPOINT_EVERY_S and state.global_step < total:
            self.saved, control.should_save = time.monotonic(), True
        if self.interrupted:
            control.should_save = control.should_training_stop = True
        elif self.elapsed_s() > LATE * self.seconds:
            control.should_training_stop = True
            self.report("training", total, total)
        control.should_log |= control.should_training_stop  # the curve ends where training ends

    def on_log(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        state.log_history[-1]["elapsed_s"] = self.elapsed_s()

    def curve(self, log: Sequence[dict[str, float]]) -> list[dict[str, float]]:
        names = {"loss": "loss", "eval_loss": "validation_loss"}
        rows = []
        for entry in log:
            values = {new: entry[old] for old, new in names.items() if old in entry}
            if values:
                step = int(entry["step"])
                rows.append({"step": step, "examples": self.examples[step], **values, "seconds": entry["elapsed_s"]})
        return rows


def write_curve(path: Path, curve: Sequence[dict[str, float]]) -> None:
    """One JSON row a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in curve), encoding="utf-8")
