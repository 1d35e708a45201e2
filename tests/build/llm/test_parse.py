"""Reading replies: strict JSON, broken JSON, and anything at all."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forklift.build.llm.parse import check_rows, objects, read_rows, read_summary, read_verdict

ROW = {
    "style": "why",
    "question": "Why `A`?",
    "reworded": "",
    "answer": "Because of `B`.",
    "follow_up": "",
    "follow_up_answer": "",
}
TEXT = json.dumps({"rows": [ROW, ROW | {"question": "Why `C`?"}]})


def asked(text):
    return [draft.question for draft in read_rows(text)]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"Sure! Here it is:\n```\n{TEXT}\n```\nAnything else?",
        f"<think>rows? {{maybe}}</think>{TEXT}",
        f"Of course. {TEXT} I hope that helps.",
        TEXT.replace("}, {", "},\n {").replace("}]}", "},]}"),
        json.dumps([ROW, ROW | {"question": "Why `C`?"}]),
        str({"rows": [ROW, ROW | {"question": "Why `C`?"}]}),
        TEXT[:-2],
        TEXT[:-3] + ', "note": "and th',
        TEXT + TEXT,
        "\n".join(json.dumps(row) for row in (ROW, ROW | {"question": "Why `C`?"})),
    ],
)
def test_rows_are_read_whatever_stands_around_them(text):
    expected = ["Why `A`?", "Why `C`?"]
    assert asked(text) == (expected[:1] if text.endswith("and th") else expected)
    assert check_rows(text) == ""


def test_whole_rows_of_a_cut_reply_are_kept():
    assert asked(TEXT[: TEXT.index("Why `C`?")]) == ["Why `A`?"]


def test_line_breaks_within_a_text_are_put_up_with():
    (draft,) = read_rows('{"rows": [{"question": "Why?", "answer": "one\ntwo  \n\tthree"}]}')
    assert draft.answer == "one\ntwo\n\tthree"


@pytest.mark.parametrize(
    "text", ["", "no", "{}", "[]", "null", '{"rows": null}', '{"rows": [1, "a", {}]}', '{"rows": [{"question": "a"}]}',
             '{"rows": [{"question": 1, "answer": 2}]}', "{" * 5000, "[" * 5000, '{"a":' * 3000]
)  # fmt: skip
def test_what_has_no_rows_has_none(text):
    assert read_rows(text) == []
    assert check_rows(text)


def test_a_model_that_knows_no_json_may_write_lines():
    text = "Sure.\n\n**Question 1:** Why `A`?\n**Answer:** Because of `B`.\n\n2) Q: Why `C`?\nA: It\nis.\nQ: And?"
    assert [(d.question, d.answer) for d in read_rows(text)] == [
        ("Why `A`?", "Because of `B`."),
        ("Why `C`?", "It\nis."),
    ]


def test_absurd_lengths_are_left_out():
    assert read_rows(json.dumps({"rows": [ROW | {"answer": "x" * 10_000}]})) == []


def test_summaries_and_verdicts():
    assert read_summary('{"summary": " It signs. "}') == "It signs."
    assert read_summary("It signs.") == ""
    verdicts = ['{"right": true}', '{"right": "no", "reason": "x"}', 'I say {"right": false}.', '{"right": 3}', "yes"]
    assert [read_verdict(text) for text in verdicts] == [True, False, False, None, None]


@settings(max_examples=60)
@given(st.text(alphabet='{}[]",:\\ arowsquetin`\n', max_size=200) | st.text(max_size=200))
def test_nothing_breaks_the_reader(text):
    objects(text)
    read_rows(text)
    read_summary(text)
    read_verdict(text)


SAID = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=50)
    .map(str.strip)
    .filter(bool)
)


@given(st.lists(st.tuples(SAID, SAID), min_size=1, max_size=4, unique=True), st.text("ab \n`", max_size=30))
def test_valid_json_is_read_as_it_is(rows, around):
    text = json.dumps({"rows": [{"style": "how", "question": q, "answer": a} for q, a in rows]})
    for reply in (text, f"{around}\n{text}"):
        assert [(draft.question, draft.answer) for draft in read_rows(reply)] == rows
