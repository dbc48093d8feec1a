"""The Hub asked again where it is busy, slow or not to be reached: a few times, ever later, and within a bound; then one clear error.

Files that are there stay. One that breaks off is gone on with while its download is tried again by huggingface_hub itself (five times);
a later command begins that one file anew: since 2.x the client keeps no part of a file.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from stiltsreport.errors import StiltsReportError

T = TypeVar("T")
_STATUS = re.compile(r"\d{3} (Client|Server) Error")
TRIES = 5
BOUND = 120.0  # seconds, after which nothing is tried again; a try that is under way ends by the client's own timeouts
FIRST, LONGEST = 1.0, 16.0  # seconds to wait
_BUSY = {408, 425, 429, 500, 502, 503, 504}  # HTTP statuses that another try may find gone
# What huggingface_hub's other threads say where one of them met a connection that failed, and closed the client that they share.
_OF_OTHERS = ("the client has been closed", "'NoneType' object has no attribute 'request'", "'NoneType' object has no attribute 'stream'")
FETCHING = "cannot be fetched"
_ACCESS = "of what is private or gated `hf auth login`, or HF_TOKEN, with an account that has access"
_OF_REFUSALS = {401: _ACCESS, 403: _ACCESS, 404: f"its name as the Hub has it; {_ACCESS}"}  # what would be right, by HTTP status
AGAIN = "`stiltsreport fetch STUDY` goes on where this stopped, once the Hub answers; or local files with --data"


def patiently(
    action: Callable[[], T],
    where: str,
    *,
    failed: str = FETCHING,
    hint: str = AGAIN,
    tell: Callable[[str], object] | None = None,
) -> T:
    """The action's value. What may pass is tried again; everything else, and the last try's fault, is a StiltsReportError at `where`.

    `failed` says of what will not pass what it came to. A StiltsReportError of the action goes through as it is.
    """
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # its warnings name addresses with their signatures; what is tried again is told here
    began, wait = time.monotonic(), FIRST
    for attempt in range(1, TRIES + 1):
        try:
            return action()
        except StiltsReportError:
            raise
        except Exception as error:  # each transport has errors of its own, which no common class unites
            if not may_pass(error):
                refused = _refusal(error)
                own = _OF_REFUSALS.get(_status(refused) or 0) if failed == FETCHING else None
                raise StiltsReportError(f"{failed}: {first_line(refused)}", where=where, hint=own or hint) from error
            spent = time.monotonic() - began
            if attempt == TRIES or spent + wait > BOUND:
                tries = f"{attempt} tries" if attempt > 1 else "one try"
                what = f"the Hub does not answer as it should, {tries} in {spent:.0f} s: {first_line(error)}"
                raise StiltsReportError(what, where=where, hint=hint) from error
            if tell is not None:
                tell(f"{where}: {first_line(error)}; again in {wait:.0f} s")
            time.sleep(wait)
            wait = min(2 * wait, LONGEST)
    raise AssertionError("every try ends in a value or an error")


def may_pass(error: BaseException) -> bool:
    """Whether a fault, or what caused it, is one of the connection or of a busy server."""
    for one in _chain(error):
        status = _status(one)
        if status is not None:
            return status in _BUSY
        if "OfflineMode" in type(one).__name__:
            return False
        if isinstance(one, ConnectionError | TimeoutError) or "Consistency check failed" in str(one):
            return True
        if any(said in str(one) for said in _OF_OTHERS):
            return True
        if any(kind.__name__ in ("TransportError", "NetworkError", "TimeoutException") for kind in type(one).__mro__):
            return True  # of httpx, whatever its version is called
    return False


def _status(error: BaseException) -> int | None:
    """The HTTP status that an error tells of."""
    found: int | None = getattr(getattr(error, "response", None), "status_code", None)
    return found


def _refusal(error: BaseException) -> BaseException:
    """The error itself, or the server's refusal that caused it: the client speaks of the connection then."""
    return next((one for one in _chain(error) if _status(one) is not None), error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    met: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in met:
        met.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def first_line(error: BaseException) -> str:
    """What an error of another library says, in one line; behind a bare HTTP status also what the server says of it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return " ".join(lines[:2]) if _STATUS.match(lines[0]) else lines[0]
