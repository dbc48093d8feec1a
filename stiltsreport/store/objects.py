"""Objects by key under a URL: read, written whole, created once, listed. What fails is tried again, with longer and longer waits.

fsspec reaches s3, gs, memory and a good many others; each of them looks for its credentials in the environment.
"""

from __future__ import annotations

import datetime as dt
import errno
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from stiltsreport.errors import StiltsReportError
from stiltsreport.redaction import redacted
from stiltsreport.store.urls import shown

TRIES = 6
PATIENT_TRIES = 14
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30.0  # doubled each time: 16 s in all, four minutes with patience
SETTLE_SECONDS = 1.0  # where an object cannot be created exclusively: that two writers need to see which of them is there
_SIDE_BY_SIDE = 16
_BATCH = 1000
# Those that create an object only where there is none, in one request, and show no object before it is whole.
_EXCLUSIVE = {"s3", "s3a", "gs", "gcs", "memory"}
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}
# What another try will not mend.
_FINAL = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError, NotImplementedError, ImportError,
          TypeError, ValueError, AttributeError)  # fmt: skip
_FINAL_NUMBERS = {errno.EINVAL, errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENAMETOOLONG, errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_NO_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "DefaultCredentialsError", "RefreshError"}
_DENIED = {errno.EPERM, errno.EACCES}
_Value = TypeVar("_Value")


class UnreachableError(OSError):
    """What a URL leads to cannot be read or written, after all tries."""


@dataclass(frozen=True)
class Listed:
    """An object as a listing shows it. `tag` is another one once it is written anew; `when` it was written, where that is known."""

    size: int
    tag: str
    when: float | None


class Objects:
    """The objects under a URL, by keys with slashes. Every method raises UnreachableError, an OSError, where no try has helped."""

    def __init__(
        self, url: str, filesystem: Any = None, *, tries: int = TRIES, sleep: Callable[[float], None] = time.sleep,
        settle: float = SETTLE_SECONDS,
    ) -> None:  # fmt: skip
        self.url = url
        self._filesystem, self._root = filesystem, ""
        self.tries, self._sleep, self._settle = tries, sleep, settle
        if filesystem is not None:
            self._root = filesystem._strip_protocol(url).rstrip("/")  # noqa: SLF001 - how fsspec tells a path of a URL

    @property
    def place(self) -> str:
        """The URL as it may be shown."""
        return shown(self.url)

    @property
    def protocol(self) -> str:
        """The URL's scheme."""
        return self.url.partition("://")[0].lower()

    def read(self, key: str) -> bytes:
        """An object. Raises FileNotFoundError where there is none."""
        return self._tried(lambda: bytes(self._fs.cat_file(self._path(key))))

    def read_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Objects by key; those that are not there are left out."""
        found: dict[str, bytes] = {}
        for begin in range(0, len(keys), _BATCH):
            paths = {self._path(key): key for key in keys[begin : begin + _BATCH]}
            got = self._tried(lambda paths=paths: self._fs.cat(list(paths), on_error="return"))  # type: ignore[misc]
            if isinstance(got, bytes):  # of a single path some return the content alone
                got = dict.fromkeys(paths, got)
            for path, content in got.items():
                key = paths.get(path) or paths["/" + path.lstrip("/")]
                try:
                    found[key] = bytes(content) if not isinstance(content, BaseException) else self.read(key)
                except FileNotFoundError:
                    continue
        return found

    def write(self, key: str, content: bytes) -> None:
        """Write a small object, over the one that is there: readers see the old or the new."""
        if self.protocol in _EXCLUSIVE:
            self._tried(lambda: self._fs.pipe_file(self._path(key), content))
        else:
            self._tried(lambda: self._replace(key, content))

    def create(self, key: str, content: bytes) -> bool:
        """Write a small object where there is none; whether it is ours that is there now. Of several that try, one is told so.

        A try may have been carried out although its answer was lost: what is there is compared, so contents must differ between writers.
        """

        def once() -> bool:
            if self.protocol in _EXCLUSIVE:
                try:
                    self._fs.pipe_file(self._path(key), content, mode="create")
                except OSError as error:
                    there = self._there(key)
                    if there is None and isinstance(error, FileExistsError):  # it was there a moment ago
                        raise OSError(errno.EAGAIN, str(error)) from error
                    if there is None:
                        raise
                    return there == content
                return True
            there = self._there(key)
            if there is None:
                self._replace(key, content)
                self._sleep(self._settle)
                there = self._there(key)
            return there == content

        return self._tried(once)

    def upload(self, file: Path, key: str) -> None:
        """A local file as an object."""

        def once() -> None:
            self._make_parent(key)
            self._fs.put_file(str(file), self._path(key))

        self._tried(once)

    def download(self, key: str, file: Path) -> None:
        """An object as a local file. Raises FileNotFoundError where there is none."""
        self._tried(lambda: self._fs.get_file(self._path(key), str(file)))

    def about(self, key: str) -> Listed | None:
        """What a listing would show of one object; None where there is none."""
        try:
            return _listed(self._tried(lambda: self._fs.info(self._path(key))))
        except FileNotFoundError:
            return None

    def list(self, folder: str = "") -> dict[str, Listed]:
        """Every object whose key begins with `folder` and a slash, by key."""
        path = self._path(folder) if folder else self._base
        try:
            found: Mapping[str, Mapping[str, Any]] = self._tried(lambda: self._fs.find(path, detail=True))
        except FileNotFoundError:
            return {}
        base = self._base.strip("/") + "/"
        start = base + (f"{folder}/" if folder else "")  # some list by the beginning of names, where "store" is that of "store2"
        files = {name.lstrip("/"): about for name, about in found.items() if about.get("type") != "directory"}
        return {name.removeprefix(base): _listed(about) for name, about in files.items() if name.startswith(start) and name != start}

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, in their order where it matters: the next goes once the last one is gone. Those that are not there are gone."""
        for key in keys:
            try:
                self._tried(lambda key=key: self._fs.rm_file(self._path(key)))  # type: ignore[misc]
            except FileNotFoundError:
                continue

    def each(self, does: Callable[[_Value], object], values: Sequence[_Value]) -> None:
        """Do something with each value, several side by side: what is far away is waited for together. The first error is raised."""
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            for _ in pool.map(does, values):
                pass

    @property
    def _fs(self) -> Any:
        if self._filesystem is None:
            self._filesystem, self._root = _opened(self.url)
        return self._filesystem

    @property
    def _base(self) -> str:
        """The URL's own path in its file system, which is opened to tell it."""
        return self._root if self._fs is not None else ""

    def _path(self, key: str) -> str:
        return f"{self._base}/{key}"

    def _there(self, key: str) -> bytes | None:
        try:
            return bytes(self._fs.cat_file(self._path(key)))
        except FileNotFoundError:
            return None

    def _make_parent(self, key: str) -> None:
        """Where folders are real."""
        if self.protocol not in _EXCLUSIVE:
            self._fs.makedirs(self._path(key).rpartition("/")[0], exist_ok=True)

    def _replace(self, key: str, content: bytes) -> None:
        self._make_parent(key)
        scratch = f"{self._path(key)}.{secrets.token_hex(6)}.part"
        self._fs.pipe_file(scratch, content)
        self._fs.mv(scratch, self._path(key))

    def _tried(self, once: Callable[[], _Value]) -> _Value:
        wait = FIRST_WAIT_SECONDS
        for number in range(1, self.tries + 1):
            try:
                return once()
            except (FileNotFoundError, FileExistsError, StiltsReportError):
                raise
            except Exception as error:  # each kind of store has errors of its own
                if _is_final(error) or number == self.tries:
                    raise UnreachableError(_number(error), self._reason(error, number)) from error
            self._sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        raise AssertionError("the last try returns or raises")

    def _reason(self, error: Exception, tries: int) -> str:
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        first = next(iter(said.splitlines()), "") or type(error).__name__
        tried = f" (tried {tries} times)" if tries > 1 else ""
        if type(error).__name__ in _NO_CREDENTIALS:
            return f"no credentials for {self.protocol} are in the environment{tried}"
        return redacted(f"{first}{tried}")


