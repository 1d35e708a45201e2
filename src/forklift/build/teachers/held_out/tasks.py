"""Test wordings of facet tasks."""

TEST: dict[str, tuple[str, ...]] = {
    "how_to": (
        "My assignment for today is to {name}; walk me through it.",
        "Never before did I {name}. Point me to instructions and whatever code is involved.",
    ),
    "used_to": (
        "With {name} in my toolbox, which jobs become feasible?",
        "Scanning the tutorials for {name}, what are people trying to accomplish?",
    ),
}
