"""Training wordings of facet tasks."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "how_to": (
        f"{QUICK}how (do|can|would|should) (I|you|one|we) {{name}}?",
        "How to {name}?",
        "(Show|Explain to|Teach) me how to {name}.",
        f"{TELL} how to {{name}}.",
        "I (want|need|have|would like) to {name}. (How|What do I do|Where do I begin|Where do I look)?",
        "What do I need to {name}?",
        "(Which|What) part of the (docs|documentation) shows how to {name}?",
        "(Is there a|Give me the|Find the) (guide|recipe|tutorial|how-to) to {name}.",
        "What are the steps to {name}?",
    ),
    "used_to": (
        f"{QUICK}(for which tasks|to do what) (do the docs|does the documentation) use {{name}}?",
        "What (do|can) I (achieve|get done) with {name}(| by the docs)?",
        "(Which|What) (guides|how-tos|recipes|tutorials) use {name}?",
        f"{TELL} (what one does|what I can do) with {{name}}.",
        "{name}: (what can I do with it|in which guides|useful for what)?",
        "When (do|would) I need {name}(| in practice)?",
        "(Name|List|Show me) (the tasks|what) {name} helps with.",
    ),
}
