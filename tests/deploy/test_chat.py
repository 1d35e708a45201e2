"""The OpenAI-compatible API over real HTTP, with the official client and without."""

import json
import threading

import httpx
import openai
import pytest
from serving import Scripted, serving, wait_until

from forklift.answerers.wishes import Decoding
from forklift.deploy import create_app
from forklift.errors import ModelError

ANSWER = ("`Truck` ", "is in ", "`warehouse/truck.py`", ", not ", "`Trukc`", ".")
TEXT = "".join(ANSWER)
HELLO = [{"role": "user", "content": "What is Truck?"}]


@pytest.fixture(scope="module")
def served(lift, index):
    model = Scripted(*ANSWER)
    with serving(create_app(lift, {"base": Scripted("Hi"), "sft": model}, index)) as url:
        yield url, model


@pytest.fixture
def url(served):
    return served[0]


@pytest.fixture
def model(served):
    served[1].calls.clear()
    served[1].read.clear()
    return served[1]


@pytest.fixture
def client(url):
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


def post(url, body, **options):
    return httpx.post(f"{url}/v1/chat/completions", json=body, timeout=20, **options)


def ask(**fields):
    return {"model": "sft", "messages": HELLO, **fields}


def test_models_are_listed_and_shown(client):
    extras = ("", "+retrieval", "+checked", "+retrieval+checked")
    assert [model.id for model in client.models.list()] == [
        f"{name}{more}" for name in ("base", "sft") for more in extras
    ]
    assert client.models.retrieve("sft").owned_by == "forklift"
    for name in ("gpt-9", "sft+luck", "sft+checked+checked", "+checked", "sft+"):
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve(name)


def test_retrieval_puts_facts_before_the_question(client, model):
    said = client.chat.completions.create(model="sft+retrieval", messages=[*HELLO, *HELLO])
    first, last = (message["content"] for message in model.read[0])
    assert first == HELLO[0]["content"]
    assert "warehouse/truck.py:6" in last
    assert last.endswith(HELLO[0]["content"])
    assert said.model == "sft+retrieval"
    assert len(last.split()) <= Scripted.max_tokens // 4 + 20


def test_checked_models_write_only_names_that_exist(client, model):
    client.chat.completions.create(model="sft", messages=HELLO)
    client.chat.completions.create(model="sft+checked", messages=HELLO)
    free, checked = model.calls
    assert free.allows is None
    assert checked.allows("The `", "Truck`")
    assert not checked.allows("The `", "Lorry`")


def test_retrieval_for_a_follow_up_is_about_what_it_refers_to(client, model):
    turns = [*HELLO, {"role": "assistant", "content": "A lorry."}, {"role": "user", "content": "And who uses it?"}]
    client.chat.completions.create(model="sft+retrieval", messages=turns)
    *earlier, last = model.read[0]
    assert [each["content"] for each in earlier] == ["What is Truck?", "A lorry."]
    assert "warehouse/truck.py:6" in last["content"]
    assert last["content"].endswith("Question: And who uses it?")


def test_a_correction_is_about_what_was_asked_and_not_about_what_was_retrieved(lift, index):
    with serving(create_app(lift, {"sft": Scripted("There is no such thing.")}, index)) as url:
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        asked = [{"role": "user", "content": "Who lifts a pallet with a helicopter?"}]
        answer = client.chat.completions.create(model="sft+retrieval", messages=asked)
    assert answer.choices[0].message.content == "There is no such thing."


def test_a_denial_whose_closest_name_is_what_was_asked_is_corrected(lift, index):
    denial = "There is no `Truck` in warehouse. The closest name is `Truck`."
    with serving(create_app(lift, {"sft": Scripted(denial)}, index)) as url:
        whole = post(url, {"model": "sft", "messages": HELLO}).json()
        streamed = post(url, {"model": "sft", "messages": HELLO, "stream": True}).text
    said = whole["choices"][0]["message"]["content"]
    assert said.startswith(f"{denial}\n\nCorrection from the index: `Truck` (warehouse/truck.py:6)")
    assert whole["forklift"][-2] | {"start": 0, "end": 0} == {
        "choice": 0, "text": "Truck", "start": 0, "end": 0, "exists": True, "path": "warehouse/truck.py", "line": 6,
        "kind": "class", "closest": None,
    }  # fmt: skip
    assert "Correction from the index: `Truck`" in streamed


