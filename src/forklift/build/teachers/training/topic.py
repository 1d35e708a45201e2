"""Training wordings about topics: what several symbols and files are for together."""

from forklift.build.teachers.grammar import QUICK, TELL

_AREA = "(|handling|logic|support|code|part|machinery)"
_SYSTEM = "(|system|mechanism|subsystem|layer|feature|concept)"

TRAINING: dict[str, tuple[str, ...]] = {
    "topic": (
        f"{QUICK}how does {{repo}} (handle|implement|deal with|do|manage|support|realise) {{topic}}?",
        f"How (is|are) {{topic}} {_AREA} (implemented|handled|organised|done|built) in {{repo}}?",
        f"What is (|the purpose of |the role of |the idea behind |the meaning of ){{repo}}'s {{topic}} {_SYSTEM}?",
        f"Where (in {{repo}}|in the code|in the codebase|) is (the |){{topic}} {_AREA} (|implemented|located)?",
        f"(Which|What) (classes|components|parts|functions) (make up|implement|are behind) the {{topic}} {_SYSTEM}?",
        f"Why does {{repo}} (have|need|use|implement|provide) (a |its own |){{topic}} {_SYSTEM}?",
        f"(Explain|Describe|Summarise|Outline) {{repo}}'s {{topic}} {_SYSTEM}.",
        "(Explain|Show me) how {topic} (works|is done|is handled|is implemented) (here|in {repo}|in this code).",
        "I (want|need|have) to (change|debug|extend|understand) {topic}. (Where do I start|What should I look at)?",
        f"{TELL} (about {{topic}} in {{repo}}|how {{topic}} works|which code is about {{topic}}).",
        "The (part|code|stuff) that (handles|does|is about) {topic}, (what is it|where is it|how does it work)?",
        f"What are (the (main|key|core|built-in) |)(components|classes|pieces) of (the |){{topic}} {_SYSTEM}?",
        "(Through which|Along which|By what) (steps|classes|functions) does {topic} (go|flow|run) in {repo}?",
        "{topic}: (how|where|how does it work|overview)?",
        "(Which|What) files (are about|deal with|implement|matter for) {topic}?",
    ),
}

PAIRS = (
    "(What is the relationship|What connects|How is the interplay|What is the difference) between {topic} and {other}?",
    f"How (do|does) {{topic}} {_AREA} (depend on|work with|relate to|make use of|lead to) {{other}}?",
    "Why does {repo} (use|offer|implement|have) {topic} (beside|in addition to|together with) {other}?",
    "How does (one|the code|control) get from {other} to {topic}?",
    "(Which|What) (parts|classes|functions) (are involved|take part) in {topic} (and|when it comes to) {other}?",
    "How (is|are) {topic} (handled|implemented|organised) for {other} in {repo}?",
    "I (work on|am reading about) {topic} and {other}; (what belongs together|where do they meet)?",
)
"""Questions about two topics at once: asked with facts to read alone, since no lesson answers them."""
