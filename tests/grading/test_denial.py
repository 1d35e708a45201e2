"""Which answers say that something does not exist, and which only sound like it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.grading import abstains, denies

DENIALS = [
    "There is no such thing.",
    "There is no `Stokc` in shop.",
    "There is no Stokc in shop. The closest name is Stock.",
    "There is no function `load_all` in this repository.",
    "There's no `timeout` option here.",
    "There are no functions named `sell`.",
    "The code base does not contain a function called `sell`.",
    "The repository doesn't have any class named `Sale`.",
    "`Stock` has no method `sell_items`.",
    "`Stock.sell_items` does not exist.",
    "That method does not exist.",
    "It doesn't exist.",
    "It does not seem to exist in this repository.",
    "The function `sell` does not exist in this repository.",
    "I checked, and `Stokc` does not exist.",
    "`Stokc` does not appear in this repository.",
    "`Stokc` is not defined in this repository.",
    "`Stokc` is not in the code base.",
    "`Stokc` could not be found in the repository.",
    "No such function exists.",
    "If I read the code rightly, `Stokc` does not exist.",
]
NO_DENIALS = [
    "`load` has no parameters.",
    "`load` takes no parameters and returns `bytes`.",
    "It takes no arguments and calls `want_bytes`.",
    "There is no return value.",
    "There are no parameters.",
    "There is no default value for `salt`.",
    "There is no need to call `close`.",
    "There is no difference between `loads` and `load`.",
    "There is no guarantee that `close` is called.",
    "There are no tests for `Stock`.",
    "There are no known subclasses.",
    "`Stock` has no base class.",
    "`refund` raises no `ValueError`.",
    "It does not exist in older versions.",
    "`Signer.derive_key` does not exist in older versions.",
    "`Flask.json_encoder` does not exist anymore; use `Flask.json`.",
    "Raises KeyError if the key does not exist.",
    "Raises `KeyError` if `name` does not exist.",
    "If the file does not exist, it is created.",
    "Creates the table when it does not exist.",
    "Returns None when the user does not exist, else the user.",
    "Since `cache` does not exist yet, it is created.",
    "A template that does not exist raises `TemplateNotFound`.",
    "It fails when `secret_key` is not defined.",
    "It is no longer called by `Serializer`.",
    "It no longer needs `salt`.",
    "It has no effect on `Signer`.",
    "The method does not have a return value.",
    "`Order` does not define its own `__init__`.",
    "`_make` is not part of the public interface.",
    "It is not a class but a function.",
    "It does not contain any logic.",
    "The response does not contain a body.",
    "`voucher` is not in the cache.",
    "FileNotFoundError: No such file or directory.",
    "The parser is not aware of comments.",
    "No function calls `place_order`.",
    '`load` is documented as: "Loads the file, or tells that there is no `foo` when it does not exist".',
    "`load` is documented as: “Raised if a name does not exist. I don't know.”",
    '```python\nraise KeyError("x does not exist")\n# there is no `foo`\n```',
]


@pytest.mark.parametrize("answer", DENIALS)
def test_denials_are_understood(answer):
    assert denies(answer)
    assert abstains(answer)


@pytest.mark.parametrize("answer", NO_DENIALS)
def test_what_exists_may_lack_something(answer):
    assert not denies(answer)
    assert not abstains(answer)


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "A ", "`", "`a ", '"', '" a', "no ", "there is no ", "the ", "it does not ", "if ", "```\n", "a_"],
)
@pytest.mark.parametrize("end", ["", "\n", " does not exist"])
def test_no_text_costs_the_square_of_its_length(piece, end):
    started = time.process_time()
    abstains(piece * (20_000 // len(piece)) + end)
    assert time.process_time() - started < 0.5


@given(st.text(max_size=200))
def test_documentation_quoted_after_a_name_never_denies(doc):
    quoted = doc.replace('"', "'").replace("\n", " ").replace("`", "'")
    assert not abstains(f'`load` is documented as: "Returns {quoted}".')
