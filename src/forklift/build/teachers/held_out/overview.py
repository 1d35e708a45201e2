"""Test wordings of facet overview."""

TEST: dict[str, tuple[str, ...]] = {
    "overview": (
        "Give a full picture of {name}: its file, its purpose and its connections to other code.",
        "From tomorrow on I have to maintain {name}; brief me on all of it, starting with its file.",
    ),
}
