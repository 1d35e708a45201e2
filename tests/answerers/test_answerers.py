"""Answerers by name, over a lift."""

import os
import shutil
from dataclasses import replace

import pytest

from forklift.answerers import (
    answer_budget,
    answerer_key,
    api,
    base_model,
    load_answering_model,
    loaded,
    local_answerers,
    make_answerer,
    release_models,
    token_counter,
)
from forklift.answerers.loaded import token_cutter
from forklift.config import EMBEDDED_MODEL, BuildConfig
from forklift.engine import silent
from forklift.errors import ConfigError, ModelError
from forklift.records import Failure
from forklift.workspace import finished_stage, open_lift, record_stage, write_json

LOCAL = ("naive", "listing", "briefing", "hmm", "base", "base+retrieval", "sft", "sft+retrieval")


def copy_of(lift, root):
    shutil.copytree(lift.root, root)
    return open_lift(root)


def keys_of(lift):
    return {name: answerer_key(name, lift) for name in local_answerers(lift)}


def changed(lift, before):
    after = keys_of(lift)
    return {name for name in before if after[name] != before[name]}


# who can answer


def test_all_that_are_there_can_answer_in_the_order_of_a_report(full_lift):
    assert local_answerers(full_lift) == LOCAL


def test_other_trained_models_follow_and_unfinished_ones_do_not(full_lift, tmp_path):
    lift = copy_of(full_lift, tmp_path / "lift")
    shutil.copytree(lift.model("sft"), lift.model("dpo"))
    shutil.copytree(lift.model("sft"), lift.model(".rl.work"))
    lift.model("half").mkdir()
    assert local_answerers(lift) == (*LOCAL, "dpo", "dpo+retrieval")


def test_without_training_search_and_the_embedded_model_can(shop_lift):
    assert local_answerers(shop_lift) == ("listing", "briefing", "base", "base+retrieval")
    assert base_model(shop_lift) == EMBEDDED_MODEL


def test_the_base_is_what_was_trained_from_even_when_the_model_is_gone(full_lift, tiny_model, tmp_path):
    assert base_model(full_lift) == str(tiny_model)
    lift = copy_of(full_lift, tmp_path / "lift")
    record_stage(lift, "train:sft", "key", None, base=str(tiny_model))
    shutil.rmtree(lift.model("sft"))
    assert base_model(lift) == str(tiny_model)


@pytest.mark.parametrize("name", LOCAL)
def test_every_answerer_answers_every_question(full_lift, questions, name):
    answers = make_answerer(name, full_lift)(questions, 8, silent)
    assert len(answers) == len(questions) > 5
    assert all(isinstance(answer, str) for answer in answers)
    assert make_answerer(name, full_lift)([], 8, silent) == []


def test_unknown_answerers_are_errors_that_list_the_choices(full_lift):
    for name in ("oracle", "naive+retrieval", "listing+retrieval", "hmm+retrieval", "", "+retrieval", "../sft", "ppo"):
        for ask in (make_answerer, answerer_key):
            with pytest.raises(
                ConfigError, match=r"unknown answerer '.*': choose from naive, listing, briefing, hmm, base, "
            ):
                ask(name, full_lift)


@pytest.mark.parametrize("name", ["naive", "hmm", "sft", "sft+retrieval", "rl", "dpo+retrieval"])
def test_a_missing_model_says_what_to_run(shop_lift, name):
    method = name.partition("+")[0]
    for ask in (make_answerer, answerer_key):
        with pytest.raises(ModelError, match=f"run 'forklift train .* --method {method}'"):
            ask(name, shop_lift)


def test_a_model_that_the_manifest_knows_and_is_gone_is_missing_not_unknown(full_lift, tmp_path):
    lift = copy_of(full_lift, tmp_path / "lift")
    record_stage(lift, "train:rl", "key", None, base="x/y")
    with pytest.raises(ModelError, match="no model 'rl'"):
        answerer_key("rl", lift)