def test_whole_answer_with_the_official_client(client):
    done = client.chat.completions.create(model="sft", messages=HELLO)
    assert done.choices[0].message.content == TEXT
    assert done.choices[0].finish_reason == "stop"
    assert done.object == "chat.completion"
    assert done.id.startswith("chatcmpl-")
    assert done.usage.prompt_tokens == 3
    assert done.usage.completion_tokens == len(ANSWER)
    assert done.usage.total_tokens == 3 + len(ANSWER)


def test_names_are_checked_against_the_repository(url):
    names = {name["text"]: name for name in post(url, ask()).json()["forklift"]}
    assert names["Truck"]["exists"]
    assert names["Truck"]["path"] == "warehouse/truck.py"
    assert names["Truck"]["line"] == 6
    assert names["Truck"]["kind"] == "class"
    assert TEXT[names["Truck"]["start"] : names["Truck"]["end"]] == "Truck"
    assert names["warehouse/truck.py"]["exists"]
    assert names["Trukc"]["path"] is None
    assert not names["Trukc"]["exists"]
    assert names["Trukc"]["closest"] == "Truck"


def test_stream_with_the_official_client(client):
    chunks = list(client.chat.completions.create(model="sft", messages=HELLO, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TEXT
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert {name["text"] for name in chunks[-1].forklift} == {"Truck", "warehouse/truck.py", "Trukc"}
    assert all(chunk.usage is None for chunk in chunks)


def test_stream_carries_usage_when_asked(client):
    options = {"include_usage": True}
    *_, last = client.chat.completions.create(model="sft", messages=HELLO, stream=True, stream_options=options)
    assert last.choices == []
    assert last.usage.completion_tokens == len(ANSWER)


def test_stream_is_made_of_events_and_ends_with_done(url):
    response = post(url, ask(stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    events = response.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(json.loads(event.removeprefix("data: ")) for event in events[:-2])


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_length_ends_an_answer(url, field):
    done = post(url, ask(**{field: 2})).json()
    assert done["choices"][0]["message"]["content"] == "".join(ANSWER[:2])
    assert done["choices"][0]["finish_reason"] == "length"
    assert done["usage"]["completion_tokens"] == 2


@pytest.mark.parametrize(
    ("stop", "text"),
    [
        ("is", "`Truck` "),
        (["zzz", "use/tr"], "`Truck` is in `wareho"),
        ("`.", "".join(ANSWER[:4]) + "`Trukc"),
        ("nope", TEXT),
    ],
)
def test_stop_sequences_end_an_answer_even_across_pieces(url, stop, text):
    done = post(url, ask(stop=stop)).json()
    assert done["choices"][0]["message"]["content"] == text
    assert done["choices"][0]["finish_reason"] == "stop"


def test_settings_reach_the_model(url, model):
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    messages = [{"role": "developer", "content": "Be brief"}, {"role": "user", "content": parts}]
    body = ask(messages=messages, temperature=0.5, top_p=0.9, seed=7, max_tokens=9, n=1, user="me", made_up=[1])
    assert post(url, body).status_code == 200
    assert model.read == [[{"role": "system", "content": "Be brief"}, {"role": "user", "content": "one\ntwo"}]]
    (wish,) = model.calls
    assert (wish.prompt, wish.max_tokens, wish.decoding) == ((0, 1, 2, 3), 9, Decoding(0.5, 0.9, 7))


def test_defaults_are_greedy_and_null_means_unset(url, model):
    post(url, ask(temperature=None, stop=None, max_tokens=None, stream_options=None))
    assert model.calls[0].decoding.temperature == 0.0
    assert model.calls[0].max_tokens == model.max_tokens - 3  # what the context leaves


def test_without_a_seed_each_answer_is_drawn_anew(url, model):
    for _ in range(2):
        post(url, ask(temperature=1.0))
    assert len({wish.decoding.seed for wish in model.calls}) == 2


def test_several_answers_to_one_question(url, client, model):
    done = client.chat.completions.create(model="sft", messages=HELLO, n=3, seed=5)
    assert [choice.index for choice in done.choices] == [0, 1, 2]
    assert {choice.message.content for choice in done.choices} == {TEXT}
    assert [wish.decoding.seed for wish in model.calls] == [5, 6, 7]
    assert done.usage.prompt_tokens == 3
    assert done.usage.completion_tokens == 3 * len(ANSWER)
    assert {name["choice"] for name in done.forklift} == {0, 1, 2}
    texts = ["", ""]
    for chunk in client.chat.completions.create(model="sft", messages=HELLO, n=2, stream=True):
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert texts == [TEXT, TEXT]


def test_names_are_checked_while_the_answer_comes(client):
    chunks = list(client.chat.completions.create(model="sft", messages=HELLO, stream=True))
    early = [name for chunk in chunks[:-1] for name in getattr(chunk, "forklift", None) or []]
    assert early == chunks[-1].forklift[: len(early)]
    assert [name["text"] for name in early] == ["Truck", "warehouse/truck.py"]


def test_plain_completions(client, model):
    done = client.completions.create(model="sft", prompt="Truck is", max_tokens=50)
    assert (done.object, done.choices[0].text, done.choices[0].finish_reason) == ("text_completion", TEXT, "stop")
    assert model.read == ["Truck is"]
    assert done.usage.prompt_tokens == 2
    done = client.completions.create(model="sft", prompt=["One", "Two"], n=2, max_tokens=1, echo=True)
    assert [choice.text for choice in done.choices] == [f"{word}{ANSWER[0]}" for word in ("One", "One", "Two", "Two")]
    assert [choice.index for choice in done.choices] == [0, 1, 2, 3]
    assert {choice.finish_reason for choice in done.choices} == {"length"}


def test_plain_completions_stream(client):
    chunks = list(client.completions.create(model="sft", prompt="Truck is", stream=True, echo=True, max_tokens=50))
    assert "".join(chunk.choices[0].text for chunk in chunks) == f"Truck is{TEXT}"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert {name["text"] for name in chunks[-1].forklift} == {"Truck", "warehouse/truck.py", "Trukc"}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"prompt": None}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": [[1]]}, "prompt.0"),
        ({"prompt": "a", "suffix": "b"}, "suffix"),
        ({"prompt": "a", "logprobs": 3}, "logprobs"),
    ],
)
def test_bad_fields_of_plain_completions_are_named(url, fields, param):
    response = httpx.post(f"{url}/v1/completions", json={"model": "sft", **fields})
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 3}]}]}, "messages.0.content"),
        ({"model": 3}, "model"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": -1}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"seed": 2**70}, "seed"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": ""}, "stop"),
        ({"n": 0}, "n"),
        ({"n": 9}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": "yaml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": "x"}}},
            "response_format.json_schema.schema",
        ),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_bad_fields_are_named(url, model, fields, param):
    response = post(url, ask(**fields))
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith(param)
    assert set(error) == {"message", "type", "param", "code"}
    assert model.calls == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b'"\xff"', b"[" * 100_000, b"1" * 5000])
