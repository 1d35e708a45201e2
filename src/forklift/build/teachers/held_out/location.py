"""Test wordings of facet location."""

TEST: dict[str, tuple[str, ...]] = {
    "defined_in": (
        "I want to read the source code of {name}; which file do I have to open?",
        "(Point|Direct) me to the file where {name} was written.",
        "In this repository, {name} can be found in which source file?",
    ),
    "defines": (
        "Someone mentioned {path}. Which classes or functions are declared there?",
        "If I opened {path}, which definitions would be there?",
        "What are the things that {path} declares?",
    ),
}
