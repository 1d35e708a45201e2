"""Test wordings of facet errors."""

TEST: dict[str, tuple[str, ...]] = {
    "error_message": (
        "A user sends me the text that {name} put on the screen before giving up; how does it read?",
        "Translating every complaint that {name} utters, what is the English original?",
    ),
    "message_from": (
        'Somebody pasted "{text}" into a bug report; at which piece of code do I look first?',
        'To rephrase the sentence "{text}", whose body must be edited?',
    ),
}
