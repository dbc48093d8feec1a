"""Provenance: what made a report, as provenance.json."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import stiltsreport
from stiltsreport.execute.machine import tool_commit
from stiltsreport.places import is_file, is_folder
from stiltsreport.plan.plan import Plan
from stiltsreport.results.hours import hours
from stiltsreport.results.setup import Setup
from stiltsreport.store import VERSION as STORE_VERSION
from stiltsreport.store import Store
from stiltsreport.study.study import IntermediateEntry, Study

VERSION = 1
_PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "numpy", "scipy", "statsmodels", "matplotlib", "safetensors")


def provenance(plan: Plan, store: Store, setup: Setup, records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The study as written and as resolved, the tool that reports, the distinct machines and versions that the jobs ran on, and the setup.

    No folder of this machine stands in it. `store` names only the store's format; "only" holds the patterns of --only, where runs were left
    out.
    """
    del store
    found: dict[str, Any] = {
        "format": "stiltsreport provenance",
        "version": VERSION,
        **_reporting(),
        "store_version": STORE_VERSION,
        "study": _study(plan.study, plan.precision),
        **({"only": list(plan.only)} if plan.only else {}),
        "machines": machines(records),
        "hours": hours(plan, records),
        "setup": setup.to_json(),
    }
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]  # lists for tuples, as it is read back


def reported_anew(before: Mapping[str, Any], study: Study) -> dict[str, Any]:
    """The provenance of a folder whose results are reported again, by this code and by the study as it is now.

    Machines and setup stay those of the jobs; `study_as_run` is the study that they were run for, where its text was another.
    """
    old = before.get("study") or {}
    precision = old.get("resolved", {}).get("precision")
    now, kept = _study(study, precision), kept_folders(before)
    if kept:
        now["folders"] = {**kept, **now.get("folders", {})}  # of models that may be gone
    found: dict[str, Any] = {**before, **_reporting(), "study": now}
    if "study_as_run" not in before and any(old.get(key) != found["study"].get(key) for key in ("source", "overrides")):
        found["study_as_run"] = old
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def kept_folders(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The config.json of each model folder that a provenance keeps, by its place seen from the study."""
    study = found.get("study")
    return dict(study.get("folders") or {}) if isinstance(study, dict) else {}


def _reporting() -> dict[str, Any]:
    return {"stiltsreport": stiltsreport.__version__, "commit": tool_commit(), "packages": package_versions()}


def _study(study: Study, precision: str | None) -> dict[str, Any]:
    return {
        "name": study.name,
        "source": study.source,
        **({"overrides": list(study.overrides)} if study.overrides else {}),
        **({"folders": folders} if (folders := _folders(study)) else {}),
        "resolved": resolved(study, precision),
    }


def _folders(study: Study) -> dict[str, dict[str, Any]]:
    """The config.json of each model that is a folder, by its place seen from the study: reports are read where it is not."""
    found = {}
    for place in dict.fromkeys(model.checkpoint for model in study.models):
        config = Path(place) / "config.json"
        if is_folder(place) and is_file(config):
            with contextlib.suppress(OSError, ValueError):  # gone since the study was read: the report says what it can
                found[Path(os.path.relpath(place, study.path.parent)).as_posix()] = json.loads(config.read_text(encoding="utf-8"))
    return found


def package_versions() -> dict[str, str]:
    """Versions of the packages that the statistics and the report rest on, as far as they are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def machines(records: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The distinct machine records among the jobs', in an order of their own, each with its number of jobs."""
    counts: dict[str, int] = {}
    for record in records.values():
        if "machine" in record:
            text = json.dumps(record["machine"], sort_keys=True)
            counts[text] = counts.get(text, 0) + 1
    return [{**json.loads(text), "jobs": count} for text, count in sorted(counts.items())]


def resolved(study: Study, precision: str | None) -> dict[str, Any]:
    """The study with every name and default in place."""
    return {
        "title": study.title,
        "models": [model.name for model in study.models],
        "intermediate": [_entry(entry) for entry in study.intermediate],
        "variants": [variant.name for variant in study.variants],
        "benchmark": study.benchmark,
        "target": [
            {
                "task": entry.task.name,
                "languages": list(entry.languages),
                "train": [task.name for task in entry.train],
                **({"pairs": [list(pair) for pair in entry.pairs]} if entry.pairs else {}),
                **({"layer_on": list(entry.layer_on)} if entry.layer_on else {}),
            }
            for entry in study.target
        ],
        "tune": asdict(study.tune) if study.tune else None,
        "collapse": study.collapse,
        "seeds": list(study.seeds),
        **({"arm_seeds": {arm: list(seeds) for arm, seeds in study.arm_seeds}} if study.arm_seeds else {}),
        **({"looks": asdict(study.looks)} if study.looks else {}),
        "recipes": {"intermediate": asdict(study.intermediate_recipe), "target": asdict(study.target_recipe)},
        "limit": asdict(study.limit),
        "precision": precision or study.precision,
        "keep": study.keep,
        "split": study.split,
        **({"trust_remote_code": list(study.trust_remote_code)} if study.trust_remote_code else {}),
        "statistics": asdict(study.statistics),
        "report": asdict(study.report),
    }


def _entry(entry: IntermediateEntry) -> str | dict[str, Any]:
    """A single task by its name; a mixture, control or task with fewer examples with what it is made of."""
    if len(entry.tasks) == 1 and entry.tasks[0].name == entry.name and entry.control is None and entry.examples is None:
        return entry.name
    return {
        "name": entry.name,
        "tasks": [task.name for task in entry.tasks],
        "sampling": asdict(entry.sampling) if len(entry.tasks) > 1 else None,
        "examples": entry.examples,
        "control": entry.control,
    }
