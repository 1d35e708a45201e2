"""Test wordings about topics."""

TEST: dict[str, tuple[str, ...]] = {
    "topic": (
        "My next ticket concerns {topic}. Name the relevant places and what they contain.",
        "A newcomer keeps asking me about {topic}; what would the authors reply?",
        "On the subject of {topic}, who does the work inside {repo}?",
        "Give a guided tour of everything around {topic}.",
    ),
}
