"""Test wordings of facet families."""

TEST: dict[str, tuple[str, ...]] = {
    "descendants": (
        "Following inheritance downwards from {name} until it ends, whom do I meet?",
        "An object passes isinstance against {name}; of which concrete sort could it be?",
    ),
    "ancestors": (
        "Which parent, grandparent and further forebears has {name}?",
        "Method lookup fails on {name} itself; through whom does it continue, step after step?",
    ),
    "exceptions": (
        "Things go wrong while working with {name}; from what catalogue does the failure come?",
        "For except clauses around {name}, what could I write there?",
    ),
    "family": (
        "Somebody grouped several {text} together inside {path}; can you enumerate them?",
        "Browsing {path}, all {text} please.",
    ),
    "decorated": (
        "Searching the code for uses of @ with {name}, on top of what would I land?",
        "Deleting the decorator {name}, whose definition lines change?",
    ),
    "enum_members": (
        "A switch over {name} should be exhaustive; enumerate its branches.",
        "Between what options does someone choose who holds {name}?",
    ),
}
