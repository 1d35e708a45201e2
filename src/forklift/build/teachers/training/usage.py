"""Training wordings of facet usage."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "example": (
        f"{QUICK}(where|in which file) (do I find|is there) an example of (how to use |){{name}}?",
        "(Show|Give) me an example of {name}.",
        "How do I (call|use|create|invoke) {name}?",
        f"{TELL} how {{name}} is called in practice.",
        "{name}: (example|usage)?",
        "What does a (typical |real |)call of {name} look like?",
        "How is {name} used in (practice|real code|other code)?",
    ),
    "tested_by": (
        f"{QUICK}(which|what) tests (cover|exercise|check|test) {{name}}?",
        "(Where|How|By which tests) is {name} (tested|covered)?",
        "(List|Name|Show me) the tests (of|for) {name}.",
        f"{TELL} (which tests {{name}} has|where {{name}} is tested).",
        "{name}: (tests|tested where)?",
        "I (changed|touched) {name}. Which tests should I run?",
    ),
    "exercises": (
        f"{QUICK}what does the test {{name}} (test|exercise|check|cover)?",
        "(Which|What) (code|functions|part of the code) does the test {name} (call|exercise|cover)?",
        f"{TELL} what is tested (by|in) {{name}}.",
        "{name}: (what is tested|tests what)?",
        "The test {name} fails. (Which|What) (code|functions) should I look at?",
        "(List|Name|Show me) what the test {name} (calls|covers|exercises).",
    ),
}
