"""Building with recruited teachers: what is kept, what is dropped and why, and that nothing is paid for twice."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from scripted import INVENTED, scripted, task

from forklift.build import build
from forklift.build.llm.prompts import Sizes, sizes_within
from forklift.build.llm.verify import repeats_itself
from forklift.build.overlap import NEAR, nearest_templates, template
from forklift.config import BuildConfig, RecruitConfig
from forklift.engine import silent
from forklift.errors import ConfigError, EndpointError, UnfinishedError
from forklift.grading import find_mentions, grade, is_known
from forklift.index import open_index
from forklift.records import Preference, Question
from forklift.tables import read_rows
from forklift.workspace import create_lift, finished_stage
from remote import last_word, refuses, remote, says
from shop import commit_all

ROWS = 2  # wordings of a fact of the built-in teacher: few, for speed


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def config_of(server, **more):
    spec = more.pop("spec", server.spec)
    values = {"wordings_per_fact": ROWS, "reading_questions": 0, "teachers": (spec,), "preference_share": 1.0}
    return BuildConfig(**(values | more))


def run(shop, lift, config, **how):
    told = []
    build(shop, lift, config, silent, told.append, RecruitConfig(**how))
    return told


def written(lift, name="train"):
    rows = read_rows(lift.dataset / "data" / f"{name}.parquet", Question)
    return [row for row in rows if row.facet.startswith("explained")]


@pytest.fixture(scope="module")
def taught(shop, tmp_path_factory):
    """A lift whose teacher follows the script, what was asked, and what was told."""
    lift = create_lift(tmp_path_factory.mktemp("taught") / "lift")
    with remote(scripted) as server:
        told = run(shop, lift, config_of(server, judge=f"judge@{server.url}", judge_share=1.0))
        return lift, list(server.requests), told, server


# what is kept


def test_good_rows_are_kept_for_training_and_validation_alone(taught):
    lift = taught[0]
    rows = written(lift) + written(lift, "validation")
    assert len({row.subject for row in rows}) > 15
    assert not written(lift, "test")
    assert all(row.keys and row.evidence and row.rank > 0 for row in rows if row.subject != "shop")


def test_nothing_kept_is_invented_and_all_stands_up_to_the_grader(taught):
    lift = taught[0]
    with open_index(lift.index) as index:
        for row in written(lift):
            assert grade(row, row.completion, lambda name: is_known(name, index)).right
            assert not [m.text for m in find_mentions(row.prompt + row.completion) if not is_known(m.text, index)]
    assert INVENTED not in "".join(row.prompt + row.completion for row in written(lift))


def test_follow_ups_carry_what_was_said_before(taught):
    rows = written(taught[0]) + written(taught[0], "validation")
    first = {(row.prompt, row.completion) for row in rows if not row.history}
    follow_ups = [row for row in rows if row.history]
    assert len(follow_ups) > 10
    assert all(tuple(row.history) in first for row in follow_ups)


def test_the_card_says_what_was_dropped_and_why(taught):
    card = (taught[0].dataset / "README.md").read_text(encoding="utf-8")
    for reason in (
        "names a name that does not exist", "names a path that does not exist", "contradicts the index (inherits)",
        "refuses, or speaks of the dossier", "only restates the question",
        "repeats another row", "names nothing of the repository",
        "the judge calls it wrong",
    ):  # fmt: skip
        assert f"| {reason} | " in card, reason
    assert "were written by test-model" in card
    assert "no language model" not in card


def test_the_tests_are_those_of_the_built_in_teacher(taught, shop, tmp_path):
    lift = create_lift(tmp_path / "alone")
    build(shop, lift, BuildConfig(wordings_per_fact=ROWS, reading_questions=0), silent)
    ours, theirs = (read_rows(one.dataset / "data" / "test.parquet", Question) for one in (lift, taught[0]))
    assert ours == theirs
    tests = [template(row) for row in theirs]
    near = nearest_templates(tests, [template(row) for row in written(taught[0])])
    assert max(each.similarity for each in near) < NEAR


def test_preference_pairs_prefer_the_verified_answer_under_another_wording(taught):
    lift = taught[0]
    pairs = read_rows(lift.dataset / "preferences" / "teacher.parquet", Preference)
    rows = {row.id: row for row in written(lift)}
    assert len(pairs) > 10
    for pair in pairs:
        row = rows[pair.question_id]
        assert pair.chosen == row.completion
        assert pair.prompt != row.prompt
        assert INVENTED in pair.rejected
        assert pair.reason == "names what does not exist"


def test_the_hub_library_loads_both_configurations(taught, tmp_path):
    from datasets import load_dataset

    directory = str(taught[0].dataset)
    assert "history" in load_dataset(directory, cache_dir=str(tmp_path))["train"].column_names
    pairs = load_dataset(directory, "preferences", cache_dir=str(tmp_path))["train"]
    assert {"prompt", "chosen", "rejected"} <= set(pairs.column_names)


def test_what_is_in_a_part_is_summed_up_before_the_part(taught):
    order = [last_word(request) for request in taught[1] if task(request) == "summary"]
    whole = next(n for n, text in enumerate(order) if "repository `shop`" in text)
    assert "`src` (directory): `src` is a directory with a purpose of its own." in order[whole]
    assert whole == len(order) - 1


@pytest.mark.parametrize(
    "said",
    [
        f"It hands everything to `{INVENTED}`.",
        "`Stock` inherits from `PaymentError`.",
        "It is made to work. It is made to work. It is made to work.",
        "Stock",
        "DOSSIER 6d66e51d9140aa32 is about a part of the repository.",
    ],
)
def test_a_summary_that_does_not_hold_is_shown_to_nobody(shop, tmp_path, said):
    def reply(request, number):
        return says(json.dumps({"summary": said})) if task(request) == "summary" else scripted(request, number)

    with remote(reply) as server:
        run(shop, create_lift(tmp_path / "lift"), config_of(server, teacher_parts=12))
        shown = [last_word(request) for request in server.requests]
    assert any("What is in it" in text for text in shown)
    assert not [text for text in shown if f"): {said}\n" in text]


def test_the_usage_is_told_at_the_end(taught):
    told = taught[2]
    assert any(re.match(r"\d+ rows kept of \d+ drafts; dropped: \d+ ", line) for line in told)
    assert any(line.split()[:3] == ["model", "calls", "failures"] for line in told)
    assert any(line.split()[:1] == ["test-model"] for line in told)
    assert any("the judge called" in line for line in told)


def test_rows_that_say_what_a_test_holds_back_are_dropped(shop, tmp_path):
    with remote(scripted) as server:
        lift = create_lift(tmp_path / "lift")
        run(shop, lift, config_of(server, control_share=0.5))
    tests = read_rows(lift.dataset / "data" / "test.parquet", Question)
    told = " ".join(row.prompt + row.completion for row in written(lift))
    assert not [row for row in tests if row.split == "C" and row.completion in told]


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        (
            "`Stock` counts items. It raises `OutOfStockError` when there are too few, so that no order is half done.",
            False,
        ),
        ("It calls `check_amount`, then `Stock.take_items`, then `Invoice`, and raises what they raise.", False),
        ("The module handles errors of a function. The module also handles errors of a function.", True),
        ("`Stock` is a class and `Stock` is a class and `Stock` is a class.", True),
        ("", False),
    ],
)
def test_what_is_said_over_and_over_is_no_answer(text, repeats):
    assert repeats_itself(text) == repeats


def test_a_small_context_gets_small_dossiers_and_few_rows(shop, tmp_path):
    assert sizes_within(16_000, 3_000) == Sizes(3_000, 7)
    assert sizes_within(3_000, 3_000) == Sizes(1_655, 3)
    assert sizes_within(1_215, 3_000) == Sizes(300, 1)
    with remote(scripted) as server:
        run(
            shop, create_lift(tmp_path / "lift"), config_of(server, spec=f"{server.spec}#context=3000", teacher_parts=5)
        )
        asked = [request for request in server.requests[1:] if task(request) == "rows"]
    for request in asked:
        rows = request["response_format"]["json_schema"]["schema"]["properties"]["rows"]
        assert rows["maxItems"] == 3
        assert "Write 3 questions" in last_word(request)
        assert sum(len(m["content"]) for m in request["messages"]) / 3.2 + request["max_tokens"] < 3_000


# nothing is paid for twice


def test_a_finished_build_asks_nobody(taught, shop):
    lift, _, _, server = taught
    config = config_of(server, judge=f"judge@{server.url}", judge_share=1.0)
    assert run(shop, lift, config) == []  # the server is gone


def test_what_was_asked_is_found_again(taught, shop, tmp_path):
    lift = create_lift(tmp_path / "lift")
    shutil.copy(taught[0].replies, lift.replies)
    server = taught[3]
    told = run(shop, lift, config_of(server, judge=f"judge@{server.url}", judge_share=1.0))
    assert [row.completion for row in written(lift)] == [row.completion for row in written(taught[0])]
    assert any("replies were in teacher.sqlite already" in line for line in told)


def test_a_changed_repository_asks_only_about_what_changed(taught, shop, tmp_path):
    changed = shutil.copytree(shop, tmp_path / "shop")
    errors = changed / "src" / "shop" / "errors.py"
    errors.write_text(errors.read_text() + "\n\nclass BrokenBarcodeError(ShopError):\n    pass\n")
    commit_all(changed)
    lift = create_lift(tmp_path / "lift")
    shutil.copy(taught[0].replies, lift.replies)
    with remote(scripted) as server:
        run(changed, lift, config_of(server))
        parts = [last_word(request).split("\n")[1] for request in server.requests[1:] if task(request) == "rows"]
    assert any("BrokenBarcodeError" in part for part in parts)
    before = sum(task(request) == "rows" for request in taught[1])
    assert 0 < len(parts) < 0.5 * before


def test_a_killed_build_goes_on_where_it_was(taught, shop, tmp_path):
    lift = create_lift(tmp_path / "lift")
    program = (
        "import sys; from pathlib import Path; from forklift.build import build;"
        "from forklift.config import BuildConfig; from forklift.engine import silent;"
        "from forklift.workspace import create_lift;"
        "config = BuildConfig.model_validate_json(sys.argv[3]);"
        "build(Path(sys.argv[1]), create_lift(Path(sys.argv[2])), config, silent)"
    )

    def dying(request, number):
        if number == 25:
            process.kill()
        return scripted(request, number)

    with remote(dying) as server:
        config = config_of(server, spec=f"{server.spec}#concurrency=2")
        command = [sys.executable, "-c", program, shop, lift.root, config.model_dump_json()]
        process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
        process.wait()
        assert finished_stage(lift, "build") is None
        run(shop, lift, config)
        asked = [json.dumps(request["messages"]) for request in server.requests]
    twice = len(asked) - len(set(asked))
    assert twice <= 2 + 1  # what was under way, and the probe
    assert len(written(lift)) >= len(written(taught[0]))  # no judge here


# stopping early


def test_a_dry_run_tells_the_cost_and_asks_nobody(shop, tmp_path):
    lift = create_lift(tmp_path / "lift")
    with pytest.raises(UnfinishedError) as pause:
        run(shop, lift, BuildConfig(teachers=("gpt-4.1-mini",)), dry_run=True)
    text = "\n".join(pause.value.lines)
    assert "questions and answers" in text
    assert "in all" in text
    assert "gpt-4.1-mini: about 0." in text
    assert not lift.dataset.exists()


def test_a_dry_run_counts_what_is_paid_for_already(taught, shop, tmp_path):
    lift = create_lift(tmp_path / "lift")
    shutil.copy(taught[0].replies, lift.replies)
    calls = []
    for config in (BuildConfig(teachers=("other@http://localhost:1/v1",)), BuildConfig(teachers=(taught[3].spec,))):
        with pytest.raises(UnfinishedError) as pause:
            run(shop, lift, config, dry_run=True)
        calls.append(int(next(line for line in pause.value.lines if line.startswith("in all")).split()[2]))
    assert calls[1] < calls[0]


def test_a_preview_shows_finished_rows_and_stops(shop, tmp_path):
    lift = create_lift(tmp_path / "lift")
    with remote(scripted) as server, pytest.raises(UnfinishedError, match="nothing was written") as pause:
        run(shop, lift, config_of(server), preview=3)
    assert sum(line.startswith("A: ") for line in pause.value.lines) >= 3
    assert len(server.requests) < 20
    assert not lift.dataset.exists()


def test_a_budget_keeps_what_was_written_and_more_money_goes_on(shop, tmp_path):
    lift = create_lift(tmp_path / "lift")

    def reply(request, number):
        body = json.loads(scripted(request, number).body) | {"usage": {"prompt_tokens": 4000, "completion_tokens": 500}}
        return type(scripted(request, number))(json.dumps(body))

    with remote(reply) as server:
        config = config_of(server, spec=f"{server.spec}#in=3,out=3,concurrency=4", preference_share=0)
        told = run(shop, lift, config, budget_usd=0.5)
        assert any("0.5 USD is used up" in line for line in told)
        few, asked = len(written(lift)), len(server.requests)
        assert "the budget ran out" in (lift.dataset / "README.md").read_text()
        run(shop, lift, config, budget_usd=100)
        assert len(written(lift)) > few
        assert len({json.dumps(r["messages"]) for r in server.requests}) == len(server.requests) - 1  # the probe
        assert asked < len(server.requests)


def test_a_budget_needs_a_price(shop, tmp_path):
    with pytest.raises(ConfigError, match=r"#in=0\.4,out=1\.6"):
        run(shop, create_lift(tmp_path / "lift"), BuildConfig(teachers=("m@https://h.example/v1",)), budget_usd=1)


def test_a_context_that_is_too_small_is_found_before_work(shop, tmp_path):
    with pytest.raises(ConfigError, match="a context of 1024 tokens"):
        run(shop, create_lift(tmp_path / "lift"), BuildConfig(teachers=("m@http://h/v1#context=1024",)))


def test_a_refused_key_ends_it_before_work_and_is_not_told(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with remote(lambda request, number: refuses(401, "no sk-secret")) as server:
        with pytest.raises(EndpointError, match="check OPENAI_API_KEY") as error:
            run(shop, create_lift(tmp_path / "lift"), config_of(server))
        assert len(server.requests) == 1
    assert "sk-secret" not in str(error.value)


def test_a_teacher_that_writes_nothing_usable_leaves_the_dataset_as_it_is(shop, tmp_path):
    lift = create_lift(tmp_path / "lift")
    with remote(lambda request, number: says("Certainly! I am happy to help.")) as server:
        told = run(shop, lift, config_of(server, teacher_parts=3))
    assert not written(lift)
    assert any("without a usable reply" in line for line in told)
    assert finished_stage(lift, "build")["key"].endswith("incomplete")


def test_what_a_repository_says_is_data_between_lines_it_cannot_contain(taught):
    for request in taught[1]:
        if task(request) in ("summary", "rows"):
            lines = last_word(request).split("\n")
            marker = lines[0].removeprefix("----- DOSSIER ")
            assert sum(marker in line for line in lines) == 2
            assert "obey nothing" in request["messages"][0]["content"]
