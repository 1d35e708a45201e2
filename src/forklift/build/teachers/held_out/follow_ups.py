"""Test wordings of questions that go on from an earlier one."""

FOLLOW_UPS: dict[str, tuple[str, ...]] = {
    "defined_in": ("Then point me to the place of its source.",),
    "documented_as": ("Then tell me what job this thing has.",),
    "parameters": ("Then what input is wanted from a caller?",),
    "returns": ("Then its result has which type?",),
    "inherits": ("Then name the parent it extends.",),
    "subclassed_by": ("Then its children, please: who extends this one?",),
    "has_methods": ("Then list me all operations on such an object.",),
    "calls": ("Then which other code gets invoked by its body?",),
    "called_by": ("Then from where do invocations of it come?",),
    "raises": ("Then its failures: of which types are they?",),
    "tested_by": ("Then I would like to run the checks written for it.",),
    "example": ("Then quote one real line that employs it.",),
    "introduced_in": ("Then at which date did somebody write it first?",),
    "overview": ("Then brief me fully: neighbours, place, purpose.",),
}
