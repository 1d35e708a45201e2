"""The phrase grammars that training questions come from, by relation; a module per facet. Test wordings
live in `held_out`."""

from forklift.build.teachers.training import (
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
    **overview.TRAINING,
}
