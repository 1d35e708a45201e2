"""Test wordings of facet telling."""

TEST: dict[str, tuple[str, ...]] = {
    "project_is": (
        "At a party someone wonders what you are working on; describe {name} the way its authors do.",
        "In the words of its front page, {name} would be what?",
    ),
    "project_features": (
        "Selling {name} to my boss, which bullet points go on the slide?",
        "By its own praise, in what does {name} excel?",
    ),
    "installed_with": (
        "On an empty machine with only a terminal, which line brings {name} aboard?",
        "Setting up a container that needs {name}, what goes after RUN?",
    ),
}