def test_what_is_no_json_object_is_refused(url, body):
    response = httpx.post(f"{url}/v1/chat/completions", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b'"\\ud800"', b"NaN"])
def test_odd_json_values_are_refused(url, body):
    whole = b'{"model": "sft", "messages": [{"role": "user", "content": %s}]}' % body
    response = httpx.post(f"{url}/v1/chat/completions", content=whole)
    assert response.status_code == 400


def test_unknown_model(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-9", messages=HELLO)
    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"
    assert "base, sft" in str(caught.value)


def test_input_longer_than_the_context(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="sft", messages=[{"role": "user", "content": "word " * 101}])
    assert caught.value.code == "context_length_exceeded"


def test_answer_is_cut_to_what_the_context_leaves(url, model):
    post(url, ask(messages=[{"role": "user", "content": "word " * 98}], max_tokens=50))
    assert model.calls[0].max_tokens == 2


@pytest.mark.parametrize("chunked", [False, True])
def test_body_too_large(url, chunked):
    body = b" " * 1_000_001
    content = (body[at : at + 50_000] for at in range(0, len(body), 50_000)) if chunked else body
    response = httpx.post(f"{url}/v1/chat/completions", content=content)
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "request_too_large"


def test_unknown_route_and_method_have_openai_bodies(url):
    assert httpx.get(f"{url}/v1/nothing").json()["error"]["type"] == "invalid_request_error"
    response = httpx.get(f"{url}/v1/chat/completions")
    assert response.status_code == 405
    assert "error" in response.json()


def test_failing_model_is_an_error_body_in_both_ways(lift, index):
    model = Scripted("some ", "text", error=ModelError("out of memory"))
    with serving(create_app(lift, {"sft": model}, index)) as url:
        whole = post(url, ask())
        streamed = post(url, ask(stream=True))
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.APIError, match="out of memory"):
            list(client.chat.completions.create(model="sft", messages=HELLO, stream=True))
    assert whole.status_code == 500
    assert whole.json()["error"]["message"] == "out of memory"
    assert streamed.status_code == 200
    assert json.loads(streamed.text.split("\n\n")[-2].removeprefix("data: "))["error"]["code"] == "model_error"


