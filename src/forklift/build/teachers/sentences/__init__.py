"""How each relation is said in one full sentence, and what a right answer must hold; a module per facet."""

from collections.abc import Callable, Mapping

from forklift.build.teachers.sentences import (
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
    purpose,
    reasons,
    settings,
    signature,
    tasks,
    telling,
    usage,
)
from forklift.build.teachers.sentences.phrases import Said
from forklift.records import Fact

SENTENCES: Mapping[str, Callable[[Fact], Said]] = {
    **location.SENTENCES,
    **signature.SENTENCES,
    **purpose.SENTENCES,
    **hierarchy.SENTENCES,
    **calls.SENTENCES,
    **configuration.SENTENCES,
    **architecture.SENTENCES,
    **families.SENTENCES,
    **attributes.SENTENCES,
    **flows.SENTENCES,
    **comparison.SENTENCES,
    **usage.SENTENCES,
    **dependencies.SENTENCES,
    **errors.SENTENCES,
    **settings.SENTENCES,
    **history.SENTENCES,
    **documentation.SENTENCES,
    **telling.SENTENCES,
    **tasks.SENTENCES,
    **reasons.SENTENCES,
}
