"""Training wordings of facet reasons."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "reason": (
        f"{QUICK}why (does {{name}} do it|is {{name}} (written|done|made)) (so|like that|this way)?",
        "What (reason|explanation|rationale) (do the comments|does the code|does a comment) give (in|for) {name}?",
        "(Explain|Give me) the (rationale|thinking|idea) behind the code of {name}.",
        f"{TELL} why {{name}} does what it does.",
        "{name}: why (so|like this|this way)?",
        "What is the reasoning in (the comments of|the code of|) {name}?",
        "(Is there|Does a comment give) a reason for how {name} (works|is written|does it)?",
    ),
    "caution": (
        f"{QUICK}what (should I|do I have to|must I) (watch out for|beware of|be careful about) in {{name}}?",
        "(Is|What is) (tricky|special|unusual|noteworthy) (about|in) {name}?",
        "(Are there any|Which) (pitfalls|traps|warnings|caveats|workarounds|hacks) (are there |)in {name}?",
        f"{TELL} what the (comments|notes) in {{name}} warn (of|about).",
        "{name}: (caveats|pitfalls|notes|anything to watch out for)?",
        "What should I know before I (change|touch|edit|use) {name}?",
    ),
    "reason_for": (
        f'{QUICK}(which|what) (code|function|part) is (done|written) so for this reason: "{{text}}"?',
        'Where in the code (is|stands) this (reason|explanation): "{text}"?',
        '"{text}": (which|what) (code|part of the code) is that (a reason|an explanation) (for|of)?',
        '(Find|Name|Show me) the code with this (reason|explanation|rationale): "{text}".',
        f'{TELL} (which|what) code (gives|has) the (reason|explanation) "{{text}}".',
        'A comment says "{text}". (Where|In which function|In what part of the code)?',
    ),
}