def _opened(url: str) -> tuple[Any, str]:
    """The file system and the path in it. Raises StiltsReportError where a package is lacking, or the scheme is not known."""
    from fsspec.core import url_to_fs

    protocol = url.partition("://")[0].lower()
    try:
        # What others write is to be seen; and one who tries again is enough: botocore's tries, s3fs's and ours would multiply to minutes.
        own = {"config_kwargs": {"retries": {"total_max_attempts": 1}}} if _EXTRAS.get(protocol) == "s3" else {}
        filesystem, path = url_to_fs(url, use_listings_cache=False, **own)
    except ImportError as error:
        extra = _EXTRAS.get(protocol)
        hint = f"pip install 'stiltsreport[{extra}]'" if extra else str(error)
        raise StiltsReportError(f"{protocol}:// needs a package that is not installed", where=shown(url), hint=hint) from error
    except ValueError as error:
        raise StiltsReportError(redacted(str(error)), where=shown(url), hint="such as s3://bucket/folder") from error
    return filesystem, str(path).rstrip("/")


def _is_final(error: Exception) -> bool:
    number = error.errno if isinstance(error, OSError) else None
    return isinstance(error, _FINAL) or number in _FINAL_NUMBERS or type(error).__name__ in _NO_CREDENTIALS


def _number(error: Exception) -> int:
    number = error.errno if isinstance(error, OSError) and error.errno else errno.EIO
    return errno.EACCES if number in _DENIED or isinstance(error, PermissionError) else number


def _listed(about: Mapping[str, Any]) -> Listed:
    when = next((about[name] for name in ("LastModified", "mtime", "updated", "last_modified", "created") if about.get(name)), None)
    size = int(about.get("size") or 0)
    seconds = _seconds(when)
    tag = about.get("ETag") or about.get("etag") or f"{size} {seconds}"
    return Listed(size, str(tag).strip('"'), seconds)


def _seconds(when: object) -> float | None:
    """Since 1970."""
    if isinstance(when, int | float):
        return float(when)
    try:
        found = dt.datetime.fromisoformat(when) if isinstance(when, str) else when
    except ValueError:
        return None
    return found.timestamp() if isinstance(found, dt.datetime) else None
