"""Training wordings of facet configuration."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "value": (
        f"{QUICK}what is the value of {{name}}?",
        "What (value|setting) does {name} have?",
        "What is {name} (set to|equal to|defined as)?",
        f"{TELL} (the value of {{name}}|what {{name}} is set to).",
        "(Give|Show) me the value of {name}.",
        "{name} (equals|is) (what|which value)?",
        "{name}: (value|what value)?",
        "To what is {name} (set|initialised)?",
    ),
}
