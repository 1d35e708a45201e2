"""Votes: cast over HTTP, kept in the lift, counted, exported for DPO."""

import json

import httpx
import pytest
from datasets import load_dataset
from hypothesis import given
from hypothesis import strategies as st
from serving import Scripted, serving
from typer.testing import CliRunner

from forklift import cli
from forklift.deploy import create_app
from forklift.deploy.arena import Side, Vote, preferences, read_votes, standings_of, tally, write_preferences
from forklift.errors import WorkspaceError
from forklift.workspace import create_lift

HOSTILE = "<img src=x onerror=alert(1)>\x1b[31m\u2028"


@pytest.fixture
def voted(tmp_path):
    return create_lift(tmp_path / "voted")


@pytest.fixture
def url(voted, index):
    with serving(create_app(voted, {"base": Scripted("Hi"), "sft": Scripted("Hi")}, index)) as url:
        yield url


def vote(question="Where?", left=("base", "here"), right=("sft", "there"), winner="right"):
    one, other = ({"model": model, "answer": answer} for model, answer in (left, right))
    return {"question": question, "left": one, "right": other, "winner": winner}


def votes_of(*rows):
    return [Vote.model_validate(row) for row in rows]


def test_a_vote_is_kept_and_counted(url, voted):
    counted = httpx.post(f"{url}/api/votes", json=vote())
    assert counted.status_code == 201
    assert counted.json()["votes"] == 1
    best = counted.json()["models"][0]
    assert (best["model"], best["won"], best["decided"]) == ("sft", 1, 1)
    assert 0 < best["low"] < best["high"] == 1
    assert httpx.get(f"{url}/api/votes").json() == counted.json()
    kept = json.loads(voted.votes.read_text(encoding="utf-8"))
    assert kept.pop("time").endswith("+00:00")
    assert kept == vote()


def test_retrieval_takes_part(url):
    assert httpx.post(f"{url}/api/votes", json=vote(left=("sft+retrieval", "x"))).status_code == 201


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (vote(winner="me"), "winner"),
        (vote(question=""), "question"),
        (vote(question="x" * 20_001), "question"),
        (vote(left=("base", "x" * 20_001)), "left.answer"),
        (vote(left=("gpt-9", "x")), "model"),
        ({**vote(), "more": 1}, "more"),
        ({}, "question"),
        ([], "body"),
    ],
)
def test_what_is_no_vote_is_refused(url, voted, body, param):
    response = httpx.post(f"{url}/api/votes", json=body)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)
    assert not voted.votes.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"question": "\\ud800"}', b"[" * 100_000])
def test_garbage_is_refused(url, voted, body):
    assert httpx.post(f"{url}/api/votes", content=body).status_code == 400
    assert not voted.votes.exists()


def test_other_web_sites_cannot_vote(url, voted):
    assert httpx.post(f"{url}/api/votes", json=vote(), headers={"Origin": "https://evil.example"}).status_code == 403
    assert not voted.votes.exists()


def test_hostile_text_is_kept_as_it_is_on_one_line(url, voted):
    httpx.post(f"{url}/api/votes", json=vote(question=HOSTILE + "\nnext")).raise_for_status()
    assert read_votes(voted.votes)[0].question == HOSTILE + "\nnext"
    assert voted.votes.read_text(encoding="utf-8").count("\n") == 1


def test_a_full_file_takes_no_more(url, voted, monkeypatch):
    monkeypatch.setattr("forklift.deploy.arena.MOST_VOTES_BYTES", 10)
    assert httpx.post(f"{url}/api/votes", json=vote()).status_code == 201
    assert httpx.post(f"{url}/api/votes", json=vote()).status_code == 507
    assert len(read_votes(voted.votes)) == 1


def test_without_an_arena_nobody_votes(voted, index):
    with serving(create_app(voted, {"sft": Scripted("Hi")}, index, keeps_votes=False)) as url:
        assert httpx.get(f"{url}/api/lift").json()["keeps_votes"] is False
        assert httpx.post(f"{url}/api/votes", json=vote()).status_code == 404


def test_a_line_cut_short_by_a_crash_is_left_out_and_other_damage_is_said(tmp_path):
    path = tmp_path / "votes.jsonl"
    line = json.dumps({"time": "now", **vote()})
    path.write_text(f"{line}\n{line[:20]}", encoding="utf-8")
    assert len(read_votes(path)) == 1
    path.write_text(f"{line}\nnot json\n{line}\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="line 2, is no vote"):
        read_votes(path)
    path.write_bytes(b"\xff\n")
    with pytest.raises(WorkspaceError, match="damaged"):
        read_votes(path)


def test_pairs_follow_the_majority_and_leave_out_what_is_undecided():
    pairs = preferences(
        votes_of(
            vote("one"),
            vote("one"),
            vote("one", winner="left"),
            vote("two", winner="tie"),
            vote("three", winner="left"),
            vote("three", winner="right"),
            vote("four", ("base", "same"), ("sft", "same ")),
            vote("five", ("sft", "b"), ("base", "a"), "left"),
        )
    )
    assert [(pair.prompt, pair.chosen, pair.rejected) for pair in pairs] == [
        ("one", "there", "here"),
        ("five", "b", "a"),
    ]


def test_standings_count_decided_votes_only():
    cast = votes_of(vote(), vote(winner="tie"), vote(winner="neither"), vote(left=("sft", "x"), winner="left"))
    assert [(one.model, one.won, one.decided) for one in standings_of(cast)] == [("sft", 1, 1), ("base", 0, 1)]
    assert tally([]) == {"votes": 0, "decided": 0, "models": []}


_SIDES = st.builds(Side, model=st.sampled_from(["base", "sft"]), answer=st.sampled_from(["", "a", "b", " a"]))
_VOTES = st.builds(
    Vote, question=st.sampled_from("xy"), left=_SIDES, right=_SIDES, winner=st.sampled_from(["left", "right", "tie"])
)


@given(st.lists(_VOTES))
def test_no_pair_contradicts_another(votes):
    pairs = preferences(votes)
    assert len({(pair.prompt, frozenset((pair.chosen, pair.rejected))) for pair in pairs}) == len(pairs)
    assert all(pair.chosen != pair.rejected for pair in pairs)


def test_the_export_loads_as_a_dataset_and_the_command_tells(voted, tmp_path):
    voted.votes.write_text("".join(json.dumps(vote(f"q{n}\u2028")) + "\n" for n in range(3)), encoding="utf-8")
    target = tmp_path / "pairs.jsonl"
    result = CliRunner().invoke(cli.app, ["votes", str(voted.root), "-o", str(target)])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "sft  preferred in 3 of 3, 100% (44%-100%)",
        "base  preferred in 0 of 3, 0% (0%-56%)",
        str(target),
    ]
    rows = load_dataset("json", data_files=str(target), cache_dir=str(tmp_path / "cache"), split="train")
    assert rows.column_names == ["prompt", "chosen", "rejected"]
    assert rows[0] == {"prompt": "q0", "chosen": "there", "rejected": "here"}


def test_a_failed_export_keeps_the_old_file(tmp_path):
    target = tmp_path / "pairs.jsonl"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(AttributeError):
        write_preferences(target, [None])
    assert target.read_text(encoding="utf-8") == "old"