def test_a_remote_model_is_asked_by_its_name(full_lift, questions, monkeypatch):
    monkeypatch.setattr(api, "api_answerer", lambda spec, lift: lambda qs, tokens, report: [spec, Failure("gone")])
    asked = [replace(question, split="E") for question in questions[:2]]
    answers = make_answerer("api:some/model@http://localhost:9/v1", full_lift)(asked, 50, silent)
    assert answers == ["some/model@http://localhost:9/v1", Failure("gone")]


# what they are asked, what they say


def test_naive_answers_what_was_trained(full_lift, training):
    wordings = [question for question in training if question.direction != "reading"]
    asked = [replace(question, split="E") for question in wordings[::20]]
    assert make_answerer("naive", full_lift)(asked, 10_000, silent) == [question.completion for question in asked]


def test_the_base_model_is_told_what_it_is_asked_about(full_lift, questions):
    base, tuned = (make_answerer(name, full_lift)(questions, 16, silent) for name in ("base", "sft"))
    assert base != tuned  # the same weights, but a system prompt before the question


def test_retrieval_puts_facts_before_the_question(full_lift, questions, monkeypatch):
    seen = []
    model = load_answering_model(full_lift, "sft")
    answer = type(model).answer

    def listen(self, prompts, *rest, **options):
        seen.append([turns[-1]["content"] for turns in prompts])
        return answer(self, prompts, *rest, **options)

    monkeypatch.setattr(type(model), "answer", listen)
    where = replace(questions[0], prompt="Where is `Stock`?")
    make_answerer("sft", full_lift)([where], 8, silent)
    make_answerer("sft+retrieval", full_lift)([where], 8, silent)
    (plain,), (told,) = seen
    assert plain == "Where is `Stock`?"
    assert told.endswith(plain)
    assert "`Stock` is a class defined in `src/shop/stock.py:" in told
    assert token_counter(full_lift)(told) < 256 + 40


def test_answers_come_in_the_order_of_the_questions_whatever_their_budgets(full_lift, questions):
    answer = make_answerer("sft", full_lift)
    asked = questions[:8]
    assert len({answer_budget(question, 64) for question in asked}) > 1
    alone = [answer([question], 64, silent)[0] for question in asked]
    assert answer(asked, 64, silent) == alone


# budgets


def test_budgets_leave_room_for_the_gold_answer_and_some_more(questions):
    for question in questions:
        assert answer_budget(question, 128) <= 128
        assert answer_budget(question, 5) == 5
    long, longer = (replace(questions[0], completion="x" * characters) for characters in (100, 200))
    assert answer_budget(long, 128) < answer_budget(longer, 128) < answer_budget(longer, 1000) + 1


def test_outsiders_questions_have_the_whole_budget(questions):
    for characters in (0, 10, 1000):
        outside = replace(questions[0], split="E", completion="x" * characters)
        assert answer_budget(outside, 100) == 100


@pytest.mark.parametrize("name", LOCAL)
def test_every_answer_keeps_its_budget(full_lift, questions, name):
    count = token_counter(full_lift)
    outside = [replace(question, split="E") for question in questions]
    for asked in (questions[:6], outside[:6]):
        for most in (1, 50):
            answers = make_answerer(name, full_lift)(asked, most, silent)
            for question, answer in zip(asked, answers, strict=True):
                assert count(answer) <= answer_budget(question, most)


def test_a_cut_text_is_its_own_beginning_and_as_long_as_may_be(full_lift, questions):
    cut, count = token_cutter(full_lift), token_counter(full_lift)
    for text in (*(q.completion for q in questions), "é" * 40, "😀" * 10, "a\n\nb " * 20, ""):
        assert cut(text, 10_000) == text
        for most in (0, 1, 5, 17):
            short = cut(text, most)
            assert text.startswith(short)
            assert count(short) <= most
            assert short == text or count(short) >= most - 4


# keys


