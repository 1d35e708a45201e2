"""Training wordings of facet architecture."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "components": (
        f"{QUICK}(what|which) are the (core|key|main|central|most important) components of {{name}}?",
        "What does {name} consist of?",
        "How is {name} (structured inside|composed|built up|put together)?",
        f"{TELL} (what the main building blocks of {{name}} are|how {{name}} is structured).",
        "(Describe|Explain|Summarise) the (structure|architecture|design) of {name}.",
        "{name}: (architecture|main components|structure)?",
        "Which (parts|classes and functions) (make up|matter most in) {name}?",
        "Give me (a tour|an overview of the architecture) of {name}.",
    ),
    "modules": (
        f"{QUICK}(what|which) (files|modules) (are there|do I find) in {{name}}?",
        "(Which|What) (modules|source files) does {name} (have|contain|hold)?",
        "(List|Name|Show me) the (modules|files) (in|of) {name} and what they are for.",
        f"{TELL} what each (file|module) (of|in) {{name}} is for.",
        "{name}: (modules|files)?",
        "How is the code in {name} (divided|split) into (files|modules)?",
    ),
    "key_methods": (
        f"{QUICK}(what|which) are the (key|main|most important) methods of {{name}} and what do they do?",
        "What (can|will) {name} do for me?",
        "(Explain|Describe|Summarise) (the methods|the operations|the behaviour) of {name}.",
        f"{TELL} what the methods of {{name}} (do|are for).",
        "What is each method of {name} (for|good for)?",
        "{name}: (what do its methods do|methods and their purpose)?",
        "How do I (use|work with) {name}: which methods (matter|are important)?",
    ),
    "depends_on": (
        f"{QUICK}(which|what) (other |)(files|modules|parts of the code) does {{name}} (depend on|need|import from)?",
        "What are the (internal |)dependencies of {name}?",
        "(On|Upon) (which|what) (files|modules) does {name} (depend|rely|build)?",
        f"{TELL} (which modules {{name}} needs|what {{name}} depends on inside this repository).",
        "{name}: (internal dependencies|depends on)?",
        "What has to be there for {name} to work?",
        "(Which|What) code from other (files|modules) does {name} (use|need)?",
    ),
    "needed_by": (
        f"{QUICK}(which|what) (other |)(files|modules) (depend on|need|import from) {{name}}?",
        "(Who|What) (needs|builds on|relies on) {name}?",
        "(List|Name|Show me) (the dependents|the modules that depend on|the files that use) {name}.",
        f"{TELL} which (files|modules) use {{name}}.",
        "{name}: (dependents|needed by which files)?",
        "If {name} (breaks|is deleted), (which files|which modules) (suffer|stop working|are affected)?",
        "Where in the code is {name} (needed|relied on)?",
    ),
    "entry_points": (
        f"{QUICK}(what|which) are the (entry points|main functions|commands) of {{name}}?",
        "(Where|How) does {name} (start|begin to run)?",
        "(Where|How) is {name} (started|launched|run from the command line)?",
        f"{TELL} where (execution of|the program) {{name}} (begins|starts).",
        "{name}: (entry points|where does it start)?",
        "(Which|What) (command|function|script) (starts|runs|launches) {name}?",
    ),
    "exports": (
        f"{QUICK}(what|which names) does {{name}} (export|offer to its users)?",
        "What is the public (API|interface) of {name}?",
        "(Which|What) names can (I|users) import (directly |)from {name}?",
        "(List|Name|Show me) (the public names|the public API|the exports) of {name}.",
        f"{TELL} (what {{name}} exports|what the public interface of {{name}} is).",
        "{name}: (exports|public names)?",
    ),
}
