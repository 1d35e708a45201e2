"""Test wordings of facet usage."""

TEST: dict[str, tuple[str, ...]] = {
    "example": (
        "Before writing my first line with {name}, I would like to copy somebody's; from what file?",
        "Point out a spot in the sources at which {name} is put to work.",
    ),
    "tested_by": (
        "Suppose a bug slipped into {name}; whose assertions would turn red?",
        "Is there a safety net underneath {name}, and how is it called?",
    ),
    "exercises": (
        "A red {name} in continuous integration points a finger at whom?",
        "Whose correctness does {name} vouch for?",
    ),
}
