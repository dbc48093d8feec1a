"""What the papers do beside plain STILTs, as plain values: each enters a job's id where it is used, and nowhere else.

How a thing is done stands elsewhere: in `modeling` what happens to tensors, in `tasks` what happens to examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

CAP = 2**17  # of examples-proportional sampling: Raffel et al. 2020, section 3.5.2, as in Phang et al. 2020


@dataclass(frozen=True)
class Sampling:
    """How the tasks of a mixture share its steps.

    "proportional": task m is drawn with min(n_m, cap)^(1/temperature) / sum, n_m its training examples (Raffel et al. 2020, section 3.5.2);
    "uniform": all alike.
    """

    kind: Literal["proportional", "uniform"] = "proportional"
    cap: int = CAP
    temperature: float = 1.0

    def shares(self, sizes: Sequence[int]) -> tuple[float, ...]:
        """The share of each task of those sizes.

        >>> Sampling(cap=100).shares([1000, 50])
        (0.6666666666666666, 0.3333333333333333)
        >>> Sampling("uniform").shares([1000, 50])
        (0.5, 0.5)
        """
        weights = [1.0 if self.kind == "uniform" else float(min(size, self.cap)) ** (1 / self.temperature) for size in sizes]
        return tuple(weight / sum(weights) for weight in weights)

    @property
    def ingredients(self) -> dict[str, Any]:
        """What of it can change numbers: of tasks that are drawn alike no size is read."""
        return asdict(self if self.kind == "proportional" else Sampling("uniform"))


PROPORTIONAL = Sampling()


@dataclass(frozen=True)
class Perturbation:
    """Robust target training on the input word embeddings (Huang et al. 2021): the loss is that of embeddings moved by delta.

    "adv": delta maximises the loss within an L2 ball of `radius` around each token's embedding, by `steps` steps of projected gradient
    ascent of length `step_size` from a random start in the ball. "rs-rp": delta is drawn, uniformly from that ball or from a normal
    distribution with standard deviation `radius` / sqrt(hidden). The paper's own radius, steps and distribution are not published: these
    are our choice. `radius` and `step_size` are shares of the mean norm of the embedding table's rows, so that they mean the same in
    every model. A random move of a tenth of it hurts little, the worst move of as much lets short trainings collapse: hence defaults by
    method.
    """

    method: Literal["adv", "rs-rp"]
    radius: float
    steps: int = 3
    step_size: float = 0.01
    distribution: Literal["ball", "normal"] = "ball"

    @property
    def ingredients(self) -> dict[str, Any]:
        """What of it can change numbers: an adversary begins in the ball, and noise takes no steps."""
        unread = ("distribution",) if self.method == "adv" else ("steps", "step_size")
        return asdict(replace(self, **{name: getattr(Perturbation, name) for name in unread}))


RADIUS = {"adv": 0.02, "rs-rp": 0.1}  # where a study names none


@dataclass(frozen=True)
class SynonymCopies:
    """RS-DA (Huang et al. 2021): `copies` of each example with words replaced by synonyms take the place of the training set.

    `synonyms`: the fingerprint of a file in the format of counterfitted_neighbors.json; "embeddings": the `neighbours` nearest words by the
    pretrained embedding table of `table`, at least `similarity` near. `seed` draws the replacements, once and for all.
    """

    copies: int
    seed: int
    synonyms: str = "embeddings"
    path: str = ""  # of the file; no part of an id
    table: str = ""  # the id of the pretrained encoder
    neighbours: int = 8
    similarity: float = 0.5


@dataclass(frozen=True)
class ShuffledLabels:
    """A control: the labels (answers, tags, right choices) of a training set permuted among its examples."""

    seed: int


@dataclass(frozen=True)
class Sampled:
    """So many examples of a set, drawn by a seed: a few-shot set in the target language, or a task with equal data."""

    examples: int
    seed: int


@dataclass(frozen=True)
class Translation:
    """A set in another language, as the translation job of that id made it; spans that did not survive are left out and counted."""

    job: str
    to: str


@dataclass(frozen=True)
class Texts:
    """The texts of a task's examples as lines for masked language modelling: the control arm mlm-en."""


Change = SynonymCopies | ShuffledLabels | Sampled | Translation | Texts
