"""Pages that the program itself fills: commands from the command line, the study file from its schema.

A page says `<!-- commands -->` or `<!-- study file -->` where the text goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

COMMANDS, STUDY_FILE = "<!-- commands -->", "<!-- study file -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """What MkDocs calls for each page."""
    if COMMANDS in markdown:
        markdown = markdown.replace(COMMANDS, "\n".join(commands()))
    if STUDY_FILE in markdown:
        markdown = markdown.replace(STUDY_FILE, "\n".join(study_file()))
    return markdown


def commands() -> Iterator[str]:
    """A section a command, by groups, with its usage as --help prints it."""
    from stiltsreport.cli.help import Layout
    from stiltsreport.cli.manual import GROUPS
    from stiltsreport.cli.parser import parser

    class Wide(Layout):
        """The same on every machine."""

        width = 78  # as wide as code is on a page beside its two lists

    found = parser().others
    for title, names in GROUPS.items():
        yield f"## {title[0].upper()}{title[1:]}\n"
        for name in names:
            found[name].formatter_class = Wide
            yield f"### {name}\n\n```text\n{found[name].format_help().strip()}\n```\n"


def study_file() -> Iterator[str]:
    """A table for the file and for each kind of entry in it."""
    from stiltsreport.study.editors import json_schema

    schema = json_schema()
    yield from _entry("The file", schema)
    for name, one in schema["$defs"].items():
        if "properties" in one:
            yield from _entry(_heading(name), one)


def _entry(title: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"## {title}\n"
    if schema.get("description"):
        yield f"{_escaped(schema['description'])}\n"
    yield "| key | is | default |\n| --- | --- | --- |"
    required = schema.get("required", [])
    for key, value in schema["properties"].items():
        default = "required" if key in required else _default(value)
        said = f": {_escaped(value['description'])}" if value.get("description") else ""
        yield f"| `{key}` | {_kind(value)}{said} | {default} |"
    yield ""


def _heading(name: str) -> str:
    """An entry's name as words.

    >>> _heading("StatisticsEntry"), _heading("HubEntry")
    ('statistics', 'hub')
    """
    words = name.removesuffix("Entry").removesuffix("File")
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in words).strip()


def _kind(value: dict[str, Any]) -> str:
    """What may stand there, in words."""
    several = next((value[key] for key in ("anyOf", "oneOf", "allOf") if key in value), None)
    if several is not None:
        several = [one for one in several if "enum" not in one or {"type": "string"} not in several]  # names that editors offer
        return " or ".join(dict.fromkeys(_kind(one) for one in several if one.get("type") != "null"))
    if "$ref" in value:
        name = _heading(value["$ref"].rpartition("/")[2])
        return f"[{name}](#{name.replace(' ', '-')})"
    choices = value.get("enum", [value["const"]] if "const" in value else [])
    return " or ".join(f"`{choice}`" for choice in choices) or _plain_kind(value)


def _plain_kind(value: dict[str, Any]) -> str:
    """A list, a mapping, or what JSON Schema calls it."""
    kind = value.get("type", "anything")
    if kind in ("array", "object"):
        inner = value.get("items" if kind == "array" else "additionalProperties")
        word, link = {"array": ("a list", "of"), "object": ("a mapping", "to")}[kind]
        return f"{word} {link} {_kind(inner)}" if isinstance(inner, dict) and inner else word
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _default(value: dict[str, Any]) -> str:
    if "default" not in value or value["default"] is None:
        return ""
    return f"`{json.dumps(value['default'], ensure_ascii=False)}`"


def _escaped(text: str) -> str:
    """Text in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
