"""The whole pipeline on a small repository with a tiny real model, offline."""

import time

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner

from forklift import cli
from forklift.config import BuildConfig, ScoreConfig, TrainConfig
from forklift.engine import silent
from forklift.lift import lift
from forklift.workspace import read_json
from shop import FILES, write_files

ANSWERERS = ("naive", "base", "sft")


def run(shop, root, model):
    train = TrainConfig(model=str(model), minutes=0.5, exposures=2)
    score = ScoreConfig(limit=20, max_tokens=24, minutes=0.5)
    return lift(str(shop), root, BuildConfig(wordings_per_fact=2), train, score, 0.5, silent, lambda text: None)


@pytest.fixture(scope="module")
def lifted(shop, tiny_model, tmp_path_factory):
    root = tmp_path_factory.mktemp("lifted") / "shop"
    return root, run(shop, root, tiny_model)


def test_scores_have_the_promised_shape(lifted):
    root, scores = lifted
    assert scores == read_json(root / "scores" / "scores.json")
    assert scores["schema"] == 1
    assert scores["repository"]["name"] == "shop"
    assert len(scores["repository"]["commit"]) == 40
    assert set(scores["questions"]) == set("ABCD")
    assert set(scores["answerers"]) == {*ANSWERERS, "listing", "briefing", "hmm", "base+retrieval", "sft+retrieval"}
    for summary in scores["answerers"].values():
        for split in "ABCD":
            assert {"accuracy", "low", "high", "n"} <= set(summary[split])
        assert {"invented_symbol_rate", "abstention_rate"} <= set(summary)
    assert all(scores["train"][name] > 0 for name in ("tokens_per_s", "examples_per_s", "minutes"))


def test_searching_the_questions_beats_a_random_model(lifted):
    answerers = lifted[1]["answerers"]
    assert answerers["naive"]["A"]["accuracy"] > answerers["base"]["A"]["accuracy"]


def test_report_is_written(lifted):
    page = (lifted[0] / "scores" / "report.html").read_text(encoding="utf-8")
    assert "shop" in page
    assert "<script" not in page


def test_model_loads_with_plain_transformers_and_has_a_chat_template(lifted):
    directory = lifted[0] / "models" / "sft"
    model, tokenizer = AutoModelForCausalLM.from_pretrained(directory), AutoTokenizer.from_pretrained(directory)
    text = tokenizer.apply_chat_template([{"role": "user", "content": "What is Stock?"}], tokenize=False)
    assert "What is Stock?" in text
    assert model.config.vocab_size >= len(tokenizer)


def test_second_run_does_nothing_again(lifted, shop, tiny_model):
    root, scores = lifted
    weights = root / "models" / "sft" / "model.safetensors"
    before = weights.stat().st_mtime_ns
    started = time.monotonic()
    assert run(shop, root, tiny_model) == scores
    assert weights.stat().st_mtime_ns == before
    assert time.monotonic() - started < 5


def test_ask_says_what_is_not_true(lifted):
    """Whatever a random model says, a name the question asks about that exists is shown with its place."""
    result = CliRunner().invoke(cli.app, ["ask", str(lifted[0]), "What is `Stock`?", "--max-tokens", "4"])
    assert result.exit_code == 0


def test_the_commands_lift_and_answer(tiny_model, tmp_path):
    """`forklift lift` as people call it, on two files; then each command on what it made."""
    files = {path: FILES[path] for path in ("src/shop/errors.py", "src/shop/prices.py")}
    root = tmp_path / "lift"
    options = ["--model", str(tiny_model), "--minutes", "0.5"]
    result = CliRunner().invoke(
        cli.app, ["lift", str(write_files(tmp_path / "mini", files)), "-o", str(root), *options, "--no-deploy"]
    )
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines() if line.startswith(ANSWERERS)] == list(ANSWERERS)
    assert "teaching" in result.stderr
    assert f"report: {root / 'scores' / 'report.html'}" in result.stderr
    again = CliRunner().invoke(cli.app, ["train", str(root), *options])
    assert (again.exit_code, "is up to date" in again.stderr) == (0, True)
    for model in ("base", "sft", "sft+retrieval", "listing"):
        question = ["ask", str(root), "Where is `PaymentError`?", "--model", model, "--max-tokens", "8"]
        asked = CliRunner().invoke(cli.app, question)
        assert asked.exit_code == 0
        assert "\x1b" not in asked.stdout
