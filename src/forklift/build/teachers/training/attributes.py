"""Training wordings of facet attributes."""

from forklift.build.teachers.grammar import QUICK, TELL

TRAINING: dict[str, tuple[str, ...]] = {
    "attributes": (
        f"{QUICK}(which|what) (attributes|fields|data|state) does {{name}} (have|hold|keep|store)?",
        "(List|Name|Show me) the (attributes|fields|instance variables) of {name}.",
        "What is the structure of (an object|an instance|a value) of {name}?",
        "What (information|data) is stored in {name}?",
        f"{TELL} (what {{name}} holds|the fields of {{name}}|what an instance of {{name}} stores).",
        "{name}: (fields|attributes|state)?",
        "(Which|What) fields (are there in|make up) {name}?",
    ),
    "attribute_of": (
        f"{QUICK}(which|what) class has (the attribute|the field) {{name}}?",
        "(Whose|Of which class an) attribute is {name}?",
        "I see .{name} in the code; (which class has it|whose field is it)?",
        f"{TELL} which (class|object|struct) (holds|stores|keeps) {{name}}.",
        "(Which|What) (object|class|struct) (stores|keeps|carries) {name}?",
        "{name}: (field of what|attribute of which class)?",
    ),
    "attribute_type": (
        f"{QUICK}(what|which) type (is|does) {{name}} (have|of)?",
        "What is the type of {name}?",
        f"{TELL} (the type of {{name}}|which type {{name}} has|how {{name}} is typed).",
        "{name}: (type|which type)?",
        "(As what|With which type) is {name} (declared|annotated|typed)?",
        "What (sort|kind) of (value|object) is (kept|stored|held) in {name}?",
    ),
    "properties": (
        f"{QUICK}(which|what) properties does {{name}} (have|define|offer)?",
        "(List|Name|Show me) the (properties|computed attributes) of {name}.",
        f"{TELL} (the properties of {{name}}|what the properties of {{name}} say).",
        "{name}: (properties|computed attributes)?",
        "What can be read from {name} (as a property|without calling a method)?",
        "(Which|What) (computed attributes|properties) (are there on|exist on|come with) {name}?",
    ),
}
