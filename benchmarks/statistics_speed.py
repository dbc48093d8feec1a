"""How long the statistics of a large study take: 4 models, 11 intermediate tasks, 12 targets, 50 languages, 5 seeds.

python benchmarks/statistics_speed.py
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from stiltsreport.metrics import METRICS
from stiltsreport.results import Score
from stiltsreport.stats.compare import compare
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import BASELINE, Study
from stiltsreport.tasks import TARGET_NAMES
from stiltsreport.tasks.languages import LANGUAGES

MODELS, INTERMEDIATE, SEEDS, COUNT = 4, 11, 5, 50
NAMES = ["anli-plus", "mnli", "qqp", "squad2", "squad", "hellaswag", "ccg", "cosmosqa", "csqa", "siqa", "qamr"]


def large_study(folder: Path) -> Study:
    """The study; every target is given 50 languages."""
    file = folder / "large.yaml"
    file.write_text(
        f"title: Large\nmodels: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl]\nintermediate: [{', '.join(NAMES)}]\n"
        f"target: [{', '.join(TARGET_NAMES)}]\nseeds: [1, 2, 3, 4, 5]\nstatistics: {{margin: 1}}\n",
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
    """Print the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        study = large_study(Path(folder))
        scores = large_scores(study)
        began, worked = time.perf_counter(), time.process_time()
        found = compare(study, scores)
        wall, processor = time.perf_counter() - began, time.process_time() - worked
        print(f"{len(scores)} scores, {len(found)} comparisons: {wall:.1f} s, of them {processor:.1f} s on the processor")


if __name__ == "__main__":
    main()
