"""Test wordings of facet purpose."""

TEST: dict[str, tuple[str, ...]] = {
    "documented_as": (
        "In one sentence, what task does {name} fulfil?",
        "A colleague asks what {name} is meant for; what do I reply?",
        "According to its documentation, {name} does what?",
    ),
    "described_by": (
        "Somewhere in here must be what {doing}, under which name?",
        'Someone wrote this about one {kind} in the code: "{text}". Its name, please?',
        'Looking for the {kind} whose documentation reads "{text}"; how is it named?',
    ),
}
