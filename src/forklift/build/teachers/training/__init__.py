"""The phrase grammars that training questions come from, by relation; a module per facet. Test wordings
live in `held_out`."""

from forklift.build.teachers.training import (
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
from forklift.build.teachers.training.follow_ups import FOLLOW_UPS

__all__ = ["FOLLOW_UPS", "TRAINING"]

TRAINING: dict[str, tuple[str, ...]] = {
    **location.TRAINING,
    **signature.TRAINING,
    **purpose.TRAINING,
    **hierarchy.TRAINING,
    **calls.TRAINING,
    **configuration.TRAINING,
    **architecture.TRAINING,
    **families.TRAINING,
    **attributes.TRAINING,
    **comparison.TRAINING,
    **dependencies.TRAINING,
    **errors.TRAINING,
    **flows.TRAINING,
    **settings.TRAINING,
    **usage.TRAINING,
    **overview.TRAINING,
    **topic.TRAINING,
    **history.TRAINING,
    **documentation.TRAINING,
    **telling.TRAINING,
    **tasks.TRAINING,
    **reasons.TRAINING,
}
