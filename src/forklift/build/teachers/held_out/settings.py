"""Test wordings of facet configuration, beside constants."""

TEST: dict[str, tuple[str, ...]] = {
    "read_from_environment": (
        "A deployment script exports {name}; whose behaviour bends to it?",
        "Searching for the consumer of {name} as set by the shell, at what place do I end?",
    ),
    "reads_environment": (
        "Sandboxing {name}, what must the shell around it keep hidden or provide?",
        "Without touching any argument, how could an operator steer {name}?",
    ),
    "options": (
        "Typing two dashes and pressing tab on a tool written in {name}, what would be suggested?",
        "Documenting for users what they may pass to {name} after two dashes, I would write about what?",
    ),
}
