"""Training wordings of facet hierarchy."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "inherits": (
        f"{QUICK}(which|what) (class|base class) does {{name}} (inherit from|extend|subclass|derive from)?",
        "What (is|are) the (base class|base classes|parent class|superclass) of {name}?",
        "(Name|Give me|Show me|List) the (bases|parents|superclasses) of {name}.",
        f"{TELL} what {{name}} (inherits from|extends|derives from|is based on).",
        "{name} (is a subclass of|inherits from|extends) (what|which class)?",
        "What is {name} (derived from|based on|a subclass of)?",
        "From (what|which class) does {name} (inherit|derive)?",
        "{name}: (base class|parent|superclass)?",
    ),
    "subclassed_by": (
        f"{QUICK}(which|what) classes (inherit from|extend|subclass|derive from) {{name}}?",
        "What are the (subclasses|child classes|descendants) of {name}?",
        "(Name|Give me|Show me|List) the (subclasses|children|child classes) of {name}.",
        f"{TELL} (which classes extend|who inherits from|what subclasses there are of) {{name}}.",
        "Who (inherits from|extends|subclasses) {name}?",
        "{name} is the (base|parent|superclass) of (what|which classes)?",
        "{name}: (subclasses|children)?",
        "Which classes are (built on|based on|derived from) {name}?",
    ),
    "has_methods": (
        f"{QUICK}(which|what) methods does {{name}} (have|define|provide|offer|implement)?",
        "What can (I do with|I call on) {name}?",
        "(Name|Give me|Show me|List) the (methods|main methods|operations) of {name}.",
        f"{TELL} (the methods of {{name}}|what methods {{name}} has).",
        "What is the (interface|API) of {name}?",
        "{name}: (methods|which methods)?",
        "(Which|What) operations does {name} (support|offer|have)?",
        "What are the (methods|members|functions) of {name}?",
    ),
    "member_of": (
        f"{QUICK}(which|what) class (has|defines|provides|implements|contains) (the method |) {{name}}?",
        "To which class does {name} belong?",
        "{name} is a (method|member) of (which|what) class?",
        f"{TELL} (which class has {{name}}|the class of {{name}}|the class that {{name}} belongs to).",
        "(On|In) (which|what) class (is the method {name} defined|do I find {name})?",
        "I (saw|found|see) a call of {name}. Which class is it from?",
        "(Name|Give me) the class (with|that has) the method {name}.",
        "Whose method is {name}?",
    ),
}
