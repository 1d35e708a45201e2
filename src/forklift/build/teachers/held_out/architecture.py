"""Test wordings of facet architecture."""

TEST: dict[str, tuple[str, ...]] = {
    "components": (
        "Drawing a diagram of {name}, which boxes would I have to paint first?",
        "For a newcomer to {name}: which pieces carry the weight?",
    ),
    "modules": (
        "Opening {name} in an editor, what lies there and why?",
        "Sketch the layout of the folder {name}.",
    ),
    "key_methods": (
        "With a {name} in hand, what jobs will it take on for me, call by call?",
        "Which operations make {name} worth having?",
    ),
    "depends_on": (
        "Moving {name} to a project of its own, what would it drag along?",
        "Whose definitions get pulled in by {name}?",
    ),
    "needed_by": (
        "Rewriting {name} from scratch, where would the repercussions show?",
        "Name everybody whose imports lead to {name}.",
    ),
    "entry_points": (
        "Setting a breakpoint at the very first line that runs, where in {name} would it go?",
        "Through which doors does a caller come into {name}?",
    ),
    "exports": (
        "Writing an import line with {name} in it, what could stand on the right?",
        "What did the authors of {name} lift to the top level for everyone?",
    ),
}
