"""Training wordings of facet overview."""

from forklift.build.teachers.grammar import QUICK

TRAINING: dict[str, tuple[str, ...]] = {
    "overview": (
        f"{QUICK}how does {{name}} (work|fit in|fit into the code)?",
        "What is the role of {name}?",
        "(Give me|I want|I need) an overview of {name}.",
        "What should I know about {name}?",
        "(Tell me|Explain|Teach me) (everything |all |)about {name}.",
        "(Introduce|Present) {name} to (me|a newcomer|a new developer).",
        "How is {name} (structured|organised|built|implemented)?",
        "I'm new here. What (is {name} all about|do I have to know about {name})?",
        "(Describe|Summarise) {name} (in full|completely): (place, role and relations|where, what and with whom).",
        "(Where is {name}, what is it for|What and where is {name},) and (how is it connected|what is around it)?",
        "How is the {words} (logic|part|thing) (implemented|organised|done)?",
    ),
}
