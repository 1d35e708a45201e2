"""Other wordings of training's questions, by a teacher that is too weak for more."""

import json
import re

import pytest
from scripted import scripted, task

from forklift.build import build
from forklift.build.llm.kinds import Kinds, words_of
from forklift.build.llm.rewording import NAME, is_plain, masked, read_wording, renamed, with_rewordings
from forklift.config import BuildConfig, RecruitConfig
from forklift.engine import silent
from forklift.errors import ConfigError, UnfinishedError
from forklift.records import Question
from forklift.tables import read_rows
from forklift.workspace import create_lift
from remote import last_word, remote, says

LESSONS = 60
NEW = {  # what the scripted teacher makes of a question about the one thing or the other, in turn
    r"defined|implement|file": [
        f"In which source file is `{NAME}` defined?", f"The location of `{NAME}` is in which file?",
        f"What is the file that contains `{NAME}`?", f"What source file is `{NAME}` defined in?",
        f"Which file has `{NAME}` defined?",
    ],
    r"raise|throw|error|exception": [
        f"What exceptions should I expect from `{NAME}`?", f"Which errors should I expect from `{NAME}`?",
        f"Which methods can raise `{NAME}`?", f"What errors can `{NAME}` raise?",
    ],
    r"argument|parameter|take|pass|input": [
        f"What inputs does `{NAME}` take?", f"What are the parameters of `{NAME}`?",
        f"Which arguments does `{NAME}` need?", f"What parameters does `{NAME}` need?",
    ],
}  # fmt: skip


def config_of(server, **more):
    values = {"wordings_per_fact": 20, "reading_questions": 0, "teachers": (f"{server.spec}#task=reword",)}
    return BuildConfig(**(values | {"teacher_parts": LESSONS} | more))


def run(shop, lift, config, **how):
    told = []
    build(shop, lift, config, silent, told.append, RecruitConfig(**how))
    return told


def is_rewording(request):
    return request["messages"][0]["content"].startswith("You reword")


def rewords(request, number):
    """A teacher that rewords some questions well."""
    asked = last_word(request)
    if not is_rewording(request):
        return says('{"ready": true}')
    choice = next((new for old, new in NEW.items() if re.search(old, asked)), [f"What is `{NAME}` like, hm?"])
    return says(choice[number % len(choice)])


def rows_of(lift):
    return [
        row
        for name in ("train", "validation")
        for row in read_rows(lift.dataset / "data" / f"{name}.parquet", Question)
    ]


@pytest.fixture(scope="module")
def alone(shop, tmp_path_factory):
    """The prompts of a dataset that the built-in teacher wrote alone."""
    lift = create_lift(tmp_path_factory.mktemp("alone") / "lift")
    build(shop, lift, BuildConfig(wordings_per_fact=20, reading_questions=0), silent)
    return lift


@pytest.fixture(scope="module")
def taught(shop, tmp_path_factory):
    """A lift whose teacher rewords, what it was asked, and what was told."""
    lift = create_lift(tmp_path_factory.mktemp("taught") / "lift")
    with remote(rewords) as server:
        told = run(shop, lift, config_of(server))
        return lift, list(server.requests), told, server


@pytest.fixture(scope="module")
def new(taught, alone):
    """The rows that the teacher worded."""
    before = {row.id for row in rows_of(alone)}
    return [row for row in rows_of(taught[0]) if row.id not in before]


def test_a_new_wording_asks_for_a_lesson_that_training_has(taught, alone, new):
    lessons = {row.lesson: row for row in rows_of(alone) if is_plain(row)}
    assert new
    for row in new:
        other = lessons[row.lesson]
        assert (row.completion, row.evidence, row.subject) == (other.completion, other.evidence, other.subject)
        assert row.prompt in {text.replace(NAME, row.subject) for texts in NEW.values() for text in texts}
        assert NAME not in row.prompt
        assert not [key for key in row.keys if key in row.prompt]


def test_it_stands_among_the_first_of_its_lesson(taught, new):
    rows = read_rows(taught[0].dataset / "data" / "train.parquet", Question)
    for row in (row for row in new if row.split == "train"):
        places = [number for number, other in enumerate(rows) if other.lesson == row.lesson]
        assert places.index(rows.index(row)) <= 4


def test_what_a_question_is_about_is_hidden_from_the_teacher(taught):
    for request in taught[1][1:]:
        text = last_word(request)
        assert f"`{NAME}`" in text or f'"{NAME}"' in text


def test_the_tests_stay_as_they_are(taught, alone):
    ours, theirs = (read_rows(one.dataset / "data" / "test.parquet", Question) for one in (alone, taught[0]))
    assert ours == theirs


def test_the_card_says_who_worded_what(taught, new):
    card = (taught[0].dataset / "README.md").read_text(encoding="utf-8")
    assert f"{len(new)} questions about single facts were worded by test-model" in card
    assert "| reads unlike such questions |" in card
    assert any(re.match(rf"{len(new)} wordings kept of \d+ drafts; dropped: ", line) for line in taught[2])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (f"`{NAME}` stands there.", "is no question"),
        ("What is it that this does?", "does not name what it is about"),
        (f"Who frobnicates `{NAME}` and why?", "reads unlike such questions"),
        (f"Where is `{NAME}` defined?", "training asks so already"),
        (f"Where is the file where `{NAME}` is?", "repeats itself"),
        (f"Which file holds the macro `{NAME}`?", "says that it is what it is not"),
    ],
)
def test_what_is_wrong_with_a_wording_is_counted(shop, tmp_path, said, reason):
    with remote(lambda request, number: says(said)) as server:
        told = run(shop, create_lift(tmp_path / "lift"), config_of(server, teacher_parts=10))
    assert any(re.match(rf"0 wordings kept of 20 drafts; dropped: .*{reason}", line) for line in told)


