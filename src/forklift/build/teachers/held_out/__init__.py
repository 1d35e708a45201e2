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
    history,
    location,
    overview,
    purpose,
    settings,
    signature,
    topic,
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
    **comparison.TEST,
    **dependencies.TEST,
    **errors.TEST,
    **flows.TEST,
    **settings.TEST,
    **usage.TEST,
    **overview.TEST,
    **topic.TEST,
    **history.TEST,
}
