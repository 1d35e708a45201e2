"""Requests that have nothing to do with the repository, for the model to keep answering as it did.

None of them is asked when forgetting is measured (`test/chat_prompts.py`, `test/general_texts.py`).
"""

import random
from itertools import product

_TOPICS = (
    "photosynthesis", "the water cycle", "gravity", "plate tectonics", "the stock market", "compound interest",
    "democracy", "the French Revolution", "the Silk Road", "jazz", "impressionism", "probability", "prime numbers",
    "the Pythagorean theorem", "natural selection", "antibiotics", "the human heart", "memory", "dreams",
    "black holes", "the seasons", "tides", "volcanoes", "coral reefs", "honeybees", "bread baking", "fermentation",
    "bicycles", "bridges", "solar panels", "electric cars", "satellites", "the internet", "encryption", "recursion",
    "hash tables", "binary search", "sorting algorithms", "regular expressions", "databases", "operating systems",
    "compilers", "machine learning", "version control", "unit tests", "caching", "threads and processes",
    "floating-point numbers",
)  # fmt: skip
_ABOUT = (
    "Explain {} in a few sentences.",
    "What should a beginner know about {}?",
    "Why does {} matter?",
    "Give me three facts about {}.",
    "What is a common mistake people make about {}?",
    "Write a short paragraph about {} for a school magazine.",
)
_TASKS = (
    "reverses a string", "counts the vowels in a text", "checks whether a number is prime", "flattens a nested list",
    "merges two sorted lists", "finds the most frequent word in a file", "converts Celsius to Fahrenheit",
    "removes duplicates from a list and keeps the order", "computes the nth Fibonacci number",
    "sums the digits of a number", "checks whether two words are anagrams",
    "reads a CSV file into a list of dictionaries", "rotates a matrix by 90 degrees",
    "finds the longest common prefix of some words", "groups words by their first letter",
    "validates a date in the form YYYY-MM-DD", "generates a random password", "counts the lines of a file",
    "transposes a table", "computes the median of a list",
)  # fmt: skip
_CODE = (
    "Write a Python function that {}.",
    "Show me code that {}, with a short explanation.",
    "How would you test a function that {}?",
)
_OTHER = (
    "Write a haiku about autumn leaves.", "Suggest three titles for a story about a lighthouse keeper.",
    "What is the plural of 'mouse'?", "Rewrite politely: 'Send me the file now.'", "How do I make pancakes?",
    "List the planets from the sun outwards.", "What is 17 times 23?",
    "Give me a synonym of 'happy' and use it in a sentence.", "Who painted the Mona Lisa?",
    "Translate 'Where is the library?' into Spanish.", "How do I remove rust from a knife?",
    "What is the difference between a list and a tuple in Python?", "Write a thank-you note to a teacher.",
    "What does 'HTTP 404' mean?", "How do I undo the last commit in git?",
    "Explain what an API is to my grandmother.", "What are the primary colours?",
    "Give me a plan for learning the guitar in a month.", "Why is the sky blue?",
    "What is a good way to begin a presentation?", "How many continents are there?",
    "Tell me a short story about a fox.", "What is the square root of 144?",
    "How can I stay awake in a long meeting?", "Name four rivers in Europe.",
    "Write a for loop in C that prints the numbers from 1 to 10.", "What does the 'grep' command do?",
    "Describe the smell of rain.", "How do I apologise to a friend?",
    "What is the freezing point of water in kelvin?",
)  # fmt: skip


def general_prompts(count: int, seed: int) -> list[str]:
    """`count` different requests (or as many as there are) of everyday chat, knowledge and code, in random order."""
    made = [
        *_OTHER,
        *(form.format(topic) for form, topic in product(_ABOUT, _TOPICS)),
        *(form.format(task) for form, task in product(_CODE, _TASKS)),
    ]
    return random.Random(f"general {seed}").sample(made, min(count, len(made)))
