"""Test wordings of facet history."""

TEST: dict[str, tuple[str, ...]] = {
    "introduced_in": (
        "On what day did the authors check in the very first form of {name}?",
        "Digging through git for the beginnings of {name}, at which date do I arrive?",
    ),
    "last_changed": (
        "Running git blame over {name}, how far back is its youngest line?",
        "At what date did anyone lay hands on {name} for the final time so far?",
    ),
    "changed_because": (
        "A reviewer wonders about the thinking that shaped {name}; which justification stands in a commit message?",
        "Behind today's form of {name} is a decision somebody wrote down; how does it read?",
    ),
    "commit_changed": (
        "Checking out revision {path}, whose code differs from the revision before it?",
        "Were I to revert {path}, which definitions would look different afterwards?",
    ),
    "renamed_from": (
        "An ancient tutorial cannot have known the identifier {name}; how did people spell it then?",
        "Searching old releases for {name}, for which identifier do I have to grep?",
    ),
    "renamed_to": (
        "My imports of {path} broke after an upgrade; which identifier took over its code?",
        "Someone gave {path} another identifier along the way; which one?",
    ),
    "moved_from": (
        "A stale link points at the place {name} had once; at which file did it point?",
        "Which file lost {name} when the code was reorganised?",
    ),
    "removed": (
        "After an upgrade my import of {name} fails; on which day did it vanish from the sources?",
        "At what date did the authors bid farewell to {name}?",
    ),
    "deprecated_since": (
        "Does the project discourage calling {name}, and from what release onwards?",
        "My linter grumbles that {name} is on its way out; what is behind that?",
    ),
    "replaced_by": (
        "Modernising a script full of {name}, what would you write there today?",
        "Which newer piece do the authors recommend over {name}?",
    ),
    "replaces": (
        "Which outdated piece had its role taken over by {name}?",
        "Because of {name}, one older definition is discouraged; which?",
    ),
    "available_since": (
        "How far may I lower the pinned release before {name} is missing?",
        "Which release first shipped {name}, going by its documentation?",
    ),
    "noted_in": (
        "Upgrading to {object}, what should users of {name} be aware of?",
        "Around {object} the authors wrote something regarding {name}; what was it?",
    ),
}
