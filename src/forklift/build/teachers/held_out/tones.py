"""How the questions of tests are wrapped."""

TONES: tuple[str, ...] = (
    "Coming from another ecosystem, I am a bit lost. {question}",
    "On call tonight with no time to read everything. {question}",
    "A colleague asks and nobody knows: {question}",
    "{question} One or two sentences will do.",
)
