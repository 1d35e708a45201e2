"""Test wordings of facet configuration."""

TEST: dict[str, tuple[str, ...]] = {
    "value": (
        "Looking at the definition of {name}, which value was assigned?",
        "Which literal stands behind {name}?",
    ),
}
