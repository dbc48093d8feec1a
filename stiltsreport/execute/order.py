"""What may start: units by what they rest on."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

from stiltsreport.plan.units import Unit


class Order:
    """Units, each after those that it needs. A need that none of them makes is in the store already."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = {unit.id: unit for unit in units}  # ids and needs are asked for once: some are computed
        self._place = {name: number for number, name in enumerate(self._units)}
        made = {name for name, unit in self._units.items() if unit.chain or unit.translation}
        self._lacks = {name: set(unit.needs) & made for name, unit in self._units.items()}
        self._children: dict[str, list[str]] = {}
        for name, needs in self._lacks.items():
            for need in needs:
                self._children.setdefault(need, []).append(name)
        self._ready = [number for name, number in self._place.items() if not self._lacks[name]]
        self._names = list(self._units)
        self._left = set(self._units)

    @property
    def over(self) -> bool:
        """Whether every unit has ended."""
        return not self._left

    def take(self) -> Iterator[Unit]:
        """Units that may start, the first of the plan first; each is given once."""
        while self._ready:
            yield self._units[self._names[heapq.heappop(self._ready)]]

    def give_back(self, unit: str) -> None:
        """One that was taken may start after all."""
        heapq.heappush(self._ready, self._place[unit])

    def done(self, unit: str) -> None:
        """It has ended well: what rests on it alone may start."""
        self._left.discard(unit)
        for child in self._children.get(unit, ()):
            self._lacks[child].discard(unit)
            if not self._lacks[child] and child in self._left:
                self.give_back(child)

    def failed(self, unit: str) -> list[Unit]:
        """It has failed; everything that rests on it, which will not run."""
        self._left.discard(unit)
        fallen = []
        found = [unit]
        while found:
            for child in self._children.get(found.pop(), ()):
                if child in self._left:
                    self._left.discard(child)
                    fallen.append(self._units[child])
                    found.append(child)
        return fallen
