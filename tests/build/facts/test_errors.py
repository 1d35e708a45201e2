"""The messages of failures."""

import pytest
from stating import objects, sources, texts

from forklift.build.facts import errors
from forklift.build.facts.errors import message_of

FILES = {
    "shop.py": """\
def sell(item):
    if not item:
        raise ValueError(
            f"nothing was chosen by {item!r}"
        )
    raise KeyError("this shop is closed today")


def buy(item):
    raise KeyError("this shop is closed today")


def look(item):
    raise KeyError(item)
""",
    "shop.go": 'package shop\n\nimport "errors"\n\nfunc Open(key int) error {\n'
    '\treturn errors.New("the door stays locked")\n}\n',
    "shop.js": "function close() { throw new TypeError('everything is shut already'); }\n",
}


def test_messages_and_the_functions_they_come_from(view_of_files):
    facts = list(errors.facts(view_of_files(FILES)))
    assert texts(facts, "error_message") == {
        "sell": "nothing was chosen by...",
        "Open": "the door stays locked",
        "close": "everything is shut already",
    }  # of a message that two functions give, nobody can tell where it came from
    assert objects(facts, "message_from")["the door stays locked"] == ("Open",)
    assert objects(facts, "error_message")["close"] == ("TypeError",)
    assert sources(facts, "message_from")["nothing was chosen by..."] == [("error_message", "sell")]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ('raise E("one two three words")', "one two three words"),
        ("raise E('three or four words ' + name)", "three or four words..."),
        ('raise E("one two " "three four %s" % name)', "one two three four..."),
        ("raise E('one two ' +\n  'three four')", "one two three four"),
        ('raise E(\n  "one two three."\n  f" Four is {five}."\n)', "one two three. Four is..."),
        ('raise E(name, "one two three words")', ""),  # the first argument is something else
        ('raise E(f"{x} two three words")', ""),
        ('raise E("short")', ""),
        ("raise E('it is `quoted` code here')", ""),
    ],
)
def test_only_messages_that_say_something(statement, message):
    assert message_of(statement, "E") == message
