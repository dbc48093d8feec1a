"""The method, written from the study: what was trained on what, how it was scored, and how differences were tested, with citations."""

from __future__ import annotations

from stiltsreport.recipes import Recipe, RecipeBook
from stiltsreport.report.document import Block, Cite, Inline, Paragraph
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed, plural
from stiltsreport.report.sections.adapted import adapted
from stiltsreport.report.sections.items import items_in_words
from stiltsreport.report.sections.looks import declared
from stiltsreport.report.sections.variants import variants
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.claims import Paired
from stiltsreport.study.study import BASELINE
from stiltsreport.tasks.benchmarks import BENCHMARKS
from stiltsreport.tasks.task import Task


def method(evidence: Evidence) -> tuple[Block, ...]:
    """Training, the methods where there are any, evaluation, statistics."""
    return (
        Paragraph(_training(evidence)), *variants(evidence), Paragraph(_evaluation(evidence)), Paragraph(_statistics(evidence)),
    )  # fmt: skip


def _training(evidence: Evidence) -> tuple[Inline, ...]:
    study = evidence.study
    parts: list[Inline] = ["We follow the design of ", Cite(("phang2018sentence", "phang2020english"), textual=True), ". "]
    for place, model in enumerate(study.models):
        parts += [
            ", " if place else "The pretrained encoder is " if len(study.models) == 1 else "The pretrained encoders are ",
            *_cited(model.title, (model.citation,) if model.citation else ()),
        ]
    parts += [". ", *adapted(evidence)]
    if study.intermediate:
        tasks = list(dict.fromkeys(task for entry in study.intermediate for task in entry.tasks))
        mixed = any(len(entry.tasks) > 1 for entry in study.intermediate)
        kind = "on one English intermediate task, or on several" if mixed else "on one English intermediate task"
        trained = f"Each is first trained {kind} ({_join([task.title for task in tasks])})"
        parts += [
            *_cited(trained, _cites(tasks)),
            "; the head is dropped and the encoder goes on to the target task. ",
        ]
        parts.append(f"The baseline, {BASELINE}, skips this step. {_recipe(study.intermediate_recipe, 'Intermediate training')} ")
    parts.append(
        f"{_recipe(study.target_recipe, 'Target training')} Optimisation is by AdamW with linear decay; entries that differ by task "
        f"stand in the table of recipes. "
    )
    parts.append(
        f"Everything is repeated with {evidence.seeds}: seed i drives intermediate and target training of every row, so that rows share "
        f"data order and head initialisation{' and are compared in pairs' if study.statistics.paired else ''}."
    )
    if evidence.limits:
        parts.append(" " + evidence.limits + " The subset is fixed by the data, the same for every seed.")
    return tuple(parts)


def _evaluation(evidence: Evidence) -> tuple[Inline, ...]:
    study = evidence.study
    untrained = [entry.task.title for entry in study.target if not entry.train]
    parts: list[Inline] = [f"The {plural(len(study.target), 'target')} "]
    if study.benchmark:
        bench = BENCHMARKS[study.benchmark]
        parts += [f"of {bench.title} ", Cite((bench.citation,)), " "]
    named = f"{'is' if len(study.target) == 1 else 'are'} {_join([entry.task.title for entry in study.target])}"
    parts += [
        *_cited(named, _cites([entry.task for entry in study.target])),
        ". In plain rows each" if study.variants else ". Each",
        " is trained in English alone, its checkpoint is chosen on English data, and it is evaluated in all its languages. ",
    ]
    if untrained:
        layers = {study.target_recipe.evaluation(entry.task.name).layer for entry in study.target if not entry.train and not entry.layer_on}
        where = {"model": "the layer that the model's record names", "last": "the last layer"}
        words = listed(sorted(where.get(layer, f"layer {layer} of the depth") for layer in layers))
        where_from = f", from {words}" if words else ""
        parts.append(
            f"{_join(untrained)} {'has' if len(untrained) == 1 else 'have'} no training set: sentence vectors are the encoder's own"
            f"{where_from}. "
        )
    parts += _choices(evidence)
    scores = ["Scores are the official ones, in percent"]
    if any(entry.task.type == "token_classification" for entry in study.target):
        used = sorted(
            {study.target_recipe.evaluation(entry.task.name).seqeval for entry in study.target if entry.task.type == "token_classification"}
        )
        scores.append(f"tagging by span F1 in the convention of seqeval {' and '.join(used)}, with token accuracy beside it")
    if any(entry.task.type == "question_answering" for entry in study.target):
        scores.append("question answering by the mean of F1 and exact match")
    parts.append(
        "; ".join(scores)
        + ". A task's value is the mean over its languages, an average the mean over tasks; a task that is missing gives no average."
    )
    return tuple(parts)


def _choices(evidence: Evidence) -> list[Inline]:
    """What is chosen on data that are not reported, and the generalized setting."""
    study = evidence.study
    parts: list[Inline] = []
    parts += [
        f"The layer of {entry.task.title}'s vectors is chosen in every row by its score in {listed(list(entry.layer_on))}, which are not "
        "reported. "
        for entry in study.target
        if entry.layer_on
    ]
    if any(entry.pairs for entry in study.target):
        paired = [entry.task.title for entry in study.target if entry.pairs]
        parts += [
            f"{_join(paired)} {_is(len(paired))} evaluated too with the two sentences in two languages, the generalized setting of ",
            Cite(("huang2021improving",), textual=True),
            ". ",
        ]
    if study.tune is not None:
        rates = listed([f"{rate:g}" for rate in study.tune.learning_rates])
        seeds = plural(len(study.tune.seeds), "seed")
        parts.append(
            f"Learning rates are chosen among {rates} on English dev data with {seeds} that {_is(len(study.tune.seeds))} not reported, the "
            "same budget in every row. "
        )
    return parts


