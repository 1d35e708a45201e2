"""The phrase grammars of test questions, by relation; a module per facet. Training never sees them, and they share no
wording with `training`."""

from forklift.build.teachers.held_out import (
    architecture,
    attributes,
    calls,
    comparison,
    configuration,
    dependencies,
    documentation,
    errors,
    families,
    flows,
    hierarchy,
    history,
    location,
    overview,
    purpose,
    reasons,
    settings,
    signature,
    tasks,
    telling,
    topic,
    usage,
)
from forklift.build.teachers.held_out.follow_ups import FOLLOW_UPS

__all__ = ["FOLLOW_UPS", "TEST"]

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
    **documentation.TEST,
    **telling.TEST,
    **tasks.TEST,
    **reasons.TEST,
}
