"""The pool of teachers against real servers: good, slow, failing in every way, and killed on the way."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from asking import has_rows, numbered
from fault_server import fault_server

from forklift.build.llm import lane as lanes
from forklift.build.llm.lane import new_lane
from forklift.build.llm.pool import ask_pool, reply_s
from forklift.build.llm.spec import parse_teacher
from forklift.build.llm.store import Reply, Request, Store
from forklift.errors import EndpointError, WorkspaceError
from forklift.records import Failure
from remote import Reply as Said
from remote import last_word, refuses, remote, says

ASKING = Path(__file__).with_name("asking.py")
FAULTS_SEEN = 10  # of the 11 ways to fail, at least so many must have happened


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(lanes, "FIRST_PAUSE_S", 0.05)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "teacher.sqlite") as store:
        yield store


def ask(specs, requests, store, **options):
    """What each request got, in the order asked, how often each was given back, the lanes and the outcome."""
    pool = [new_lane(parse_teacher(spec)) for spec in specs]
    got, times = {}, Counter()

    def keep(request, came):
        got[request.key] = came
        times[request.key] += 1

    outcome = ask_pool(pool, iter(requests), store, keep, **options)
    assert all(count == 1 for count in times.values())
    return [got.get(request.key) for request in requests], pool, outcome


def texts(came):
    return [one.text if isinstance(one, Reply) else one for one in came]


# answers


def test_every_request_is_answered_once_and_the_next_run_asks_nobody(store):
    with remote(lambda request, number: says(f"to {last_word(request)}")) as server:
        first, _, outcome = ask([server.spec], numbered(40), store)
        assert texts(first) == [f"to request {n}" for n in range(40)]
        assert (outcome.asked, outcome.found, outcome.failed, outcome.stopped) == (40, 0, 0, "")
        again, _, outcome = ask([server.spec], numbered(40), store)
        assert texts(again) == texts(first)
        assert (outcome.asked, outcome.found) == (0, 40)
        assert len(server.requests) == 40


def test_other_messages_parameters_or_models_are_asked_anew(store):
    with remote(lambda request, number: says("yes")) as server:
        ask([server.spec], numbered(3), store)
        ask([server.spec], numbered(3, max_tokens=21), store)
        ask([f"other@{server.url}"], numbered(3), store)
        ask([server.spec, f"other@{server.url}"], numbered(3), store)
    assert len(server.requests) == 9


def test_room_is_used_and_not_exceeded(store):
    with fault_server(mean_s=0.05, spread_s=0, slots=50) as server:
        ask([f"{server.spec}#concurrency=7"], numbered(60), store)
        assert server.log()["most"] == 7


def test_requests_are_drawn_as_there_is_room(store):
    drawn, answered = [0], [0]

    def endless():
        for request in numbered(60):
            drawn[0] += 1
            assert drawn[0] - answered[0] < 12
            yield request

    def keep(request, came):
        answered[0] += 1

    with remote(lambda request, number: says("yes")) as server:
        ask_pool([new_lane(parse_teacher(f"{server.spec}#concurrency=4"))], endless(), store, keep)
    assert drawn == answered == [60]


def test_schema_mode_is_asked_for_and_given_up_where_a_server_has_none(store):
    def reply(request, number):
        form = request.get("response_format", {}).get("type", "")
        return refuses(400, f"unknown field response_format {form}") if form else says('{"a": 1}')

    schema = {"type": "object"}
    requests = [Request([{"role": "user", "content": str(n)}], 5, schema) for n in range(6)]
    with remote(reply) as server:
        came, (lane,), _ = ask([f"{server.spec}#concurrency=1"], requests, store)
    assert texts(came) == ['{"a": 1}'] * 6
    assert lane.dialect.mode == ""
    assert [r.get("response_format", {}).get("type") for r in server.requests[:3]] == [
        "json_schema",
        "json_object",
        None,
    ]
    assert len(server.requests) == 8


def test_bounds_are_left_out_where_a_server_knows_none(store):
    def reply(request, number):
        bounded = "maxLength" in json.dumps(request["response_format"])
        return refuses(400, "Invalid schema for response_format: 'maxLength'") if bounded else says('{"a": "b"}')

    text = {"type": "string", "maxLength": 9}
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": text, "maxItems": 2}}}
    with remote(reply) as server:
        came, (lane,), _ = ask([server.spec], [Request([{"role": "user", "content": "?"}], 5, schema)], store)
    assert texts(came) == ['{"a": "b"}']
    assert lane.dialect.mode == "json_schema"
    told = server.requests[-1]["response_format"]["json_schema"]["schema"]
    assert told == {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}


# failures


def test_whatever_fails_every_row_comes_exactly_once(store):
    options = {"mean_s": 0.01, "spread_s": 0.005, "stall_s": 30, "faults": 0.15, "slots": 32}
    with fault_server(**options) as server:
        requests = numbered(300)
        came, (lane,), outcome = ask(
            [f"{server.spec}#concurrency=32"], requests, store, check=has_rows, limit=lambda _: 2.0
        )
        log = server.log()
    assert len(log["faults"]) >= FAULTS_SEEN, log["faults"]
    assert all(isinstance(one, Reply) for one in came)
    assert [json.loads(one.text)["key"] for one in came] == [f"forklift-{request.key}" for request in requests]
    assert max(log["answered"].values()) == 1  # nobody was paid twice
    assert store.counts() == (300 + log["faults"]["no JSON"] + log["faults"]["wrong schema"], 300)
    assert lane.usage.failures >= sum(log["faults"].values()) - log["faults"]["twice"]
    assert outcome.asked == 300


def test_a_failing_teacher_does_not_stall_the_others(store):
    with remote(lambda request, number: refuses(500)) as bad, remote(lambda request, number: says("yes")) as good:
        began = time.monotonic()
        came, pool, _ = ask([f"bad@{bad.url}", f"good@{good.url}"], numbered(200), store)
        assert time.monotonic() - began < 60
    assert texts(came) == ["yes"] * 200
    assert pool[0].reason == "status 500: no"
    assert pool[1].usage.calls == 200


def test_a_slow_teacher_does_not_stall_the_others(store):
    def slow(request, number):
        time.sleep(1.0)
        return says("slow")

    with remote(slow) as tortoise, remote(lambda request, number: says("fast")) as hare:
        began = time.monotonic()
        came, _, _ = ask([f"a@{tortoise.url}#concurrency=2", f"b@{hare.url}"], numbered(150), store)
        took_s = time.monotonic() - began
    assert Counter(texts(came))["slow"] <= 2 * (1 + took_s) < 60


def test_a_server_that_writes_one_reply_after_the_other_loses_none(store):
    turn = threading.Lock()

    def in_turn(request, number):
        with turn:
            time.sleep(0.25)
            return says("yes")

    with remote(in_turn) as server:
        came, (lane,), _ = ask([f"{server.spec}#concurrency=12"], numbered(12), store, limit=lambda _: 2.0)
    assert texts(came) == ["yes"] * 12
    assert lane.usage.failures == 0


def test_a_server_that_slows_down_is_asked_less_at_a_time(store):
    now = [0]

    def crowded(request, number):
        now[0] += 1
        for _ in range(10):
            time.sleep(0.01 * now[0])
        now[0] -= 1
        return says("yes")

    with remote(crowded) as server:
        came, (lane,), _ = ask([f"{server.spec}#concurrency=16"], numbered(24), store, limit=lambda _: 0.9)
    assert texts(came) == ["yes"] * 24
    assert lane.usage.failures >= 8
    assert lane.allowed < 12


def test_a_call_that_hangs_while_others_are_answered_is_asked_again(store):
    def reply(request, number):
        if number == 1:
            time.sleep(30)
        time.sleep(0.05)
        return says("yes")

    with remote(reply) as server:
        began = time.monotonic()
        came, (lane,), _ = ask([f"{server.spec}#concurrency=2"], numbered(60), store, limit=lambda _: 0.5)
        assert time.monotonic() - began < 25
    assert texts(came) == ["yes"] * 60
    assert lane.usage.failures >= 1


def test_the_limit_of_a_reply_follows_its_length():
    assert [reply_s(Request([], tokens)) for tokens in (20, 600, 2000)] == [120, 120, 400]


def test_weights_share_the_work(store):
    with fault_server(mean_s=0.02, spread_s=0, slots=64) as one, fault_server(mean_s=0.02, spread_s=0, slots=64) as two:
        specs = [f"{one.spec}#concurrency=40,weight=3", f"{two.spec}#concurrency=40,weight=1,rpm=100000"]
        _, pool, _ = ask(specs, numbered(40), store)
    assert [lane.usage.calls for lane in pool] == [30, 10]


def test_what_one_teacher_cannot_take_another_does(store):
    def small(request, number):
        return refuses(400, "context length exceeded") if int(last_word(request).split()[1]) % 2 else says("small")

    with remote(small) as one, remote(lambda request, number: says("large")) as two:
        came, _, outcome = ask([f"small@{one.url}#weight=1000", f"large@{two.url}"], numbered(10), store)
    assert outcome.failed == 0
    assert all(text == "large" for text in texts(came)[1::2])


def test_a_request_that_nobody_takes_fails_alone_with_the_reason(store):
    def reply(request, number):
        return refuses(400, "content filter") if last_word(request) == "request 3" else says("yes")

    with remote(reply) as server:
        came, _, outcome = ask([server.spec], numbered(6), store)
    assert came[3] == Failure("status 400: content filter")
    assert (outcome.asked, outcome.failed) == (5, 1)


def test_a_model_that_never_writes_what_it_should_is_not_asked_for_ever(store):
    with remote(lambda request, number: says("I think so")) as server:
        came, _, _ = ask([server.spec], numbered(1), store, check=has_rows)
        assert came == [Failure("no rows")]
        ask([server.spec], numbered(1), store, check=has_rows)
        assert len(server.requests) == 4
    assert store.counts() == (4, 0)


@pytest.mark.parametrize(
    ("status", "said", "message"), [(401, "bad key", "refuses the key"), (503, "down", "status 503: down")]
)
def test_a_teacher_that_never_answers_ends_it_soon(store, status, said, message):
    with remote(lambda request, number: refuses(status, said)) as server:
        with pytest.raises(EndpointError, match=message):
            ask([f"{server.spec}#concurrency=8"], numbered(500), store)
        assert len(server.requests) < 150


def test_a_full_disk_stops_the_work_with_one_line(store, monkeypatch):
    def full(*_):
        raise WorkspaceError("teacher.sqlite cannot be written (disk is full)")

    monkeypatch.setattr(Store, "keep", full)
    with remote(lambda request, number: says("yes")) as server, pytest.raises(WorkspaceError, match="disk is full"):
        ask([server.spec], numbered(30), store)


# limits


def test_the_wait_that_a_server_asks_for_is_kept(store):
    asked = []

    def reply(request, number):
        asked.append(time.monotonic())
        return refuses(429, headers={"Retry-After": "0.6"}) if number == 1 else says("yes")

    with remote(reply) as server:
        ask([f"{server.spec}#concurrency=1"], numbered(3), store)
    assert asked[1] - asked[0] >= 0.6


def test_the_limit_of_a_429_is_learned(store):
    limits = {
        "x-ratelimit-limit-requests": "1200",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "50ms",
    }
    asked = []

    def reply(request, number):
        asked.append(time.monotonic())
        return refuses(429, headers=limits) if number == 1 else says("yes")

    with remote(reply) as server:
        ask([f"{server.spec}#concurrency=1"], numbered(31), store)
    assert 30 / 20 * 0.7 < asked[-1] - asked[1] < 4  # 1200 a minute are 20 a second


def test_a_server_without_limits_that_is_overrun_is_asked_less_at_a_time(store):
    now, most = [0], []

    def reply(request, number):
        now[0] += 1
        most.append(now[0])
        time.sleep(0.02)
        now[0] -= 1
        return refuses(429) if most[-1] > 4 else says("yes")

    with remote(reply) as server:
        came, (_lane,), _ = ask([f"{server.spec}#concurrency=32"], numbered(120), store)
    assert texts(came) == ["yes"] * 120
    assert max(most[-60:]) <= 8


def test_tokens_a_minute_are_kept(store):
    with remote(lambda request, number: says("yes")) as server:
        began = time.monotonic()
        ask([f"{server.spec}#tpm=12000"], numbered(11, max_tokens=20), store)  # 23 tokens each, 200 a second
        assert time.monotonic() - began > 0.4


@pytest.mark.parametrize("prompt_tokens", [9, 1000])  # as many as were sent, or more than anybody could guess
def test_a_budget_holds_whatever_is_under_way(store, prompt_tokens):
    def reply(request, number):
        time.sleep(0.02 * (number % 3))
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": 1000}
        return Said(json.dumps(json.loads(says("yes").body) | {"usage": usage}))

    with remote(reply) as server:
        _, _, outcome = ask(
            [f"{server.spec}#concurrency=64,in=1,out=1"], numbered(100, max_tokens=1000), store, budget_usd=0.0105
        )
    assert "0.0105 USD is used up" in outcome.stopped
    assert 0.008 < store.spent_usd() <= 0.0105
    assert outcome.asked == len(server.requests)


def test_a_budget_stops_before_it_is_exceeded(store):
    def reply(request, number):
        body = json.loads(says("yes").body) | {"usage": {"prompt_tokens": 1000, "completion_tokens": 1000}}
        return Said(json.dumps(body))

    with remote(reply) as server:
        spec = f"{server.spec}#concurrency=2,in=1,out=1"
        requests = numbered(100, max_tokens=1000)
        came, _, outcome = ask([spec], requests, store, budget_usd=0.0205)
        assert "0.0205 USD is used up" in outcome.stopped
        assert 0.01 < store.spent_usd() <= 0.0205
        assert len([one for one in came if one]) == outcome.asked == len(server.requests) < 12
        _, _, outcome = ask([spec], requests, store, budget_usd=0.04)  # more money: goes on where it was
        assert outcome.found == len([one for one in came if one])
        assert outcome.asked > 5


# nothing is lost


def test_no_key_is_stored(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    with remote(lambda request, number: refuses(500, "sk-very-secret") if number == 1 else says("ok")) as server:
        with Store(tmp_path / "teacher.sqlite") as store:
            ask([server.spec], numbered(3), store)
        assert server.keys[-1] == "Bearer sk-very-secret"
    assert not [path for path in tmp_path.iterdir() if b"sk-very-secret" in path.read_bytes()]


def test_two_teachers_have_keys_of_their_own(store, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "one")
    monkeypatch.setenv("OTHER_KEY", "two")
    with remote(lambda request, number: says("yes")) as first, remote(lambda request, number: says("yes")) as second:
        ask([f"a@{first.url}", f"b@{second.url}#key=OTHER_KEY"], numbered(10), store)
    assert ({*first.keys}, {*second.keys}) == ({"Bearer one"}, {"Bearer two"})


def kills(tmp_path, count, requests):
    """Kills the asking at random moments, and lets it end at last; how often each request was answered."""
    rng = random.Random(3)
    with fault_server(mean_s=0.05, spread_s=0.03, slots=8, faults=0.05, stall_s=0.3) as server:
        command = [
            sys.executable,
            str(ASKING),
            f"{server.spec}#concurrency=8",
            tmp_path / "teacher.sqlite",
            str(requests),
        ]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        lost = 0
        for _ in range(count):
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            until = len(server.log()["answered"]) + rng.randint(1, 20)
            while len(server.log()["answered"]) < until and process.poll() is None:
                time.sleep(rng.random() * 0.02)
            process.kill()
            process.wait()
            time.sleep(0.4)  # what was under way has reached nobody
            answered = server.log()["answered"]
            with Store(tmp_path / "teacher.sqlite") as store:
                assert store._value("PRAGMA integrity_check") == "ok"
                stored = {f"forklift-{one.key}" for one in numbered(requests) if store.find(one, ["model"])}
            missing = [key for key in answered if key not in stored]
            assert len(missing) - lost <= 8, "more than what was under way is lost"
            lost = len(missing)
        assert subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120).stdout == "done\n"
        twice = [key for key, times in server.log()["answered"].items() if times > 1]
    with Store(tmp_path / "teacher.sqlite") as store:
        assert store.counts()[1] == requests
    return len(twice), count


def test_a_kill_loses_only_what_is_under_way(tmp_path):
    twice, killed = kills(tmp_path, 1, 40)
    assert twice <= 8 * killed


@pytest.mark.slow
def test_twenty_kills_lose_only_what_is_under_way(tmp_path):
    twice, killed = kills(tmp_path, 20, 600)
    assert twice <= 8 * killed


def test_something_else_is_no_store(tmp_path):
    (tmp_path / "teacher.sqlite").write_text("hello " * 1000)
    with pytest.raises(WorkspaceError, match="cannot be used"):
        Store(tmp_path / "teacher.sqlite")


# through Ray


@pytest.mark.slow
def test_ray_asks_the_same_requests_and_this_process_stores_them(store):
    ray = pytest.importorskip("ray")
    from forklift.build.llm.cluster import ask_through_ray

    got = {}
    with fault_server(mean_s=0.02, spread_s=0.01, faults=0.05, stall_s=0.2) as server:
        lane = new_lane(parse_teacher(f"{server.spec}#concurrency=16"))
        requests = numbered(100)
        try:
            check = lambda text: "" if '"rows": [' in text else "no rows"  # noqa: E731 (workers get it by value)
            outcome = ask_through_ray(
                "ray", [lane], requests, store, lambda r, came: got.__setitem__(r.key, came), check
            )
        finally:
            ray.shutdown()
        assert max(server.log()["answered"].values()) == 1
    assert outcome.asked == 100 == store.counts()[1]
    assert [json.loads(got[r.key].text)["key"] for r in requests] == [f"forklift-{r.key}" for r in requests]
    assert lane.usage.calls == 100


def test_without_ray_there_is_one_line_that_says_what_to_install(store, monkeypatch):
    from forklift.build.llm.cluster import ask_through_ray

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EndpointError, match=r"pip install 'forklift-llm\[ray\]'"):
        ask_through_ray("ray", [], numbered(1), store, print, has_rows)
