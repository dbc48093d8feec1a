"""Small texts of a store by URL: those of a name, written anew, and logs, of which each line is an object."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.store.objects import Objects


def texts(objects: Objects, folder: str) -> dict[str, str]:
    """The texts of a folder by their names, as they are now; none of folders in it. Raises OSError."""
    contents = objects.read_many(list(objects.list(folder)))
    return {key: content.decode(errors="replace") for key, content in contents.items() if Path(key).parts == (folder, Path(key).name)}


def lines(objects: Objects, name: str) -> dict[int, str]:
    """The lines of a log by number. Raises OSError."""
    numbers = {int(Path(key).name): key for key in objects.list(name) if Path(key).name.isdigit()}
    contents = objects.read_many(list(numbers.values()))
    return {number: contents[key].decode() for number, key in sorted(numbers.items()) if key in contents}


def add_lines(objects: Objects, name: str, shared: dict[int, str], more: list[str]) -> None:
    """Add lines to a log of which `shared` was seen: behind what others have added since, and none that is there. Raises OSError."""
    number = max(shared, default=0)
    for line in more:
        while line not in shared.values():
            number += 1  # behind the last one: where one was removed, those behind it are there still
            if objects.create(f"{name}/{number:06}", line.encode()):
                shared[number] = line
            else:
                shared = lines(objects, name)
                number = max([number, *shared])
