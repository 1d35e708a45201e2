"""Test wordings of facet reasons."""

TEST: dict[str, tuple[str, ...]] = {
    "reason": (
        "A critic finds {name} needlessly complicated; with what argument would its author answer?",
        "Some line of {name} looked odd to me until I saw the remark beside it; how did the remark justify it?",
    ),
    "caution": (
        "Planning to refactor {name}, on which landmine could I step?",
        "An attentive author left a sign beside {name} for those who come later; what is on the sign?",
    ),
    "reason_for": (
        'With the words "{text}" an author defends some lines; whose body holds them?',
        'Deleting the lines justified by "{text}", which definition would I damage?',
    ),
}
