"""How people wrap the questions they train with: who asks, in which mood, how long the answer should be."""

TONES: tuple[str, ...] = (
    "(I'm|I am) (new here|new to this code|a beginner|just starting with this project). {question}",
    "(Sorry if this is obvious|Maybe a silly question|A beginner's question|For the record): {question}",
    "(Reviewing a pull request|Debugging|Reading the source), I (wonder|came across this|ask): {question}",
    "(For a design document|Before I refactor|For the release notes|To be precise): {question}",
    "{question} (Keep it short|In short|Just the facts|Briefly), please.",
    "{question} (Thanks|Thank you|Thanks in advance|Cheers)!",
    "(Hello|Hi there|Good morning|Hey team)! {question}",
    "(OK|Right|So|Now|Well), {question}",
)
