"""Test wordings of facet flows."""

TEST: dict[str, tuple[str, ...]] = {
    "main_line": (
        "Single-stepping through {name}, whose code would the debugger visit, in order?",
        "Give an account of the work that {name} sets in motion.",
    ),
    "reaches": (
        "A breakpoint in {object} is hit although only {name} was invoked; list the stack frames.",
        "Starting out at {name}, over which stations does control travel before {object}?",
    ),
    "works_with": (
        "Mocking everything around {name} for a unit check, whom must I replace?",
        "Draw the arrows that leave {name} in a class diagram.",
    ),
    "worked_with_by": (
        "Draw the arrows that point at {name} in a class diagram.",
        "Splitting {name} in two, inside whose bodies would I have to edit?",
    ),
    "relation": (
        "An arrow goes from {name} to {object} in the class diagram; what is written on it?",
        "Would {name} notice if {object} vanished, and at what place?",
    ),
}
