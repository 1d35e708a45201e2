"""The phrase grammars of test questions. Training never sees them, and they share no wording with `wordings`."""

TEST: dict[str, tuple[str, ...]] = {
    "defined_in": (
        "I want to read the source code of {name}; which file do I have to open?",
        "(Point|Direct) me to the file where {name} was written.",
        "In this repository, {name} can be found in which source file?",
    ),
    "defines": (
        "Someone mentioned {path}. Which classes or functions are declared there?",
        "If I opened {path}, which definitions would be there?",
        "What are the things that {path} declares?",
    ),
    "parameters": (
        "Someone wants to invoke {name}: which parameters are there to fill in?",
        "With which argument names was {name} declared?",
        "Which inputs can be handed to {name}?",
    ),
    "returns": (
        "When {name} is done, what type of value does the caller receive?",
        "The return annotation of {name} says what?",
        "After a call of {name}, what does one hold: which return type?",
    ),
    "default": (
        "Suppose nobody sets {parameter} in a call of {name}; which default value applies?",
        "{name} has a parameter {parameter}: what default value was it declared with?",
    ),
    "taken_by": (
        "Is there any function whose signature includes a parameter {name}, and which one?",
        "Which function was declared with {name} among its parameters?",
    ),
    "documented_as": (
        "In one sentence, what task does {name} fulfil?",
        "A colleague asks what {name} is meant for; what do I reply?",
        "According to its documentation, {name} does what?",
    ),
    "described_by": (
        'Someone wrote this about one {kind} in the code: "{text}". Its name, please?',
        'Looking for the {kind} whose documentation reads "{text}"; how is it named?',
    ),
    "inherits": (
        "In the class hierarchy, what stands directly above {name}?",
        "On top of which parent class was {name} built?",
        "Whose behaviour does {name} take over by inheritance?",
    ),
    "subclassed_by": (
        "In the class hierarchy, what stands directly below {name}?",
        "Which specialised classes were derived from {name} in this repository?",
    ),
    "has_methods": (
        "Once I hold an instance of {name}, which of its methods are available?",
        "Enumerate the methods declared in the body of {name}.",
    ),
    "member_of": (
        "A stack trace shows {name}; which class declares this method?",
        "{name} was written inside which class?",
    ),
    "calls": (
        "While {name} runs, which other functions of this code get called?",
        "Reading the body of {name}, which calls to other functions would I see?",
    ),
    "called_by": (
        "Before renaming {name}, which call sites do I have to update?",
        "From which functions does control reach {name} directly?",
    ),
    "raises": (
        "Writing a try block for a call of {name}, which exception types belong in the except clause?",
        "In case of trouble, {name} throws which exception type?",
    ),
    "raised_by": (
        "My log shows {name}; which function has a raise statement for it?",
        "In the body of which function is {name} thrown?",
    ),
    "value": (
        "Looking at the definition of {name}, which value was assigned?",
        "Which literal stands behind {name}?",
    ),
    "overview": (
        "Give a full picture of {name}: its file, its purpose and its connections to other code.",
        "From tomorrow on I have to maintain {name}; brief me on all of it, starting with its file.",
    ),
    "base_file": ("In which file is the base class of {name} defined?",),
    "base_methods": ("Which methods does the parent class of {name} define?",),
}
