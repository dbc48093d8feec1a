"""Which artifacts of a store by URL are there, as far as this process has seen: listed together, or asked for one by one."""

from __future__ import annotations

from stiltsreport.store.commits import Named, commit_key, named
from stiltsreport.store.objects import Objects
from stiltsreport.store.store import Kind


class CommitIndex:
    """By kind and job the commit that counts. `whole` False is for who asks for few: nothing is listed. Every method raises OSError."""

    def __init__(self, objects: Objects, *, whole: bool) -> None:
        self._objects, self._whole = objects, whole
        self._seen: dict[Kind, dict[str, Named]] = {}
        self._listed: set[Kind] = set()

    def refresh(self) -> None:
        """Forget all of it, to see it as it is now."""
        self._seen.clear()
        self._listed.clear()

    def find(self, kind: Kind, job: str) -> Named | None:
        """The commit, as of when it was seen."""
        if not self._whole:
            return self.find_now(kind, job)
        if kind not in self._listed:
            self._seen[kind] = named(self._objects.list(kind))
            self._listed.add(kind)
        return self._seen[kind].get(job)

    def find_now(self, kind: Kind, job: str) -> Named | None:
        """The commit, asked for now where it was not seen before."""
        seen = self._seen.setdefault(kind, {})
        if job not in seen:
            self.note(kind, job, self.look(kind, job))
        return seen.get(job)

    def look(self, kind: Kind, job: str) -> Named:
        """The commit that counts now; where there is none, the place of the next one, without a tag."""
        number = 1
        while (about := self._objects.about(commit_key(kind, job, number))) is not None:
            if self._objects.about(commit_key(kind, job, number, "damaged")) is None:
                return Named(commit_key(kind, job, number), number, about.tag)
            number += 1
        return Named(commit_key(kind, job, number), number, "")

    def note(self, kind: Kind, job: str, place: Named) -> None:
        """What was found of a job: one without a tag is none."""
        if place.tag:
            self._seen.setdefault(kind, {})[job] = place
        else:
            self.forget(kind, job)

    def forget(self, kind: Kind, job: str) -> Named | None:
        """Count a job as not there; the commit that it had."""
        return self._seen.get(kind, {}).pop(job, None)
