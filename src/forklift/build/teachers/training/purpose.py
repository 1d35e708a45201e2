"""Training wordings of facet purpose."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "documented_as": (
        f"{QUICK}what (does {{name}} do|is {{name}} for|is {{name}} used for)?",
        "What is the (purpose|job|task|point|responsibility) of {name}?",
        "(Explain|Describe|Summarise) (briefly |) what {name} (does|is for).",
        f"{TELL} what {{name}} (does|is for|is good for).",
        "Why (does {name} exist|would I use {name}|would I need {name})?",
        "What is {name}?",
        "{name}: what (does it do|is it for)?",
        "How (is|does) {name} (described|documented) in the (docs|code|docstring)?",
        "What (does the documentation|do the docs|does the docstring) say about {name}?",
    ),
    "described_by": (
        '(Which|What) {kind} is (described|documented) (as|like this:) "{text}"?',
        'I need something for this: "{text}". (What is it called|Which {kind} is it|What do I use)?',
        '"{text}": (which|what) {kind} is (that|this|meant)?',
        'What is the name of the {kind} (for this|with this purpose|that does this): "{text}"?',
        '(Find|Name|Give me) the {kind} (documented as|for): "{text}".',
        '(Which|What) part of the code (has this purpose|is for this): "{text}"?',
        'Is there a {kind} for this? "{text}"',
        'The docs say "{text}". (Of what|About which {kind}|Which {kind} is that)?',
        "(Which|What) {kind} {doing}?",
        "(Which|What) (part|piece|bit) of the code {doing}?",
        "I need (something|code|a helper) that {doing}. (Is there any|What do I use|Does it exist)?",
        "The (part|thing|code|stuff) that {doing}: (what is it called|which one is it|where is it)?",
        "(Who|What) (here|in this code) {doing}?",
    ),
}
