"""Training wordings of facet signature."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "parameters": (
        f"{QUICK}(which|what) (parameters|arguments) does {{name}} (take|accept|have|expect)?",
        "What (do I|should I|must I|can I) pass to {name}?",
        "(List|Name|Give me|Show me) the (parameters|arguments) of {name}.",
        "(What is|Show me) the signature of {name}?",
        f"{TELL} (the parameters of|the arguments of|the signature of) {{name}}.",
        "How (do I|should I|is) call {name}, (with which|with what) (arguments|parameters)?",
        "What (arguments|inputs) (does|would) {name} need?",
        "{name}: (parameters|arguments|signature)?",
        "What are the (parameter|argument) names of {name}?",
    ),
    "returns": (
        f"{QUICK}what (does {{name}} return|type does {{name}} return|is the return type of {{name}})?",
        "What (do I|will I|would I) get back from {name}?",
        "(What|Which) (type|kind of value) (comes|is given) back from {name}?",
        f"{TELL} (the return type of {{name}}|what {{name}} returns).",
        "(Name|Give me|Show me) the return type of {name}.",
        "{name} returns (what|which type)?",
        "What (is the|is the type of the) result of (calling |) {name}?",
        "What is {name} (annotated|declared) to return?",
    ),
    "default": (
        f"{QUICK}what is the default (value |)(of|for) {{object}} in {{name}}?",
        "What does {object} default to in {name}?",
        "If I (leave out|omit|don't pass) {object} (when calling|to|in) {name}, (what is used|what is its value)?",
        f"{TELL} the default (value |)of {{name}}'s {{object}} (parameter|argument).",
        "Which default does {name} (have|use|give) for {object}?",
        "{name}, (parameter|argument) {object}: what default?",
        "(Give|Show) me the default of {object} in {name}.",
        "What value (has|does) {object} (have |) in {name} by default?",
    ),
    "taken_by": (
        "(Which|What) (function takes|callable accepts|functions have) (a|the) (parameter|argument) {name}?",
        "(Where|In which function) is {name} (a parameter|an argument|accepted as a parameter)?",
        "(Who|What) takes (the argument|a parameter called|an argument named) {name}?",
        f"{TELL} which functions (take|accept) {{name}}.",
        "I have a value for {name}. (Which function takes it|What can I pass it to)?",
        "(List|Name) the functions with (a parameter|an argument) (named|called) {name}.",
        "The parameter {name} belongs to which (function|functions)?",
        "To what can I pass {name} as an argument?",
    ),
}
