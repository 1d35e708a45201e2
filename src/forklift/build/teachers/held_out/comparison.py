"""Test wordings of facet comparison."""

TEST: dict[str, tuple[str, ...]] = {
    "overrides": (
        "Of what it got from its parent, which pieces did {name} write anew?",
        "Diffing {name} against the class above it, whose bodies would be different?",
    ),
    "overridden_by": (
        "A subclass instance arrives, so it is not {name} itself that runs; which one is it then?",
        "Changing how {name} behaves may go unnoticed further down the tree; because of whom?",
    ),
    "differs": (
        "Put {name} beside {object}: common ground, and where they part.",
        "Torn between {name} and {object}; what has one that the other lacks?",
    ),
    "method_of_several": (
        "A grep for definitions called {name} gives several hits; inside what types?",
        "Duck typing: whose instances would respond to {name}?",
    ),
}
