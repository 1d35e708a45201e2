"""Test wordings of facet calls."""

TEST: dict[str, tuple[str, ...]] = {
    "calls": (
        "While {name} runs, which other functions of this code get called?",
        "Reading the body of {name}, which calls to other functions would I see?",
    ),
    "called_by": (
        "Before renaming {name}, which call sites do I have to update?",
        "From which functions does control reach {name} directly?",
    ),
    "raises": (
        "Writing a try block for a call of {name}, which exception types belong in the except clause?",
        "In case of trouble, {name} throws which exception type?",
    ),
    "raised_by": (
        "My log shows {name}; which function has a raise statement for it?",
        "In the body of which function is {name} thrown?",
    ),
    "catches": (
        "Inside {name}, the except or catch clauses are there for which types?",
        "Trouble of which sort never leaves {name}, being dealt with on the spot?",
    ),
    "caught_by": (
        "Whose except or catch clause stops {name} from spreading further up?",
        "Looking for try statements made with {name} in mind, into whose body do I look?",
    ),
}
