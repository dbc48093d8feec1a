"""What lies in a store by URL, and what of it nobody needs: as `sweeping` says of a folder, in objects, from one listing.

Removed are first the objects that make something be there, then its files: who reads at the same time sees it whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from stiltsreport.store.commits import commit_key, commits, mark, read_commit
from stiltsreport.store.manifest import DamagedArtifact
from stiltsreport.store.objects import Listed
from stiltsreport.store.piece import ABANDONED_DAYS, DAY, Piece
from stiltsreport.store.shared_store import SharedStore
from stiltsreport.store.store import KINDS, Kind

_ATTEMPTS = ("failures", "leases", "states")


def unneeded_objects(store: SharedStore, needs: Mapping[Kind, Collection[str]], units: Collection[str], now: float) -> list[Piece]:
    """Artifacts of other jobs, files of those that are damaged, attempts of other units, and uploads that were broken off.

    Raises StiltsReportError where the store cannot be read.
    """
    try:
        held = set(store.attempts.running())
        listed = store.objects.list()
        return [*_artifacts(store, listed, needs, now), *_attempts(listed, {*held, *units}), *_probes(listed, now)]
    except OSError as error:
        raise store.unusable(error) from error


def remove_objects(store: SharedStore, found: Iterable[Piece]) -> None:
    """Remove pieces, each by its keys in their order. Raises StiltsReportError where that is not allowed."""
    try:
        for piece in found:
            store.objects.delete(piece.keys[: piece.first])
            store.objects.each(lambda key: store.objects.delete([key]), piece.keys[piece.first :])
    except OSError as error:
        raise store.unusable(error) from error
    finally:
        store.refresh()


def _artifacts(store: SharedStore, listed: Mapping[str, Listed], needs: Mapping[Kind, Collection[str]], now: float) -> Iterator[Piece]:
    """Each job of no study as a whole; of the others the files that no commit which counts is about."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for _, kind, job, number in commits(listed):
        numbers.setdefault((kind, job), []).append(number)
    files: dict[tuple[str, str], dict[str, list[str]]] = {}
    for key in listed:
        parts = PurePosixPath(key).parts
        if parts[0] == "data" and len(parts) > 4:  # noqa: PLR2004 - data/KIND/JOB/N-TOKEN/FILE
            files.setdefault((parts[1], parts[2]), {}).setdefault(parts[3], []).append(key)
    for kind in KINDS:
        for job in sorted({job for one, job in {*numbers, *files} if one == kind}):
            own, about = files.get((kind, job), {}), sorted(numbers.get((kind, job), []), reverse=True)
            if job not in needs[kind] and about:
                yield _whole(listed, kind, job, about, [key for keys in own.values() for key in keys])
                continue
            marked = {number for number in about if mark(commit_key(kind, job, number)) in listed}
            counts = next((number for number in about if number not in marked), None)
            data = _data_of(store, commit_key(kind, job, counts)) if counts is not None and len(own) > 1 else None
            leftover = counts is None or data is not None  # else there is one folder, which counts, or which of them does is not known
            for name, keys in sorted(own.items()):
                number = int(name.partition("-")[0]) if name.partition("-")[0].isdigit() else 0
                if number in marked and name != data:
                    yield _piece("quarantine", f"data/{kind}/{job}/{name}", keys, 0, listed)
                elif name != data and leftover and _old(listed, keys, now):
                    yield _piece("scratch", f"data/{kind}/{job}/{name}", keys, 0, listed)


def _whole(listed: Mapping[str, Listed], kind: str, job: str, numbers: Iterable[int], data: list[str]) -> Piece:
    """An artifact with all its commits, the highest first, each before its own mark: none that was damaged counts in between."""
    made = [key for number in numbers for key in (commit_key(kind, job, number), commit_key(kind, job, number, "damaged")) if key in listed]
    return _piece(kind, f"{kind}/{job}", [*made, *data], len(made), listed)


def _attempts(listed: Mapping[str, Listed], kept: Collection[str]) -> Iterator[Piece]:
    found: dict[str, list[str]] = {}
    for key in listed:
        folder, _, rest = key.partition("/")
        if folder in _ATTEMPTS and rest.partition("/")[0] not in kept:
            found.setdefault(rest.partition("/")[0], []).append(key)
    for unit, keys in sorted(found.items()):
        yield _piece("attempts", f"attempts/{unit}", keys, 0, listed)


def _probes(listed: Mapping[str, Listed], now: float) -> Iterator[Piece]:
    for key in sorted(listed):
        if key.startswith("probes/") and _old(listed, [key], now):
            yield _piece("scratch", key, [key], 0, listed)


def _data_of(store: SharedStore, key: str) -> str | None:
    """The folder of a commit's files; None where it cannot be read, so that nothing of it is removed."""
    try:
        return read_commit(store.objects.read(key)).data
    except (DamagedArtifact, FileNotFoundError):
        return None


def _old(listed: Mapping[str, Listed], keys: Iterable[str], now: float) -> bool:
    """Whether nothing was written for long: an upload that goes on may be named yet."""
    whens = [listed[key].when for key in keys]
    return all(when is not None and now - when > ABANDONED_DAYS * DAY for when in whens)


def _piece(kind: str, path: str, keys: list[str], first: int, listed: Mapping[str, Listed]) -> Piece:
    return Piece(kind, PurePosixPath(path), sum(listed[key].size for key in keys), tuple(keys), first)
