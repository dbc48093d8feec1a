"""Damage done to sound inputs: to bytes wherever they stand, and to the values of a tree."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

# What readers have stumbled over: ends of lines and files, other encodings, numbers out of range, brackets without end.
PIECES = (
    b"", b"\n", b"\r", b"\r\n", b"\n\n", b"\t", b" ", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\x1f\x8b", b"PK\x03\x04",
    b"\xe2\x80\xa8", b"\xc2\x85", b"\x0b", b"\x1b[2J", b"\xf0\x9f\x98\x80", b"-1", b"0", b"9" * 30, b"9" * 5000, b"1e999", b"-0.0", b"NaN", b"Infinity", b"null", b"true",
    b"[", b"]", b"{", b"}", b"[" * 2000, b'{"a":' * 2000, b'"', b"'", b"\\", b"\\ud800", b"\\u0000", b",", b":", b"|", b"#", b"# ", b"&a ", b"*a", b"!!python/name:os.system ",
    b"!!bool ", b"<<: ", b"- ", b"? ", b"%YAML 9.9\n", b"---\n", b"...\n", b"../", b"/etc/passwd", b"{language}", b"<html>", b"x" * 20_000,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 0.5, -0.5, 1e308, float("inf"), float("nan"), "", " ", "\n", "\0", "a", "none", "all", "default", "xnli", "mnli",
    "../../etc/passwd", "/etc/passwd", "{language}", "{source}", "-", "x" * 5000, "é\u202e", "\ud800", "1", "10k", "de", "en", [], {}, [None], [[]], [{}], {"": None}, {"a": {"a": {}}}, ["de", "de"],
    [0] * 100, ["x"] * 100, {"task": "xnli"}, {"name": "a"}, list(range(30)),
)  # fmt: skip


@st.composite
def damaged(draw: Callable[[st.SearchStrategy[Any]], Any], sound: bytes) -> bytes:
    """The bytes with one to four faults: pieces put in or over others, parts cut out, doubled, moved, bits turned, the end cut off."""
    found = sound
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(found)))
        length = draw(st.sampled_from((0, 1, 2, 3, 8, 30, 200)))
        match draw(st.integers(0, 6)):
            case 0 | 1:
                found = found[:place] + draw(st.sampled_from(PIECES)) + found[place + length :]
            case 2:
                found = found[:place] + found[place + length :]
            case 3:
                found = found[:place] + found[place : place + length] * draw(st.sampled_from((2, 3, 100))) + found[place + length :]
            case 4:
                found = found[:place] + draw(st.binary(max_size=8)) + found[place:]
            case 5 if place < len(found):
                found = found[:place] + bytes([found[place] ^ 1 << draw(st.integers(0, 7))]) + found[place + 1 :]
            case _:
                found = found[:place]
    return found


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """(list or mapping, key) of everything in a tree."""
    for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield node, key
        yield from _places(node[key])


@st.composite
def altered(draw: Callable[[st.SearchStrategy[Any]], Any], tree: Any) -> Any:
    """The tree with one to three entries replaced, left out, doubled, exchanged for another entry of it, or put under another key."""
    found = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(found))
        if not places:
            break
        above, key = draw(st.sampled_from(places))
        match draw(st.integers(0, 5)):
            case 0 | 1:
                above[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            case 2:
                del above[key]
            case 3:
                other, name = draw(st.sampled_from(places))
                above[key] = copy.deepcopy(other[name]) if name in (other if isinstance(other, dict) else range(len(other))) else None
            case 4 if isinstance(above, list):
                above.append(copy.deepcopy(above[key]))
            case 4:
                above[draw(st.sampled_from(("", "name", "task", "0", 0, None, "of", key)))] = above.pop(key)
            case _:
                above[key] = [copy.deepcopy(above[key])]
    return found
