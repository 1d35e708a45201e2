"""Training wordings of facet comparison."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "overrides": (
        f"{QUICK}(which|what) methods does {{name}} (override|redefine|replace)?",
        "(List|Name|Show me) (the overrides in|the methods overridden by|what is overridden in) {name}.",
        "What does {name} (change|do differently) (compared to|with respect to|relative to) its base class?",
        f"{TELL} (what {{name}} overrides|which inherited methods {{name}} replaces).",
        "{name}: (overrides|overridden methods)?",
        "(Which|What) (inherited|base class) methods (are redefined|get replaced) (in|by) {name}?",
    ),
    "overridden_by": (
        f"{QUICK}(who|what|which subclass|which class) (overrides|redefines|replaces) {{name}}?",
        "(Where|By what|In which classes) is {name} (overridden|redefined|replaced)?",
        "(List|Name|Show me) the (overrides|overriding methods|other implementations) of {name}.",
        f"{TELL} (who overrides {{name}}|where {{name}} is overridden).",
        "{name}: (overridden where|overridden by)?",
        "(Which|What) subclasses have their own (version|implementation) of {name}?",
    ),
    "differs": (
        f"{QUICK}what is the difference between {{name}} and {{object}}?",
        "(How|In what) (do|does) {name} (and {object} differ|differ from {object})?",
        "Compare {name} (with|and|to) {object}.",
        f"{TELL} (how {{name}} and {{object}} differ|what {{name}} and {{object}} have in common).",
        "{name} (or|versus|vs) {object}: (what is the difference|which one does what)?",
        "What do {name} and {object} (share|have in common)?",
        "How (similar are|different are) {name} and {object}?",
    ),
    "method_of_several": (
        f"{QUICK}(which|what) classes (have|define|implement) (a|their own) {{name}}?",
        "(List|Name|Show me) (all|the) (types that implement|classes with) {name}.",
        "(By|In) which classes is {name} implemented?",
        f"{TELL} which classes (offer|implement|have) {{name}}.",
        "{name}: (implemented by|which classes have it)?",
        "On (which|what) objects can I call {name}?",
    ),
}
