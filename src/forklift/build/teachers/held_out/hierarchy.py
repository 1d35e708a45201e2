"""Test wordings of facet hierarchy."""

TEST: dict[str, tuple[str, ...]] = {
    "inherits": (
        "In the class hierarchy, what stands directly above {name}?",
        "On top of which parent class was {name} built?",
        "Whose behaviour does {name} take over by inheritance?",
    ),
    "subclassed_by": (
        "In the class hierarchy, what stands directly below {name}?",
        "Which specialised classes were derived from {name} in this repository?",
    ),
    "has_methods": (
        "Once I hold an instance of {name}, which of its methods are available?",
        "Enumerate the methods declared in the body of {name}.",
    ),
    "member_of": (
        "A stack trace shows {name}; which class declares this method?",
        "{name} was written inside which class?",
    ),
    "base_file": ("In which file is the base class of {name} defined?",),
    "base_methods": ("Which methods does the parent class of {name} define?",),
}
