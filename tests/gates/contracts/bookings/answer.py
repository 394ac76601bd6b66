"""Somebody else's model: reads prompts as JSON lines and writes its answers as JSON lines.

    python -m gates.prompts bookings_r1 --contracts DIR | python answer.py > answers.jsonl

It happens to be a few rules, and always right; any program in any language will do that reads
{"id", "prompt"} and writes {"id", "text"}.
"""

from __future__ import annotations

import json
import sys

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TENS = ["ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
VALUES = {word: n for n, word in enumerate(NUMBERS, 1)}
VALUES |= {word: 10 * n for n, word in enumerate(TENS, 1)}


def answer(prompt: str) -> str:
    """The booking that a prompt asks for."""
    said = {}
    for clause in prompt.split(", "):
        name, *words = clause.split()
        said[name] = [VALUES[word] for word in words]
    booking: dict[str, object] = {"row": said["row"][0], "seats": said["seats"]}
    if "children" in said:
        booking["children"] = said["children"][0]
    return json.dumps(booking | {"price": said["for"][0]})


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"id": asked["id"], "text": answer(asked["prompt"])}))
