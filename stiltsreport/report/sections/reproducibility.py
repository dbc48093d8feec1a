"""The reproducibility statement: the command, seeds, versions, machines and data behind the numbers; and the study file itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import stiltsreport
from stiltsreport.report.document import Block, Bullets, Code, Inline, Paragraph, Reference, Section, Source, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed, plural


def reproducibility(evidence: Evidence, appendix: Sequence[Block]) -> Section:
    """The statement, with pointers to the tables among `appendix` that hold the details; where one is not shown, to provenance.json."""
    study = evidence.study
    shown = {block.id for block in appendix if isinstance(block, Table)}
    blocks: list[Block] = [
        Paragraph(
            (
                "The command ",
                Code(f"stiltsreport build {study.path.name}"),
                " gives these numbers again from the study file, which stands whole in ",
                Reference("study-file", "section"),
                ", and the data whose fingerprints are named below",
                *(("; local files are found with ", Code("--data DIR")) if _local(evidence) else ()),
                ". Everything else is in ",
                Code("provenance.json"),
                " beside this report.",
            )
        ),
        Bullets((_seeds(evidence), *_versions(evidence), *_sources(evidence, shown), *_trusted(evidence), _records(evidence))),
    ]
    return Section("reproducibility", "Reproducibility statement", tuple(blocks))


def study_file(evidence: Evidence) -> Section:
    """The study file as it was read."""
    return Section(
        "study-file", "Study file", (Source(f"The study file {evidence.study.path.name}", evidence.study.source),), appendix=True
    )


def _local(evidence: Evidence) -> bool:
    return any(row.origin.startswith("local files") for row in evidence.results.setup.data)


def _seeds(evidence: Evidence) -> tuple[Inline, ...]:
    study = evidence.study
    own = [f"{label}: {_numbers(seeds)}" for label, seeds in study.arm_seeds if seeds != study.seeds]
    parts = [f"Seeds: {_numbers(study.seeds)}; seed i drives both trainings, their data order and their heads."]
    if own:
        parts.append(f"Rows with seeds of their own: {'; '.join(own)}.")
    if study.tune is not None:
        parts.append(f"Learning rates are chosen on seeds {_numbers(study.tune.seeds)}, which are not reported.")
    if study.collapse == "retry":
        parts.append("Seeds above 1000 stand for collapsed runs, as declared.")
    return (" ".join(parts),)


def _numbers(seeds: Sequence[int]) -> str:
    return listed([str(seed) for seed in seeds])


def _versions(evidence: Evidence) -> list[tuple[Inline, ...]]:
    """The tool, its packages, and the machines that jobs ran on."""
    provenance = evidence.results.provenance
    commit = provenance.get("commit")
    facts: list[tuple[Inline, ...]] = [
        (
            "Written by stiltsreport ",
            Code(str(provenance.get("stiltsreport", stiltsreport.__version__))),
            *((", commit ", Code(str(commit))) if commit else ()),
            ".",
        )
    ]
    packages = provenance.get("packages") or {}
    if packages:
        facts.append((f"Packages: {', '.join(f'{name} {version}' for name, version in packages.items())}.",))
    facts.extend((machine_in_words(record),) for record in provenance.get("machines") or ())
    return facts


def _sources(evidence: Evidence, shown: set[str]) -> list[tuple[Inline, ...]]:
    """Revisions of models, and fingerprints of data sets."""
    facts: list[tuple[Inline, ...]] = [
        (f"{record.get('title', record.get('name'))}: revision or checksum ", Code(str(record.get("revision"))), ".")
        for record in evidence.results.setup.models
        if record.get("revision")
    ]
    sets = evidence.results.setup.data
    marked = sum(bool(row.fingerprint) for row in sets)
    if not sets:
        facts.append(("Data: no set has been read yet.",))
        return facts
    where: tuple[Inline, ...] = (Reference("data"),) if "data" in shown else (Code("provenance.json"),)
    count = f"Data: {plural(len(sets), 'set')} {'was' if len(sets) == 1 else 'were'} read"
    some = "" if marked == len(sets) else f" ({counted(marked)} with a fingerprint)"
    facts.append((f"{count}{some}; the fingerprint of each one's content stands in ", *where, "."))
    return facts


def _trusted(evidence: Evidence) -> list[tuple[Inline, ...]]:
    """Models whose own code ran, as the study lets them: it is part of the results, and nobody here has read it."""
    named = evidence.study.trust_remote_code
    code = "Code that came with these checkpoints was trusted and may have run: "
    return [(code, *(part for name in named for part in (Code(name), ", " if name != named[-1] else ".")))] if named else []


def _records(evidence: Evidence) -> tuple[Inline, ...]:
    return (
        f"Study digest {evidence.digest}; {plural(len(evidence.results.scores), 'score')} in ",
        Code("scores.jsonl"),
        f", {plural(sum(row.interval == 't' for row in evidence.comparisons), 'comparison')} in ",
        Code("comparisons.jsonl"),
        ".",
    )


def machine_in_words(record: dict[str, Any]) -> str:
    """A machine of provenance.json with its versions, and how many jobs it ran."""
    versions = record.get("packages") or {}
    parts = [str(record[name]) for name in ("device", "processor") if record.get(name)]
    if record.get("python"):
        parts.append(f"Python {record['python']}")
    parts += [f"{name} {versions[name]}" for name in ("torch", "transformers", "tokenizers") if name in versions]
    if record.get("commit"):
        parts.append(f"commit {record['commit']}")
    jobs = f" ({counted(record['jobs'])} jobs)" if isinstance(record.get("jobs"), int) else ""
    return f"Jobs ran on {', '.join(parts)}{jobs}."