def test_what_was_asked_is_not_asked_again(taught, shop, tmp_path):
    with remote(rewords) as server:
        config = config_of(server)
        lift = create_lift(tmp_path / "lift")
        lift.replies.write_bytes(taught[0].replies.read_bytes())
        told = run(shop, lift, config)
        assert not server.requests
    assert rows_of(lift) == rows_of(taught[0])
    assert any("replies were in teacher.sqlite already" in line for line in told)


def test_a_dry_run_and_a_preview_write_nothing(shop, tmp_path):
    lift = create_lift(tmp_path / "lift")
    with remote(rewords) as server:
        with pytest.raises(UnfinishedError, match="nothing was asked") as pause:
            run(shop, lift, config_of(server), dry_run=True)
        assert not server.requests
        assert next(line for line in pause.value.lines if line.startswith("wordings")).split()[1] == str(2 * LESSONS)
        with pytest.raises(UnfinishedError, match="nothing was written") as pause:
            run(shop, lift, config_of(server), preview=1)
    assert sum(line.startswith("Q: ") for line in pause.value.lines) == 1
    assert not lift.dataset.exists()


def test_some_explain_while_others_reword(shop, tmp_path):
    def reply(request, number):
        return rewords(request, number) if request["model"] == "weak" else scripted(request, number)

    lift = create_lift(tmp_path / "lift")
    with remote(reply) as server:
        teachers = (server.spec, f"weak@{server.url}#task=reword")
        run(shop, lift, config_of(server, teachers=teachers, teacher_parts=20))
        models = {(request["model"], is_rewording(request)) for request in server.requests[2:]}
    assert models <= {("test-model", False), ("weak", True), ("weak", False)}  # the last one is the probe
    assert ("weak", True) in models
    card = (lift.dataset / "README.md").read_text(encoding="utf-8")
    assert "were written by test-model" in card
    assert "were worded by weak" in card


def test_who_explains_nothing_that_holds_is_told_what_else_can_be_asked(shop, tmp_path):
    said = json.dumps({"rows": [{"question": "What is in it, please?", "answer": "What is in it is in it, I think."}]})
    with remote(lambda request, number: says(said)) as server:
        told = run(shop, create_lift(tmp_path / "lift"), config_of(server, teachers=(server.spec,), teacher_parts=1))
        assert any(f"--teacher test-model@{server.url}#task=reword" in line for line in told)
        assert any(task(request) == "rows" for request in server.requests)


def test_a_context_that_is_too_small_is_found_before_work(shop, tmp_path):
    config = BuildConfig(teachers=("m@http://localhost:1/v1#task=reword,context=512",))
    with pytest.raises(ConfigError, match="a context of 512 tokens"):
        run(shop, create_lift(tmp_path / "lift"), config)


# pieces


def test_names_are_masked_where_they_are_quoted():
    assert masked("Where is `a.b` defined?", "a.b") == "Where is `Star` defined?"
    assert masked('What does "word" mean?', "word") == 'What does "Star" mean?'
    assert masked("Where is a.b defined?", "a.b") == ""
    assert masked("Does `a.b` use `Star`?", "a.b") == ""
    assert renamed("Where does `Star` start?", NAME, "x") == "Where does `x` start?"


@pytest.mark.parametrize(
    "text",
    ["What is `Star`?", '"What is `Star`?"', "Question: What is `Star`?\nAnswer: nothing", "\n**What is `Star`?**"],
)
def test_a_wording_is_read_out_of_a_reply(text):
    assert read_wording(text) == "What is `Star`?"


@pytest.fixture(scope="module")
def kinds():
    return Kinds(
        [
            ("calls", "What does `a` call?"), ("calls", "Which functions does `a` call?"),
            ("called_by", "What calls `a`?"), ("called_by", "Which functions call `a`?"),
            ("raises", "Which errors does `a` raise?"), ("raises", "What does `a` raise?"),
            ("used", "In which classes is `a` used?"),
        ]
    )  # fmt: skip


def test_a_question_is_of_the_kind_whose_words_it_has(kinds):
    assert kinds.kind_of("Which of its functions does `x.y` call?") == "calls"
    assert kinds.kind_of("Which functions call `x.y`?") == "called_by"
    assert kinds.kind_of("What errors does `x` raise?") == "raises"
    assert kinds.kind_of("What does `x` do?") == ""
    assert Kinds([]).kind_of("What?") == ""


def test_words_are_put_together_as_training_does(kinds):
    assert kinds.reads_like("raises", "What does `x` raise?")
    assert kinds.reads_like("raises", "What errors does `x` raise?") is False  # nobody says "what errors"
    assert kinds.reads_like("raises", "Which functions does `x` raise?") is False  # two pairs of another kind
    assert kinds.reads_like("calls", "Which errors does `x` call?") is False
    assert kinds.reads_like("calls", "What calls `x`?") is False


def test_a_wording_that_only_lacks_words_says_nothing_new(kinds):
    assert kinds.says_less("used", "In which classes is `x` used?")
    assert kinds.says_less("used", "Which classes is `x` used?")
    assert kinds.says_less("raises", "Which does `x` raise?")
    assert not kinds.says_less("used", "In which classes is `x` called?")
    assert not kinds.says_less("used", "Which in classes is `x` used?")


def test_what_is_quoted_is_one_word():
    assert words_of('Where is `a b` or "c d"?') == ("where", "is", "n", "or", "n")


def test_wordings_of_no_lesson_come_last(new):
    assert with_rewordings([], new) == new
