"""Test wordings of facet attributes."""

TEST: dict[str, tuple[str, ...]] = {
    "attributes": (
        "Dumping one {name} in a debugger, what would be printed besides methods?",
        "Which pieces of state travel around inside {name}?",
    ),
    "attribute_of": (
        "Somebody reads a value called {name} off an object; from what sort of object?",
        "In whose initialisation or declaration would {name} turn up?",
    ),
    "attribute_type": (
        "A type checker hovers over {name}; its tooltip says what?",
        "Before assigning to {name}, what sort of thing must I prepare?",
    ),
    "properties": (
        "Leaving off the parentheses, what can somebody ask of {name}?",
        "Name whatever {name} works out on access.",
    ),
}
