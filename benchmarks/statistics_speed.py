"""How long the statistics of a large study take, its claims included: 4 models, 11 intermediate tasks, 12 targets, 50 languages, 5 seeds.

python benchmarks/statistics_speed.py
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from stiltsreport.metrics import METRICS
from stiltsreport.results import Results, Score, Setup
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.collapse import judged
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import BASELINE, Study
from stiltsreport.tasks import TARGET_NAMES
from stiltsreport.tasks.languages import LANGUAGES

MODELS, INTERMEDIATE, SEEDS, COUNT = 4, 11, 5, 50
CLAIMS = """\
claims:
  - {name: squad-helps, better: squad, than: none, on: average}
  - {name: mnli-helps-twice, better: mnli, than: none, by: 2, on: [average, zero-shot-average, "group:qa"]}
  - {name: alike, equivalent: hellaswag, than: cosmosqa, within: 1, on: average}
  - {name: no-harm, no_worse: qqp, than: none, by: 1, on: average}
  - {name: order, ranking: [hellaswag, mnli, none], on: average}
  - {name: most, count: {better: squad, than: none, tasks: 8}}
  - {name: of-many, count: {better: all, than: none, intermediates: 6}, on: average}
  - {name: groups, interaction: targets, of: squad, than: none, between: ["group:qa", "group:classification"]}
  - {name: far, trend: gain-by-distance, of: squad, direction: down, on: xnli}
"""
NAMES = ["anli-plus", "mnli", "qqp", "squad2", "squad", "hellaswag", "ccg", "cosmosqa", "csqa", "siqa", "qamr"]


def large_study(folder: Path) -> Study:
    """The study; every target is given 50 languages."""
    file = folder / "large.yaml"
    file.write_text(
        f"title: Large\nmodels: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl]\nintermediate: [{', '.join(NAMES)}]\n"
        f"target: [{', '.join(TARGET_NAMES)}]\nseeds: [1, 2, 3, 4, 5]\nstatistics: {{margin: 1}}\n{CLAIMS}",
        encoding="utf-8",
    )
    study = read_study(file)
    languages = tuple(LANGUAGES)[:COUNT]
    return replace(study, target=tuple(replace(entry, languages=languages) for entry in study.target))


def large_scores(study: Study) -> list[Score]:
    """Noise around 60 in every cell and metric."""
    generator = np.random.default_rng(1)
    return [
        Score(
            model.name,
            "plain",
            arm,
            entry.task.name,
            "target",
            "test",
            language,
            None,
            seed,
            METRICS[key].name,
            value,
            1000,
            f"{model.name}{arm}",
        )
        for model in study.models
        for arm in (BASELINE, *(task.name for task in study.intermediate))
        for entry in study.target
        for language in entry.languages
        for key in entry.task.metrics
        for seed, value in zip(study.seeds, generator.normal(60, 1, len(study.seeds)).tolist(), strict=True)
    ]


def main() -> None:
    """Print the seconds and the memory."""
    with tempfile.TemporaryDirectory() as folder:
        study = large_study(Path(folder))
        scores = large_scores(study)
        began, worked = time.perf_counter(), time.process_time()
        found = judged(study, scores, ())
        compared = time.perf_counter() - began
        answers = answer_claims(study, Results(tuple(scores), (), Setup(), {}))
        wall, processor = time.perf_counter() - began, time.process_time() - worked
        print(f"{len(scores):,} scores, {len(found):,} comparisons: {compared:.1f} s; {len(answers)} answers to {len(study.claims)} claims")
        print(f"in all {wall:.1f} s, of them {processor:.1f} s on the processor; memory {_peak() / 2**20:.0f} MiB at most, scores included")


def _peak() -> int:
    """The largest resident memory of this process, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
