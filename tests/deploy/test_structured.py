"""`response_format`: JSON objects and JSON by a schema, from the embedded model by the official client."""

import json

import httpx
import jsonschema
import openai
import pytest
from serving import Scripted, serving

from forklift.answerers.language_model import load_language_model
from forklift.config import EMBEDDED_MODEL
from forklift.deploy import create_app

SCHEMA = {
    "type": "object",
    "properties": {
        "language": {"type": "string", "enum": ["Python", "C"]},
        "names": {"type": "array", "items": {"type": "string", "maxLength": 12}, "maxItems": 2},
        "lines": {"type": "integer"},
    },
    "required": ["language", "names", "lines"],
    "additionalProperties": False,
}
ASKED = [{"role": "user", "content": "Describe the list type of Python as JSON."}]


def by_schema(schema):
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}


@pytest.fixture(scope="module")
def url(lift, index):
    model = load_language_model(EMBEDDED_MODEL)
    with serving(create_app(lift, {"base": model}, index)) as url:
        yield url


@pytest.fixture
def client(url):
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=200)


def test_answers_follow_the_schema(client):
    done = client.chat.completions.create(
        model="base", messages=ASKED, response_format=by_schema(SCHEMA), n=3, temperature=1.0, seed=1, max_tokens=100
    )
    for choice in done.choices:
        assert choice.finish_reason == "stop"
        jsonschema.validate(json.loads(choice.message.content), SCHEMA)
    assert len({choice.message.content for choice in done.choices}) > 1


@pytest.mark.parametrize("name", ["base+checked", "base+retrieval"])
def test_what_else_is_asked_of_the_model_goes_with_it(client, name):
    done = client.chat.completions.create(model=name, messages=ASKED, response_format=by_schema(SCHEMA), max_tokens=100)
    jsonschema.validate(json.loads(done.choices[0].message.content), SCHEMA)


def test_a_stream_is_the_same_json_in_pieces(client):
    options = {"messages": ASKED, "response_format": by_schema(SCHEMA), "max_tokens": 100}
    whole = client.chat.completions.create(model="base", **options).choices[0].message.content
    chunks = [*client.chat.completions.create(model="base", stream=True, **options)]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
    assert len(chunks) > 5
    jsonschema.validate(json.loads(whole), SCHEMA)


def test_any_object_will_do_without_a_schema(client):
    done = client.chat.completions.create(
        model="base", messages=ASKED, response_format={"type": "json_object"}, max_tokens=24
    )
    (choice,) = done.choices
    assert choice.message.content.startswith("{")
    if choice.finish_reason == "stop":
        assert isinstance(json.loads(choice.message.content), dict)


def test_max_tokens_cut_and_the_reason_says_so(client):
    done = client.chat.completions.create(model="base", messages=ASKED, response_format=by_schema(SCHEMA), max_tokens=4)
    (choice,) = done.choices
    assert choice.finish_reason == "length"
    assert done.usage.completion_tokens == 4
    assert choice.message.content.startswith('{"')


def test_text_is_as_without_a_format(client):
    said = [
        client.chat.completions.create(model="base", messages=ASKED, max_tokens=8, **more).choices[0].message.content
        for more in ({}, {"response_format": {"type": "text"}})
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "nothing"}, "Invalid type"),
        ({"type": "object", "properties": 3}, "properties"),
        ({"not": {}}, "Unimplemented keys"),
        ({"$ref": "http://127.0.0.1:1/schema"}, "not present"),
        ({"enum": []}, "Unsatisfiable"),
    ],
)
def test_a_schema_that_cannot_be_followed_is_refused(client, schema, said):
    with pytest.raises(openai.BadRequestError, match=said) as caught:
        client.chat.completions.create(model="base", messages=ASKED, response_format=by_schema(schema))
    assert caught.value.param == "response_format.json_schema.schema"
    assert caught.value.code == "invalid_value"


def test_nothing_is_added_to_json(lift, index):
    """A denial of what exists is followed by a correction in text alone."""

    class Denying(Scripted):
        def grammar(self, schema):
            return schema

    said = json.dumps({"answer": "There is no `Truck`."})
    question = [{"role": "user", "content": "What is `Truck`?"}]
    with serving(create_app(lift, {"sft": Denying(said)}, index)) as url:
        texts = [
            httpx.post(f"{url}/v1/chat/completions", json={"model": "sft", "messages": question, **more}).json()
            for more in ({}, {"response_format": {"type": "json_object"}})
        ]
    text, form = (each["choices"][0]["message"]["content"] for each in texts)
    assert form == said
    assert text.startswith(said)
    assert len(text) > len(said)
