"""Answers that are JSON by a schema, written by a model that knows nothing."""

import json

import jsonschema
import pytest

from forklift.answerers.language_model import load_language_model
from forklift.answerers.wishes import Decoding, Wish

SCHEMA = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["class", "function"]},
        "lines": {"type": "array", "items": {"type": "integer", "maximum": 99}, "maxItems": 2},
        "told": {"type": "string", "maxLength": 4},
        "next": {"anyOf": [{"type": "null"}, {"$ref": "#"}]},
    },
    "required": ["kind", "lines", "told"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def model(tiny_model):
    return load_language_model(tiny_model)


def written(model, schemas, **options):
    """What the model writes by each schema, side by side; None stands for no schema."""
    prompt = tuple(model.encode([{"role": "user", "content": "What is Stock?"}]))
    writer, texts, finishes = model.writer(), {}, {}
    for n, schema in enumerate(schemas):
        decoding = Decoding(options.get("temperature", 1.0), options.get("top_p", 1.0), n)
        grammar = None if schema is None else model.grammar(schema)
        wish = Wish(prompt, options.get("max_tokens", 150), decoding, allows=options.get("allows"), grammar=grammar)
        texts[writer.begin(wish)] = ""
    while writer.running or writer.waiting:
        for key, piece in writer.step():
            texts[key] += piece.text
            finishes[key] = piece.finish
    return [(texts[key], finishes[key]) for key in texts]


@pytest.mark.parametrize("top_p", [1.0, 0.8])
def test_whole_answers_follow_the_schema(model, top_p):
    whole = [text for text, finish in written(model, [SCHEMA] * 12, top_p=top_p) if finish == "stop"]
    assert len(whole) > 6
    for text in whole:
        jsonschema.validate(json.loads(text), SCHEMA)


def test_one_schema_binds_no_other_answer(model):
    alone = written(model, [None], temperature=0.0)
    beside = written(model, [None, SCHEMA, {"type": "boolean"}], temperature=0.0)
    assert beside[0] == alone[0]
    assert beside[2][0] in ("true", "false")
    assert beside[1][0].startswith('{"kind": "')


def test_one_grammar_serves_many_answers(model):
    grammar = model.grammar({"enum": ["one", "two"]})
    writer = model.writer()
    keys = [writer.begin(Wish((4, 5), 20, Decoding(1.0, 1.0, n), grammar=grammar)) for n in range(4)]
    texts = dict.fromkeys(keys, "")
    while writer.running or writer.waiting:
        for key, piece in writer.step():
            texts[key] += piece.text
    assert {*texts.values()} <= {'"one"', '"two"'}


def test_compiled_code_writes_by_the_schema_too(model):
    model.decoder.prepare().result()
    steps, plain = [], model.decoder.logits
    model.decoder.logits = lambda *args: steps.append(1) or plain(*args)
    try:
        ((text, finish),) = written(model, [{"enum": ["sturdy pallets"]}])
    finally:
        model.decoder.logits = plain
    assert (text, finish) == ('"sturdy pallets"', "stop")
    assert len(steps) > 3


def test_an_answer_that_is_cut_says_so(model):
    ((text, finish),) = written(model, [SCHEMA], max_tokens=5)
    assert finish == "length"
    assert text
    assert '{"kind": "'.startswith(text[:10])


def test_the_schema_has_the_last_word_over_names(model):
    """Where symbol-checked decoding allows nothing that the schema allows."""
    ((text, finish),) = written(model, [{"enum": ["abc"]}], allows=lambda before, piece: not piece)
    assert (text, finish) == ('"abc"', "stop")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "strin"}, "Invalid type"),
        ({"$ref": "#/nope"}, "/nope"),
        ({"$ref": "https://example.com/schema.json"}, "not present"),
        ({"$ref": "file:///etc/hostname"}, "not present"),
        ({"not": {"type": "string"}}, "not"),
        ({"type": "string", "pattern": "("}, "unclosed group"),
        ({"type": "string", "minLength": 5, "maxLength": 2}, "minLength"),
        ({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "NoExtension"),
    ],
)
def test_what_nobody_can_write_is_refused(model, schema, said):
    with pytest.raises(ValueError, match=said) as error:
        model.grammar(schema)
    assert "\n<state>" not in str(error.value)


def test_a_schema_of_any_depth_is_refused_or_read(model):
    schema = {"type": "string"}
    for _ in range(400):
        schema = {"type": "array", "items": schema}
    with pytest.raises(ValueError, match="recursion"):
        model.grammar(schema)


def test_a_grammar_that_fails_ends_its_answer_alone(model):
    failed = model.grammar({"type": "boolean"})
    failed.consume_token(model.encode_text("{")[0])  # as when a schema takes more than llguidance allows
    assert failed.is_error()
    writer = model.writer()
    keys = [writer.begin(Wish((4, 5), 20, grammar=each)) for each in (failed, model.grammar({"type": "boolean"}))]
    finishes = {}
    while writer.running or writer.waiting:
        finishes |= {key: piece.finish for key, piece in writer.step()}
    assert [finishes[key] for key in keys] == ["length", "stop"]