def test_what_breaks_inside_is_not_told(lift, index):
    with serving(create_app(lift, {"sft": Scripted(error=RuntimeError("secret"))}, index)) as url:
        response = post(url, ask())
    assert response.status_code == 500
    assert response.json()["error"]["type"] == "server_error"
    assert "secret" not in response.text


def test_too_many_waiting_requests_are_told_when_to_retry(lift, index):
    model = Scripted("done")
    model.gate.clear()
    answers = []
    with serving(create_app(lift, {"sft": model}, index, at_once=1, waiting_limit=2)) as url:
        threads = [threading.Thread(target=lambda: answers.append(post(url, ask()))) for _ in range(6)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(answers) == 3)
        streamed = post(url, ask(stream=True))
        assert len(model.calls) == 1  # one at a time
        model.gate.set()
        for thread in threads:
            thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 429, 429, 429]
    assert streamed.status_code == 429
    assert int(streamed.headers["retry-after"]) > 0
    assert streamed.json()["error"]["code"] == "rate_limit_exceeded"
    assert len(model.calls) == 3


def leave_a_stream(url):
    with httpx.stream("POST", f"{url}/v1/chat/completions", json=ask(stream=True), timeout=20) as response:
        next(response.iter_lines())


def leave_while_waiting(url):
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{url}/v1/chat/completions", json=ask(), timeout=0.3)


@pytest.mark.parametrize("leave", [leave_a_stream, leave_while_waiting])
def test_client_that_leaves_ends_the_generation(lift, index, leave):
    model = Scripted(*["word "] * 90, pause_s=0.05)
    with serving(create_app(lift, {"sft": model}, index, at_once=1, waiting_limit=0)) as url:
        leave(url)
        assert model.cancelled.wait(3)
        model.pause_s = 0.0
        wait_until(lambda: post(url, ask()).status_code == 200)  # its place in line is free again


def test_answers_are_written_side_by_side(lift, index):
    model = Scripted(*["word "] * 20, pause_s=0.05)
    with serving(create_app(lift, {"sft": model}, index)) as url:
        slow = threading.Thread(target=post, args=(url, ask()))
        slow.start()
        wait_until(lambda: model.calls)
        assert post(url, ask(max_tokens=2)).status_code == 200
        assert slow.is_alive()
        slow.join()


def test_a_closing_server_says_so(lift, index):
    model = Scripted(*["word "] * 90, pause_s=0.05)
    app = create_app(lift, {"sft": model}, index)
    with serving(app) as url:
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(post(url, ask())))
        waiting.start()
        wait_until(lambda: model.calls)
        app.state.closing.set()
        waiting.join()
    assert answers[0].status_code == 503
    assert answers[0].json()["error"]["code"] == "server_stopping"