def _statistics(evidence: Evidence) -> tuple[Inline, ...]:
    chosen = evidence.study.statistics
    tests = {
        "paired-t": "a paired t test on the per-seed differences, with a t interval",
        "sign-flip": "an exact sign-flip test on the per-seed differences",
        "welch": "Welch's t test, which takes the seeds of two rows as two samples of unlike size and variance",
        "dunnett": "t tests with the variance of all rows together",
    }
    parts: list[Inline] = [
        f"The unit of replication is the seed. Differences to {BASELINE} are tested by {tests.get(chosen.test, chosen.test)}; "
    ]
    if chosen.test == "paired-t":
        parts.append("the exact sign-flip p value stands beside it. ")
    if evidence.study.claims:
        parts += _claims(evidence)
    elif chosen.test == "dunnett" and chosen.correction != "none":
        parts.append("one average per intermediate task of a model is confirmatory, adjusted over all rows at once by Dunnett's test")
    elif chosen.correction == "holm":
        parts += [
            "The confirmatory family is one average per intermediate task of a model, adjusted after ",
            Cite(("holm1979simple",), textual=True),
        ]
    elif chosen.correction == "benjamini-hochberg":
        parts += [
            "The confirmatory family is one average per intermediate task of a model, adjusted after ",
            Cite(("benjamini1995controlling",), textual=True),
        ]
    else:
        parts.append("The confirmatory family is one average per intermediate task of a model, not adjusted")
    parts.append(f" at {chosen.alpha:g}; tests of single tasks and languages are exploratory, ")
    after: list[Inline] = ["adjusted after ", Cite(("benjamini1995controlling",), textual=True), ". "]
    parts += ["not adjusted. "] if chosen.correction == "none" else after
    if evidence.study.variants and not evidence.study.claims:
        parts.append(
            "The averages of the methods, each against plain of the same intermediate, are a declared family of their own, adjusted alike; "
            "methods and controls against the baseline are exploratory, so that adding one changes no test of a plain row. "
        )
    margins = [
        f"{getattr(chosen.margin, scope):g} for {scope}s"
        for scope in ("average", "task", "language")
        if getattr(chosen.margin, scope) is not None
    ]
    parts.append(declared(evidence))
    claimed = any(isinstance(claim.statement, Paired) and claim.statement.kind == "equivalent" for claim in evidence.study.claims)
    if margins or claimed:
        named = f"margins in points of {listed(margins)}" if margins else ""
        own = "those that claims of equivalence name" if margins else "the margins that claims of equivalence name, and no others"
        parts += [
            "Equivalence is tested by two one-sided tests ",
            Cite(("schuirmann1987comparison",)),
            f" with {' and '.join(filter(None, (named, own if claimed else '')))}. ",
        ]
    else:
        parts.append("No margin was declared, so that nothing is called equivalent. ")
    count = evidence.study.fewest_seeds
    if count < MINIMUM_SEEDS:
        parts.append(f"With {plural(count, 'seed')} every difference is descriptive only.")
    parts += items_in_words(evidence)
    return tuple(parts)


def _claims(evidence: Evidence) -> list[Inline]:
    """The confirmatory family of a study that declares claims."""
    parts: list[Inline] = ["The confirmatory family is the declared claims of all models, equivalence tests included, "]
    keys = {"holm": "holm1979simple", "benjamini-hochberg": "benjamini1995controlling"}
    key = keys.get(evidence.study.statistics.correction)
    return [*parts, "adjusted together after ", Cite((key,), textual=True)] if key else [*parts, "not adjusted"]


def _recipe(book: RecipeBook, stage: str) -> str:
    base: Recipe = book.base
    length = f"{counted(base.steps)} steps" if base.steps else f"{base.epochs:g} {'epoch' if base.epochs == 1 else 'epochs'}"
    kept = {
        "best": "the best of {n} on English dev is kept",
        "last": "the last checkpoint is kept",
        "average": "the mean of the weights at {n} is kept",
    }[base.selection]
    settings = f"learning rate {base.learning_rate:g}, batch size {base.batch_size}, {length}, {_warm_up(base)}"
    return f"{stage} follows the recipe {book.name}: {settings}; {kept.format(n=plural(base.evaluations, 'evaluation'))}."


def _warm_up(recipe: Recipe) -> str:
    if recipe.warmup_steps is not None:
        return f"{plural(recipe.warmup_steps, 'step')} of warm-up" if recipe.warmup_steps else "no warm-up"
    return f"{recipe.warmup:.0%} warm-up".replace("%", " %") if recipe.warmup else "no warm-up"


def _cites(tasks: list[Task] | tuple[Task, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(task.citation for task in tasks if task.citation))


def _cited(text: str, keys: tuple[str, ...]) -> list[Inline]:
    """The text with its citations; a study's own tasks and models have none."""
    return [f"{text} ", Cite(keys)] if keys else [text]


def _join(words: list[str]) -> str:
    return listed(words)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
