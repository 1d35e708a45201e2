"""Training wordings of facet errors."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "error_message": (
        f"{QUICK}(what|which) (error message|message) does {{name}} (give|print|raise)?",
        "What does {name} say when (it fails|something goes wrong)?",
        "(Quote|Give me|Show me) (the|an) error message (of|from) {name}.",
        f"{TELL} (what the error message of {{name}} says|the message of the error in {{name}}).",
        "{name}: (error message|error text)?",
        "With (which|what) (words|text|message) does {name} (complain|fail)?",
    ),
    "message_from": (
        f'{QUICK}where does the (message|error|error message) "{{text}}" come from?',
        'I (see|get|got) "{text}". (What raised it|Which function says that|Where is that)?',
        '"{text}": (which function is that|raised where|where does that come from)?',
        'Who (says|raises|complains) "{text}"?',
        '(Find|Show me|Name) the function that (says|raises|fails with) "{text}".',
        f'{TELL} which function (fails with|gives the error) "{{text}}".',
    ),
}
