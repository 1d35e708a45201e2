"""Near repeats of training wordings are found behind names, prefixes and small changes, and removed."""

import json

import pytest
from teachers.every_wording import every_wording

from forklift.build import dataset
from forklift.build.dataset import make_questions
from forklift.build.overlap import (
    NEAR,
    REASON,
    Near,
    measure_overlap,
    nearest_templates,
    template,
    without_near_repeats,
    without_near_tests,
)
from forklift.build.teachers.held_out import TEST
from forklift.build.teachers.training import TRAINING
from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.records import Question
from forklift.tables import read_rows


def asked(prompt, subject="Signer.sign", split="A", completion="`Signer.sign` calls `derive`."):
    return Question(
        id=f"{split} {prompt}", split=split, facet="calls", direction="forward", fact_ids=(subject,), subject=subject,
        prompt=prompt, completion=completion, keys=("derive",), min_keys=1, key_type="symbol",
    )  # fmt: skip


def said(grammar):
    """Every wording of a grammar with its slots masked, as `template` writes it."""
    texts = (
        text.replace("{kind}", "class")
        for templates in grammar.values()
        for t in templates
        for text in every_wording(t)
    )
    return {template(asked(text.replace("{", "`").replace("}", "`"))) for text in texts}


def test_candidates_for_training_that_a_test_nearly_repeats_go_and_the_test_stays():
    tests = [
        asked("What does `Signer.sign` call, and in which order?"),
        asked("Name all that runs below `Signer.sign`."),
    ]
    near = ["What does `Other.name` call, and in which order, please?", "Name all that runs below `X.y`"]
    far = ["Why would anybody keep `Signer.sign` around?", "Is it fast?"]
    candidates = [asked(text, subject=text.split("`")[1] if "`" in text else "", split="train") for text in near + far]
    assert [question.prompt for question in without_near_tests(candidates, tests)] == far
    assert without_near_tests(candidates, []) == candidates
    assert without_near_tests([], tests) == []


# masking


@pytest.mark.parametrize(
    "name",
    [
        "`Signer.sign`",
        "Signer.sign",
        "`Signer.sign()`",
        "the method `Signer.sign`",
        "the `sign` method of `Signer`",
        "signer.sign",
    ],
)
def test_names_are_masked_in_every_form(name):
    assert template(asked(f"What does {name} call?")) == "what does N call"
    assert template(asked(f"{name}: callees?")) == "N callees"


@pytest.mark.parametrize(
    ("prompt", "subject", "expected"),
    [
        ("How is the http adapter send all logic done?", "HTTPAdapter.send_all", "how is the N logic done"),
        ("What is in src/shop/errors.py?", "src/shop/errors.py", "what is in N"),
        ("What would I find in my docs/a file.py?", "my docs/a file.py", "what would i find in N"),
        ('"Says "no" loudly.": which method is that?', 'Says "no" loudly.', "N which method is that"),
        ('Find the class documented as: "Signs, then sends."', "Signs, then sends.", "find N documented as N"),
    ],
)
def test_paths_spelt_out_names_and_quoted_texts_are_masked(prompt, subject, expected):
    found = template(asked(prompt, subject))
    assert found.replace("the class", "N") == expected


def test_the_parameter_of_a_default_is_masked():
    completion = "In `Signer.sign`, `*salt` defaults to `b''`."
    prompts = ("What does salt default to in Signer.sign?", "What does `salt` default to in `Signer.sign`?")
    assert {template(asked(text, completion=completion)) for text in prompts} == {"what does N default to in N"}


def test_words_that_are_no_names_stay():
    assert template(asked("Which design calls Signer.sign?")) == "which design calls N"


# similarity


def test_a_wording_inside_a_longer_one_is_as_near_as_can_be():
    (near,) = nearest_templates(["what does N call"], ["who calls N", "one more thing what does N call please"])
    assert near == Near(1.0, "one more thing what does N call please")


def test_a_wording_around_a_whole_training_wording_is_as_near_as_can_be():
    trained = ["who calls N", "what does N call", "N"]
    leak, fresh = "a colleague of mine wants to hear it today what does N call", "a colleague wants to hear who calls N"
    whole, part = nearest_templates([leak, fresh], trained)
    assert whole == Near(1.0, "what does N call")
    assert part.similarity < NEAR  # three words prove nothing