def test_keys_are_stable_and_all_different(full_lift):
    keys = keys_of(full_lift)
    assert keys_of(full_lift) == keys
    assert len(set(keys.values())) == len(LOCAL)


def test_another_dataset_changes_what_reads_it(full_lift, tmp_path):
    lift = copy_of(full_lift, tmp_path / "lift")
    before = keys_of(lift)
    record_stage(lift, "build", "another", BuildConfig(), repository=finished_stage(lift, "build")["repository"])
    assert changed(lift, before) == {"listing", "briefing", "base+retrieval", "sft+retrieval"}


def test_another_training_changes_that_model_alone(full_lift, tmp_path):
    lift = copy_of(full_lift, tmp_path / "lift")
    for stage, names in (
        ("naive", {"naive"}),
        ("hmm", {"hmm"}),
        ("sft", {"sft", "sft+retrieval"}),
    ):
        before = keys_of(lift)
        record_stage(lift, f"train:{stage}", "another", None)
        assert changed(lift, before) == names
    before = keys_of(lift)
    write_json(lift.model("sft") / "training.json", {"base": base_model(lift), "seconds": 2})
    assert changed(lift, before) == {"sft", "sft+retrieval"}


def test_a_base_model_that_was_replaced_changes_every_key(full_lift, tmp_path, tiny_model):
    lift = copy_of(full_lift, tmp_path / "lift")
    shutil.copytree(tiny_model, tmp_path / "base")
    write_json(lift.model("sft") / "training.json", {"base": str(tmp_path / "base")})
    before = keys_of(lift)
    os.utime(tmp_path / "base" / "model.safetensors", (1, 1))
    assert changed(lift, before) == set(LOCAL)


def test_what_is_not_behind_an_answerer_changes_no_key(full_lift, tmp_path):
    lift = copy_of(full_lift, tmp_path / "lift")
    before = keys_of(lift)
    record_stage(lift, "test", "another", None)
    (lift.root / "scores").mkdir()
    assert changed(lift, before) == set()


def test_remote_keys_are_about_model_and_address(full_lift, monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    names = ("api:m", "api:n", "api:m@http://localhost:1/v1", "api:m@http://localhost:2/v1")
    keys = {answerer_key(name, full_lift) for name in names}
    assert len(keys) == 4
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:3/v1")
    assert answerer_key("api:m", full_lift) not in keys
    with pytest.raises(ConfigError, match="is no model"):
        answerer_key("api:", full_lift)


# models in memory


def test_retrieval_shares_the_loaded_model(full_lift):
    release_models()
    for name in ("base", "base+retrieval", "sft", "sft+retrieval"):
        make_answerer(name, full_lift)
    assert load_answering_model(full_lift, "sft") is load_answering_model(full_lift, "sft")
    assert loaded._loaded.cache_info().misses == 2


def test_few_models_stay_in_memory(full_lift, questions, tmp_path):
    lift = copy_of(full_lift, tmp_path / "lift")
    names = ["sft", "dpo", "rl"]
    for name in names[1:]:
        shutil.copytree(lift.model("sft"), lift.model(name))
    answerers = [make_answerer(name, lift) for name in names]
    first = answerers[0](questions[:2], 8, silent)
    assert all(answer(questions[:2], 8, silent) == first for answer in answerers)
    assert loaded._loaded.cache_info().currsize == loaded.AT_ONCE
    release_models()
    assert loaded._loaded.cache_info().currsize == 0


def test_a_model_that_was_trained_again_is_loaded_again(full_lift, tmp_path):
    lift = copy_of(full_lift, tmp_path / "lift")
    before = load_answering_model(lift, "sft")
    os.utime(lift.model("sft") / "model.safetensors", (1, 1))
    assert load_answering_model(lift, "sft") is not before


def test_a_lift_without_that_model_says_what_to_run(shop_lift):
    with pytest.raises(ModelError, match=r"run 'forklift train .* --method sft'"):
        load_answering_model(shop_lift, "sft")
