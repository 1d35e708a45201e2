"""The library trainer on planned batches, for whatever a method minimises; keeps checkpoints and the best weights."""

import math
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME
from transformers.trainer_utils import get_last_checkpoint

from forklift.config import TrainConfig
from forklift.errors import ModelError
from forklift.models import prefers_bf16
from forklift.train import crew
from forklift.train.adamw import ClippingAdamW, adamw_for
from forklift.train.batching import BatchSampler, steps_of
from forklift.train.captured import CapturedSteps
from forklift.train.losses import MAX_GRAD_NORM
from forklift.train.memory import Inputs, answer_tokens, backward_in_parts, is_out_of_memory
from forklift.train.watch import Watch
from forklift.workspace import replacing

BEST = "best.safetensors"

Figures = Mapping[str, float]
"""What is logged, by name."""


@dataclass(frozen=True)
class Objective:
    """What a method minimises, and how the model is judged on the way."""

    batch: Callable[[Any, Sequence[Any], int], tuple[list[Inputs], Figures]]
    """batch(model, rows, step): the tensors of a step in pieces (none: nothing to learn from these rows), and figures
    to log. It may ask the model."""
    loss: Callable[[Any, Inputs], torch.Tensor]
    """The mean loss of a piece, which is on the CPU, over what `weight` counts."""
    captured: CapturedSteps | None = None
    """The same of a whole batch in one piece, with its clipped gradient, where a GPU does it at once."""
    weight: Callable[[Inputs], float] = answer_tokens
    validate: Callable[[Any], Figures] | None = None
    """Figures of the model as it is; "eval_loss" among them is what should fall."""
    judge_first: bool = False  # the start counts as well: training may end where it began
    patience: int = 2  # evaluations without a new best, after which training stops
    log_every: int = 10  # steps


class PlannedTrainer(Trainer):
    """The library trainer, fed the planned rows in their order; an objective makes batches and losses of them."""

    def __init__(self, planned: Sequence[list[int]], objective: Objective, watch: Watch, **options: Any) -> None:
        super().__init__(data_collator=lambda rows: {"rows": rows}, **options)
        self.planned = planned
        self.objective: Objective = objective
        self.watch = watch
        self.parts = 1  # that a piece is cut into, so that it fits the memory
        self.unchecked: tuple[int, torch.Tensor] | None = None
        self.optimizer_clips = isinstance(self.optimizer, ClippingAdamW)
        self.best_path = Path(str(self.args.output_dir)) / BEST
        self.model_accepts_loss_kwargs = False

    def get_train_dataloader(self) -> DataLoader[Any]:
        """The planned batches in their order."""
        loader: DataLoader[Any] = DataLoader(
            self.train_dataset,  # type: ignore[arg-type]
            batch_sampler=BatchSampler(self.planned),
            collate_fn=self.data_collator,
        )
        return self.accelerator.prepare(loader)

    def training_step(
        self, model: Any, inputs: dict[str, Any], num_items_in_batch: torch.Tensor | int | None = None
    ) -> torch.Tensor:
        """Forward and backward pass of a batch, in parts when memory runs out. ModelError when the loss is NaN."""
        step = self.state.global_step
        pieces, figures = self.objective.batch(model, inputs["rows"], step)
        self.watch.figures |= figures
        if not pieces:
            return torch.zeros((), device=self.args.device)

        def backward(part: Inputs, share: float) -> torch.Tensor:
            if share == 1 and self.objective.captured:
                return self.objective.captured(part)
            with self.compute_loss_context_manager():
                loss = share * self.objective.loss(model, part)
            self.accelerator.backward(loss)
            return loss.detach()

        if not getattr(model, "module", model).training:  # it takes a while to tell every layer
            model.train()
        self.watch.tokens += sum(int(piece["attention_mask"].sum()) for piece in pieces)
        weight = self.objective.weight
        loss, self.parts = backward_in_parts(pieces, self.parts, backward, model.zero_grad, weight)
        self.require_number()  # of the step before, where a graph made it: the GPU is busy with this one
        self.unchecked = step, loss
        if not self.objective.captured or self.parts > 1:
            self.require_number()
            if not self.optimizer_clips:
                self.accelerator.clip_grad_norm_(model.parameters(), MAX_GRAD_NORM)
        return loss

    def require_number(self) -> None:
        """Raises ModelError when the loss of the last step that was not looked at is none."""
        step, loss = self.unchecked or (0, torch.zeros(()))
        self.unchecked = None
        if not torch.isfinite(loss):
            raise ModelError(
                f"the loss became {loss.item()} at step {step + 1}: use a smaller learning rate (its batch: training "
                f"rows {', '.join(map(str, steps_of(self.planned)[step]))}; the last good checkpoint is kept)"
            )

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """The objective's figures; the weights are kept when they are the best so far."""
        if self.objective.validate is None:
            return {}
        validate = self.objective.validate
        figures = crew.shared(lambda: dict(validate(self.model.eval())))  # type: ignore[union-attr]
        best = min((row["eval_loss"] for row in self.state.log_history if "eval_loss" in row), default=math.inf)
        if figures["eval_loss"] < best:
            crew.shared(self._keep_weights)
        self.log(dict(figures))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, figures)
        self.control.should_training_stop |= stale_evaluations(self.state.log_history) >= self.objective.patience
        return figures

    def _keep_weights(self) -> None:
        weights = {name: tensor.detach().to(torch.bfloat16) for name, tensor in _trained(self.model)}
        with replacing(self.best_path) as partial:
            save_file({name: tensor.contiguous().cpu() for name, tensor in weights.items()}, partial)

    def restore_best(self) -> None:
        """Gives the model its best weights back, unless it has them."""
        if stale_evaluations(self.state.log_history) and self.best_path.is_file():
            with safe_open(self.best_path, framework="pt") as kept, torch.no_grad():
                for name, tensor in _trained(self.model):
                    tensor.copy_(kept.get_tensor(name))