def test_similarity_is_the_share_of_5_grams_found_in_the_nearest():
    # "_abcd", "abcde", "bcdef" and "cdef_": the first two are in "_abcdeg_" as well
    assert nearest_templates(["abcdef", "N"], ["uvwxyz", "abcdeg"]) == [Near(0.5, "abcdeg"), Near(0.0, "uvwxyz")]


def test_templates_shorter_than_a_5_gram_can_be_the_same():
    assert nearest_templates(["N"], ["what is N", "N"]) == [Near(1.0, "N")]


def test_more_templates_than_fit_a_slice_are_compared_in_order():
    texts = [f"wording number {n:04}" for n in range(600)]
    assert [near.template for near in nearest_templates(texts, texts[::-1])] == texts


# removal


@pytest.mark.parametrize(
    "leaked",
    [
        "What does `Cart.total` call?",
        "Hey, what does the method `Cart.total` call?",
        "what does Cart.total call",
        "So: what does `Cart.total()` call, please?",
        "Before I go home and forget about all of this: what does Cart.total call?",
    ],
)
def test_a_training_wording_about_another_name_is_removed(leaked):
    trained = asked("What does `Signer.sign` call?", split="train")
    fresh = asked("While Cart.total runs, which other functions of this code get called?", "Cart.total")
    for split in "ABCD":
        rows = [trained, asked(leaked, "Cart.total", split), fresh]
        assert without_near_repeats(rows)[:2] == ([trained, fresh], {REASON: 1})


def test_training_and_validation_rows_stay():
    rows = [asked("What does Signer.sign call?", split=split) for split in ("train", "validation")]
    assert without_near_repeats(rows)[:2] == (rows, {})


def test_without_training_there_is_nothing_to_repeat():
    rows = [asked("What does Signer.sign call?")]
    assert without_near_repeats(rows)[:2] == (rows, {})
    assert measure_overlap(rows)["splits"]["A"] == {"n": 0, "highest": None, "mean": None, "above": {}, "nearest": None}


def test_a_training_template_in_the_test_grammar_is_caught(monkeypatch, shop_view, shop_facts, shop_index):
    monkeypatch.setitem(dataset.TEST, "calls", ("Please, (what|which) functions does {name} call (here|)?",))
    config = BuildConfig(wordings_per_fact=6)
    questions, dropped, _ = make_questions(shop_view, shop_facts, shop_index, config, silent)
    assert dropped[REASON] >= 5
    tested = [q for q in questions if q.split in "AC" and q.facet == "calls"]
    assert tested  # called_by keeps its own wordings
    assert not [q.prompt for q in tested if q.prompt.startswith("Please")]


# the grammars, and what a build leaves


def test_no_wording_of_the_test_grammar_is_near_a_training_wording():
    tested, trained = sorted(said(TEST)), sorted(said(TRAINING))
    near = dict(zip(tested, nearest_templates(tested, trained), strict=True))
    assert not {text: found for text, found in near.items() if found.similarity >= NEAR}


def test_a_build_says_how_near_its_test_wordings_come(shop_lift):
    found = json.loads((shop_lift.dataset / "overlap.json").read_text(encoding="utf-8"))
    rows = [q for n in ("train", "test") for q in read_rows(shop_lift.dataset / "data" / f"{n}.parquet", Question)]
    assert found == measure_overlap(rows)
    for split, row in found["splits"].items():
        assert row["n"] == sum(q.split == split for q in rows) > 0
        assert 0 < row["mean"] <= row["highest"] < NEAR == found["near"]
        assert 1 >= row["above"]["0.3"] >= row["above"]["0.4"] >= row["above"]["0.5"] >= 0
        assert nearest_templates([row["nearest"]["test"]], [row["nearest"]["train"]])[0].similarity == row["highest"]


def test_the_card_counts_what_was_removed(shop_lift):
    assert f"| question: {REASON} | 0 |" in (shop_lift.dataset / "README.md").read_text(encoding="utf-8")
