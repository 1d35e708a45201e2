"""Every setting, typed, frozen, validated once at the edge. A stage's config is part of its key."""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forklift.errors import ConfigError

EMBEDDED_MODEL = "smollm2-135m"

T = TypeVar("T", bound="Config")


class Config(BaseModel):
    """Base: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BuildConfig(Config):
    """Code directory -> dataset."""

    max_file_bytes: int = Field(default=1_000_000, gt=0)
    max_line_bytes: int = Field(default=5_000, gt=0)  # a longer line on average means minified
    history_commits: int = Field(default=2_000, ge=0)  # the newest; 0 asks git nothing
    history_s: float = Field(default=30.0, ge=0.0)  # then the older commits are left out
    lessons: int = Field(default=10_000, ge=1)  # facts taught one by one, about the most central symbols
    wordings_per_fact: int = Field(default=20, ge=1, le=200)
    reading_questions: int = Field(default=1_000, ge=0)  # training questions with retrieved facts before them
    control_share: float = Field(default=0.04, ge=0.0, le=0.5)  # facts kept out of training: split C
    reverse_share: float = Field(default=0.10, ge=0.0, le=0.5)  # facts whose reverse is kept out: split B
    teachers: tuple[str, ...] = ()  # MODEL[@BASE_URL][#OPTION=VALUE,...]: language models beside the built-in teacher
    teacher_tokens: int = Field(default=3_000, ge=300)  # of what a teacher is shown of one part
    teacher_parts: int | None = Field(
        default=2_000, ge=1
    )  # functions, classes, files... to ask about; most central first
    preference_share: float = Field(default=0.5, ge=0.0, le=1.0)  # of the teachers' rows that are asked without dossier
    judge: str | None = None  # MODEL[@BASE_URL] that checks a share of the teachers' rows
    judge_share: float = Field(default=0.2, ge=0.0, le=1.0)
    seed: int = 0


class RecruitConfig(Config):
    """How the teachers of a build are asked. What is built does not depend on it."""

    budget_usd: float | None = Field(default=None, ge=0.0)  # for all replies that the lift has
    dry_run: bool = False  # tell calls, tokens and cost, ask nobody
    preview: int | None = Field(default=None, ge=1)  # show so many finished rows, write nothing
    batch: bool = False  # through OpenAI's Batch API
    engine: str = Field(default="local", pattern=r"^(local|ray|ray://.+)$")  # who asks: this process, or a Ray cluster


class TrainConfig(Config):
    """Dataset -> model."""

    method: Literal["sft", "rl", "dpo", "naive", "hmm"] = "sft"  # rl and dpo go on from sft; naive, hmm: baselines
    model: str = EMBEDDED_MODEL  # that sft starts from
    adapter: Literal["none", "lora", "qlora"] = "none"  # qlora: lora on 4-bit weights, CUDA only
    minutes: float | None = Field(default=None, gt=0)  # None: every fact at the full number of exposures
    learning_rate: float | None = Field(default=None, gt=0)  # None: by method, adapter and size
    replay: float = Field(default=0.0, ge=0.0, le=2.0)  # rows of general requests for each row of a lesson, in sft
    reward: Literal["keys", "bleu", "both"] = "both"  # of rl
    exposures: int = Field(default=20, ge=1, le=200)  # wordings a fact is seen in, all epochs together
    batch_size: int = Field(default=4, ge=1)
    max_tokens: int = Field(default=512, ge=16)  # prompt and completion; longer rows are left out and counted
    tracker: Literal["tensorboard", "none", "wandb", "mlflow", "trackio"] = "tensorboard"  # beside the curve
    seed: int = 0


class ScoreConfig(Config):
    """Dataset -> scores."""

    against: tuple[str, ...] = ()  # answerers; none named: all that are there
    questions: tuple[str, ...] = ()  # JSONL files of questions and answers that outsiders wrote
    judge: str | None = None  # MODEL[@BASE_URL] that judges answers to those
    max_tokens: int = Field(default=128, ge=1)  # of an answer
    limit: int = Field(default=150, ge=1)  # questions per split and file
    minutes: float | None = Field(default=None, gt=0)  # as many questions as fit
    seed: int = 0


class DeployConfig(Config):
    """Model -> URL."""

    to: Literal["local", "space", "hub", "ollama", "vllm"] = "local"
    model: str = "sft"  # the one that goes elsewhere; here all are served
    name: str | None = None  # what it is called there: owner/name on the hub
    public: bool = False  # of what is made on the hub
    quantise: Literal["f32", "f16", "bf16", "q8_0"] = "f16"  # number format for Ollama
    check: int = Field(default=50, ge=0)  # questions asked before and after an export
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)  # 0: any free port
    share: bool = False  # through a public link
    token: str = Field(
        default="", pattern=r"^[\x21-\x7e]{16,}$|^$"
    )  # for clients; made where others can reach the server
    at_once: int = Field(default=16, ge=1)  # answers of one model that are written side by side
    waiting: int = Field(default=64, ge=0)  # answers that may wait for their turn
    per_minute: int = Field(default=1200, ge=1)  # requests from one address
    log: Path | None = None  # a line for each request; None: access.jsonl in the lift


class ExportConfig(Config):
    """Model -> files for other programs."""

    to: Literal["merged", "gguf", "ollama"] = "merged"
    quantise: Literal["f32", "f16", "bf16", "q8_0"] = "f16"  # number format of a GGUF file
    check: int = Field(default=50, ge=0)  # questions asked before and after


def parse(kind: type[T], **values: object) -> T:
    """The config of `values` without the Nones (unset). Raises ConfigError naming every bad field."""
    try:
        return kind(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        bad = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{bad} (see --help)") from None
