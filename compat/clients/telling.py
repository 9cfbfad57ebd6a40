"""How a story in Python tells what works, and asks; see story.mjs."""

import logging
import os
import sys
import traceback


def say(line):
    print(line, flush=True)


def ask(words):
    """Asks the cluster's side, and fails with what it says is wrong."""
    say("ask " + words)
    answer = sys.stdin.readline().strip()
    assert answer == "ok", f"{words}: {answer}"


def same(found, expected):
    assert found == expected, f"found {found!r} instead of {expected!r}"


def with_kills(step):
    """Has what the step has killed started again, however the step ends."""
    try:
        step()
    finally:
        ask("restart")


def tell(version, steps):
    """Runs the steps that are wanted, by the word of each feature, and ends the process."""
    say(f"version {version}")
    for name, step in steps.items():
        if len(sys.argv) > 1 and name not in sys.argv:
            continue
        logging.info("==== %s", name)
        try:
            step()
            say("ok " + name)
        except Exception as error:
            traceback.print_exc()
            say(f"failed {name} {type(error).__name__} {error}".replace("\n", " "))
    os._exit(0)
