"""The phrase grammars of test questions, by relation; a module per facet. Training never sees them, and they share no
wording with `training`."""

from forklift.build.teachers.held_out import (
    architecture,
    attributes,
    calls,
    comparison,
    configuration,
    dependencies,
    errors,
    families,
    flows,
    hierarchy,
    location,
    overview,
    purpose,
    settings,
    signature,
    usage,
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
    **flows.TEST,
    **comparison.TEST,
    **usage.TEST,
    **dependencies.TEST,
    **errors.TEST,
    **settings.TEST,
    **overview.TEST,
}