def _trained(model: Any) -> Iterator[tuple[str, torch.nn.Parameter]]:
    return ((name, tensor) for name, tensor in model.named_parameters() if tensor.requires_grad)


def stale_evaluations(log: Sequence[Mapping[str, float]]) -> int:
    """How many evaluations ago the best was."""
    losses = [row["eval_loss"] for row in log if "eval_loss" in row]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


def run(
    model: Any,
    rows: Any,
    planned: Sequence[list[int]],
    objective: Objective,
    watch: Watch,
    *,
    directory: Path,
    config: TrainConfig,
    learning_rate: float,
    trackers: Sequence[TrainerCallback] = (),
) -> list[dict[str, float]]:
    """Trains `model` in place on the planned batches; checkpoints in `directory`, resumed when there are any.

    Returns the curve: step, examples, loss or what the objective says, seconds. At the end the model has the weights
    that validated best. Raises ModelError when the loss is not a number, KeyboardInterrupt after Ctrl-C.
    """
    parameters = [parameter for _, parameter in _trained(model)]
    optimizer = adamw_for(parameters, learning_rate)
    if objective.captured:
        optimizer.found_inf = objective.captured.broken  # type: ignore[attr-defined]
    watch.evaluates = objective.validate is not None
    crew.shared(lambda: _remove_unfinished(directory))
    checkpoint = get_last_checkpoint(str(directory)) if directory.is_dir() else None
    trainer = PlannedTrainer(
        planned,
        objective,
        watch,
        model=model,
        args=_arguments(config, len(steps_of(planned)), objective, directory, judge_first=checkpoint is None),
        train_dataset=rows,
        optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, watch.learning_rate_factor)),
        callbacks=[watch, *trackers],
    )
    trainer.remove_callback(PrinterCallback)  # printing is the command line's business
    with _finishing_the_step(watch):
        try:
            trainer.train(resume_from_checkpoint=checkpoint)
            trainer.require_number()
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                raise ModelError("out of memory: use a smaller --model or --adapter lora") from None
            raise
    if watch.interrupted:
        raise KeyboardInterrupt
    trainer.restore_best()
    return watch.curve(trainer.state.log_history)


def _remove_unfinished(directory: Path) -> None:
    """Removes checkpoints of a process that was killed before it had written what comes last."""
    for started in directory.glob("checkpoint-*"):
        if not (started / TRAINER_STATE_NAME).is_file():
            shutil.rmtree(started)


@contextmanager
def _finishing_the_step(watch: Watch) -> Iterator[None]:
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


def _arguments(
    config: TrainConfig, steps: int, objective: Objective, directory: Path, *, judge_first: bool
) -> TrainingArguments:
    """The library trainer's settings; when to save and to evaluate is up to `Watch`."""
    return TrainingArguments(
        output_dir=str(directory),
        max_steps=steps,
        per_device_train_batch_size=config.batch_size,
        max_grad_norm=0.0,  # `training_step` clips
        bf16=prefers_bf16(),
        use_cpu=not torch.cuda.is_available(),
        seed=config.seed,
        data_seed=config.seed,
        logging_strategy="steps",
        logging_steps=objective.log_every,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        eval_on_start=judge_first and objective.judge_first and objective.validate is not None,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=False,
        save_total_limit=1,
    )
