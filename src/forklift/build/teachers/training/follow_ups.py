"""Training wordings of questions that go on from an earlier one and name nothing: by the relation they ask about."""

_AND = "(And|OK, and|Thanks, and|Right, and|Good. And|)"

FOLLOW_UPS: dict[str, tuple[str, ...]] = {
    "defined_in": (
        f"{_AND} (where|in which file) (is it|does it live|do I find it)?",
        f"{_AND} (which|what) file (is it in|has it|should I open)?",
        "Where (exactly |)is (it|that)?",
    ),
    "documented_as": (
        f"{_AND} what (does it do|is it for|is its purpose)?",
        f"{_AND} (what is it good for|why does it exist)?",
        "What (do the docs|does its docstring) say?",
    ),
    "parameters": (
        f"{_AND} (which|what) (parameters|arguments) does it take?",
        f"{_AND} (what do I pass to it|how is it called, with which arguments)?",
        "(Its|The) (parameters|signature)?",
    ),
    "returns": (
        f"{_AND} what does it (return|give back)?",
        f"{_AND} what (do I get|comes) back?",
    ),
    "inherits": (
        f"{_AND} (what|which class) does it inherit from?",
        f"{_AND} what is (its base class|it derived from|it a subclass of)?",
    ),
    "subclassed_by": (
        f"{_AND} (who|which classes) (inherits|inherit) from it?",
        f"{_AND} (are there subclasses|what are its subclasses|what builds on it)?",
    ),
    "has_methods": (
        f"{_AND} (which|what) methods does it have?",
        f"{_AND} what can (I do with it|it do)?",
    ),
    "calls": (
        f"{_AND} what does it (call|use|rely on)?",
        f"{_AND} (which functions does it call|what is called inside it)?",
    ),
    "called_by": (
        f"{_AND} who (calls|uses|needs) it?",
        f"{_AND} (where is it called|where is it used|what are its callers)?",
    ),
    "raises": (
        f"{_AND} (which|what) (errors|exceptions) does it raise?",
        f"{_AND} what can go wrong (there|in it)?",
    ),
    "tested_by": (
        f"{_AND} (which tests cover it|how is it tested|where are its tests)?",
        f"{_AND} (which|what) tests does it have?",
    ),
    "example": (
        f"{_AND} (can you show me an example|how do I use it|what does a call look like)?",
        "(Show me|Give me) an example.",
    ),
    "introduced_in": (
        f"{_AND} (since when is it there|when did it come in|when was it added)?",
        f"{_AND} how old is it?",
    ),
    "overview": (
        "(Tell me|I want to know) more (about it|about that|).",
        "(Go on|More details, please|Explain it in more detail).",
    ),
}
