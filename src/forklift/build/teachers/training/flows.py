"""Training wordings of facet flows."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "main_line": (
        f"{QUICK}what happens (when I call|inside|when somebody calls) {{name}}?",
        "(Explain|Describe|Trace|Walk me through) (the flow of|the steps of|what happens in) {name}.",
        "How does {name} (work step by step|do its job|get its work done)?",
        f"{TELL} (how {{name}} works|the steps that {{name}} goes through|the flow of {{name}}).",
        "{name}: (flow|steps|how does it work)?",
        "What are the (main |)steps (in|of|inside) {name}?",
        "(Which|What) (functions|parts of the code) (take part|are involved|play a role) when {name} is called?",
    ),
    "reaches": (
        f"{QUICK}how does {{name}} (reach|get to|come to|end up in|lead to) {{object}}?",
        "(Show|Give|Name) me the call (path|chain) from {name} to {object}.",
        "(Through|By way of) (what|which functions) does {name} (reach|call|get to) {object}?",
        f"{TELL} how a call of {{name}} (arrives at|gets to|ends in) {{object}}.",
        "(Trace|Follow) the calls from {name} (down |)to {object}.",
        "What (lies|is|happens) between {name} and {object}?",
    ),
    "works_with": (
        f"{QUICK}(which|what) other classes does {{name}} (use|work with|rely on|need)?",
        "(With what|With which classes) does {name} (work together|collaborate|interact)?",
        "(Describe|Explain) (the collaborators of|how other classes serve) {name}.",
        f"{TELL} (the collaborators of {{name}}|which classes {{name}} works with).",
        "{name}: (collaborators|works with what)?",
        "(Which|What) (objects|classes) does {name} (create|create or call|make use of)?",
    ),
    "worked_with_by": (
        f"{QUICK}(which|what) (other |)classes (use|work with|create) {{name}}?",
        "(List|Name|Show me) the classes that (use|rely on|work with|create or call) {name}.",
        "(By|In) which classes is {name} (used|created|put to use)?",
        f"{TELL} which classes (need|make use of|rely on) {{name}}.",
        "{name}: (used by which classes|which classes need it)?",
        "(Who|Which objects) (work|works|collaborate|collaborates) with {name}?",
    ),
    "relation": (
        f"{QUICK}what is the (relationship|relation|connection) between {{name}} and {{object}}?",
        "How (are|is) {name} (and|related to|connected to|connected with) {object}?",
        "How (does|do) {name} (use|work with|interact with|depend on) {object}?",
        "(Explain|Describe) (how {name} uses {object}|the relationship of {name} and {object}).",
        f"{TELL} (what {{name}} does with {{object}}|how {{name}} and {{object}} are related).",
        "What does {name} (have to do|do) with {object}?",
    ),
}
