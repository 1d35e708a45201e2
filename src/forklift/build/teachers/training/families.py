"""Training wordings of facet families."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "descendants": (
        f"{QUICK}(which|what) are all the (kinds|variants|implementations) of {{name}}?",
        "(List|Name|Show me) all (descendants|direct and indirect subclasses|implementations) of {name}.",
        "What (kinds|variants|built-in implementations) of {name} (exist|are there)?",
        f"{TELL} the whole family (below|under) {{name}}.",
        "What does the (class tree|family tree) below {name} look like?",
        "{name}: (implementations|all descendants|family)?",
        "(Which|What) classes (implement|specialise|are kinds of) {name}, (also indirectly|over any number of steps)?",
    ),
    "ancestors": (
        f"{QUICK}what is the (chain of base classes|inheritance chain|line of ancestors) of {{name}}?",
        "(List|Name|Show me) all (ancestors|base classes up to the root) of {name}.",
        "(Walk|Climb) up the (hierarchy|class tree) from {name}.",
        f"{TELL} (the full ancestry|the whole chain of parents) of {{name}}.",
        "{name}: (ancestry|inheritance chain)?",
        "From {name} up to the root: which classes (come|are there) (in between|on the way)?",
    ),
    "exceptions": (
        f"{QUICK}(which|what) (exceptions|error classes|exception classes) does {{name}} (define|have|know)?",
        "(List|Name|Show me) the (exception classes|custom errors|error types) of {name}.",
        "What is the (exception|error) hierarchy of {name}?",
        "How does {name} (organise|handle|structure) its (errors|exceptions)?",
        f"{TELL} which exceptions (belong to|come with) {{name}}.",
        "{name}: (custom exceptions|exception classes|error types)?",
        "(Which|What) custom (errors|exceptions) are there in {name}?",
    ),
    "family": (
        f"{QUICK}(which|what) are the {{text}} in {{path}}?",
        "(List|Name|Show me) the {text} (in|of|from) {path}.",
        f"{TELL} which {{text}} {{path}} (has|defines|offers).",
        "{path}: {text}?",
        "(Does|Has) {path} (got |)(any |)(family of |)(similar |){text}?",
        "(Which|What) {text} (do I find|are there|exist|are defined) in {path}?",
    ),
    "decorated": (
        f"{QUICK}(what|which functions) (is|are) (decorated|marked|annotated) with {{name}}?",
        "(Where|On what) is the decorator {name} (used|applied|put)?",
        "(List|Name|Show me) (everything|all functions|what is) (decorated|registered) with {name}.",
        f"{TELL} what {{name}} (decorates|marks).",
        "What does {name} (register|mark|annotate|decorate)?",
        "{name}: (used as a decorator where|decorates what)?",
    ),
    "enum_members": (
        f"{QUICK}(what|which) (members|values|constants) does the enumeration {{name}} have?",
        "(List|Name|Show me) the (values|members|alternatives|possible values) of the enum {name}.",
        "Which (values|alternatives|cases) (can|may) (a|an) {name} (take|have|be)?",
        f"{TELL} the (cases|members|possible values) of the enumeration {{name}}.",
        "{name}: (enum values|cases|possible values)?",
        "What are the possible values of {name}?",
    ),
}
