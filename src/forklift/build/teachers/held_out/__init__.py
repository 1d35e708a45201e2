"""The phrase grammars of test questions, by relation; a module per facet. Training never sees them, and they share no
wording with `training`."""

from forklift.build.teachers.held_out import (
    architecture,
    attributes,
    calls,
    configuration,
    families,
    hierarchy,
    location,
    overview,
    purpose,
    signature,
)

TEST: dict[str, tuple[str, ...]] = {
    **location.TEST,
    **signature.TEST,
    **purpose.TEST,
    **hierarchy.TEST,
    **calls.TEST,
    **configuration.TEST,
    **architecture.TEST,
    **families.TEST,
    **attributes.TEST,
    **overview.TEST,
}
