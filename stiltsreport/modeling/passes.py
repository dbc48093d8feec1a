"""One pass of a model over several encoded sets: a task's languages together, sorted by length across all of them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from stiltsreport.modeling.batches import Padding
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.evaluation import Evaluation, evaluate
from stiltsreport.modeling.inference import run
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.tokens import Joined
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.clusters import clusters_of


def evaluate_sets(
    model: nn.Module, sets: Sequence[EncodedSet], padding: Padding, protocol: Protocol, languages: Sequence[str],
    peers: Peers = ALONE,
) -> list[Evaluation]:  # fmt: skip
    """Predictions of a model with a head on encoded sets of one task, a language each, counted set by set; `peers` divide the work.

    A set's numbers differ from those of a pass of its own by float noise at most.
    """
    form = FORMS[sets[0].task.type]
    features = Joined([data.features for data in sets])
    outputs = run(model, features, padding, protocol.precision, form.outputs, peers)
    evaluations = []
    for data, language, found in zip(sets, languages, features.split(outputs), strict=True):
        examples = tuple(data.examples)  # read once, where they are read when asked for
        predictions = form.decode(examples, data.features, found, data.task, protocol)
        golds = [form.gold(example, data.task) for example in examples]
        ids = [example.id for example in examples]
        evaluations.append(evaluate(data.task, protocol, language, ids, predictions, golds, clusters_of(examples)))
    return evaluations


def evaluate_set(
    model: nn.Module, data: EncodedSet, padding: Padding, protocol: Protocol, language: str, peers: Peers = ALONE
) -> Evaluation:
    """The same of one set."""
    return evaluate_sets(model, [data], padding, protocol, [language], peers)[0]
