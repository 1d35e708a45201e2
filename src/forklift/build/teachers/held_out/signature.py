"""Test wordings of facet signature."""

TEST: dict[str, tuple[str, ...]] = {
    "parameters": (
        "Someone wants to invoke {name}: which parameters are there to fill in?",
        "With which argument names was {name} declared?",
        "Which inputs can be handed to {name}?",
    ),
    "returns": (
        "When {name} is done, what type of value does the caller receive?",
        "The return annotation of {name} says what?",
        "After a call of {name}, what does one hold: which return type?",
    ),
    "default": (
        "Suppose nobody sets {object} in a call of {name}; which default value applies?",
        "{name} has a parameter {object}: what default value was it declared with?",
    ),
    "taken_by": (
        "Is there any function whose signature includes a parameter {name}, and which one?",
        "Which function was declared with {name} among its parameters?",
    ),
}
