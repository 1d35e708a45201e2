"""Asks numbered requests until all are answered; a process of its own, to be killed.

python asking.py SPEC STORE COUNT
"""

import json
import sys
from pathlib import Path

from forklift.build.llm.lane import new_lane
from forklift.build.llm.pool import ask_pool
from forklift.build.llm.spec import parse_teacher
from forklift.build.llm.store import Request, Store


def numbered(count, max_tokens=20):
    return [Request([{"role": "user", "content": f"request {number}"}], max_tokens) for number in range(count)]


def has_rows(text):
    """A check: the reply must be an object with a list of rows."""
    try:
        return "" if isinstance(json.loads(text)["rows"], list) else "no rows"
    except (ValueError, KeyError, TypeError):
        return "no rows"


if __name__ == "__main__":
    with Store(Path(sys.argv[2])) as store:
        lane = new_lane(parse_teacher(sys.argv[1]))
        ask_pool([lane], numbered(int(sys.argv[3])), store, lambda request, came: None, check=has_rows)
    print("done")
