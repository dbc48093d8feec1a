"""Fine-tuning: an encoder trained on one task or a mixture, its checkpoint selected on English dev data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import PROPORTIONAL, Perturbation, Sampling
from stiltsreport.modeling.adapted import encoder_beside
from stiltsreport.modeling.checkpoint_selection import DevPoint, Selected
from stiltsreport.modeling.course import Course, Resumption, plan_of
from stiltsreport.modeling.distributed.choice import Sharding, agreed, shares_out
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.distributed.sharding import apart, gathered, mesh_of, shard
from stiltsreport.modeling.efficiency import Efficiency, device_name, peak_bytes
from stiltsreport.modeling.encoder import Encoder, head_weights
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.health import Health, health
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.learners import learners_of
from stiltsreport.modeling.loop import Step, train
from stiltsreport.modeling.mixture import mixed_batches, total_steps
from stiltsreport.modeling.mlm_head import Origin, check_masks, load_mlm_head
from stiltsreport.modeling.optimizer import optimizer_for
from stiltsreport.modeling.passes import evaluate_set
from stiltsreport.modeling.room import Share, recompute, training_plan
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.shared_encoder import SharedEncoder, encoder_after, models_of
from stiltsreport.modeling.state_keeper import StateKeeper
from stiltsreport.modeling.steps import Listener, evaluation_steps, take_steps
from stiltsreport.modeling.tokens import Joined, lengths_of, row_counts_of
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Recipe


@dataclass(frozen=True)
class Finetuned:
    """What a training gives: the encoder to hand on, the model with its head to evaluate, and the record of how it went.

    `model`, `head` and `dev` are those of the first part; `devs` holds the kept checkpoint's dev evaluation of every part that has a dev
    set, by the part's name; `mlm_head` says where a head of masked language modelling came from. `model` reads the cut of `encoder`'s table
    that training used (see `inference.with_table`). `health`: whether it collapsed, see `_health`. `resumed`: where it went on from a
    state; `smaller`: in how many times smaller pieces than planned its batches went at last, for want of memory. `processes` took each step
    together, `shared`: with the layers in parts.
    """

    encoder: Encoder
    model: nn.Module
    head: dict[str, Tensor]
    curve: tuple[Step, ...]
    points: tuple[DevPoint, ...]
    selected: int
    dev: Evaluation | None
    efficiency: Efficiency
    devs: Mapping[str, Evaluation] = field(default_factory=dict)
    mlm_head: Origin | None = None
    health: Health | None = None
    resumed: tuple[Resumption, ...] = ()
    smaller: int = 1
    processes: int = 1
    shared: bool = False


def finetune(
    encoder: Encoder,
    parts: Sequence[TrainingPart],
    recipe: Recipe,
    seeds: Seeds,
    device: torch.device,
    listen: Listener = lambda _step, _total: None,
    head: Mapping[str, Tensor] | None = None,
    *,
    sampling: Sampling = PROPORTIONAL,
    perturbation: Perturbation | None = None,
    keeper: StateKeeper | None = None,
    adaptation: Adaptation = FULL,
    peers: Peers = ALONE,
    sharding: Sharding = "auto",
    smaller: int = 1,
) -> Finetuned:
    """Train `encoder` on the parts and keep the checkpoint that the recipe selects, by the mean of the parts' dev values.

    The optimizer's entries are the `recipe`'s, lengths, batch sizes and epochs each part's own. `head`: weights of the first part's head to
    go on with instead of fresh ones. `adaptation`: what of the encoder trains. `keeper` writes the training's state now and then, and has
    the one to go on from: what comes out is the same to the bit on a CPU, but for the time that it took.

    `peers` take each step together, and what comes out is the same for each of them: that of one process but for float noise. `sharding`:
    whether the layers' weights and states are shared out over them. A model of shared out layers is evaluated by all of them together.
    `smaller`: in how many times smaller pieces than planned batches go from the start.

    Raises StiltsReportError where a part has nothing to read, and where the loss is not finite: a diverged run is shown as failed, never as
    a score. Raises Interrupted where the keeper was asked to stop.
    """
    if len({part.name for part in parts}) < len(parts):
        raise ValueError("two parts of one name")
    if empty := next((part.name for part in parts for data in part.sets if not len(data.features)), None):
        raise StiltsReportError("a set without anything to learn from", where=empty)
    encoder = replace(encoder, bits=adaptation.bits) if adaptation.bits else encoder
    cut = _cut(encoder, parts)
    padding = padding_for(encoder, cut, device)
    shared = shares_out(sharding, encoder, recipe, device, peers, full=not adaptation.low_rank)
    mesh = mesh_of(peers, device) if shared else None
    with peers.one_by_one() if shared else nullcontext():  # each makes it whole, on the host, before it keeps a part
        models = models_of(encoder, parts, cut, seeds, recipe, torch.device("cpu") if shared else device, head, adaptation)
        origins = [load_mlm_head(model, encoder, cut) for model, part in zip(models, parts, strict=True) if part.masks]
        whole = _whole(models, mesh, device, recipe)
    longest = max(_at_once(part) for part in parts)
    plan = agreed(training_plan(whole, device, recipe, longest), peers)
    course = Course(whole, optimizer_for(whole, recipe), Selected(recipe), plan, device, Share(smaller))
    apart(course.optimizer)
    state = keeper.read(course.unlike) if keeper else None
    course.plan = plan_of(state) if state else plan
    if course.plan.recompute:
        recompute(models[0])
    learners = learners_of(encoder, parts, models, padding, course.plan.tokens, seeds, perturbation, peers)
    total = total_steps(parts, recipe, sampling)
    selecting = any(part.selection is not None for part in parts)

    def dev() -> tuple[dict[str, Evaluation], float]:
        """The dev evaluation of every part that has a dev set, and the mean of their values, none weighing more than another."""
        found = {
            part.name: evaluate_set(model, part.selection, padding, part.protocol, "en", peers)
            for model, part in zip(models, parts, strict=True)
            if part.selection is not None
        }
        values = [found[part.name].value(part.task) for part in parts if part.name in found]
        return found, sum(values) / len(values)

    dropout_seed = seeds.derive("dropout")
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(dropout_seed)
        if state is not None:
            course.resume(state)
        drawn = mixed_batches(parts, sampling, total, seeds, course.step)
        batches = ((learners[number], features) for number, features in drawn)
        steps = train(whole, batches, recipe, total, dropout_seed, begin=course.step, optimizer=course.optimizer, share=course.share,
                      peers=peers)  # fmt: skip
        at = evaluation_steps(total, recipe.evaluations)
        devs = take_steps(course, steps, total, at, dev if selecting else None, listen, keeper)
    kept, curve = course.kept, course.curve
    kept.restore(whole)
    if selecting and (kept.averages or not devs):  # a mean, or what was kept by a process before this one
        devs, value = dev()
        kept.evaluated(next(iter(devs.values())), value if kept.averages else kept.value)
    with gathered(whole):
        if adaptation.low_rank:
            after = encoder_beside(encoder, models, adaptation)
        else:
            after = encoder_after(encoder, models, cut, kept.decay if kept.step else course.decay)
        own_head = head_weights(models[0], encoder)
    return Finetuned(
        after,
        models[0],
        own_head,
        tuple(curve),
        tuple(kept.points),
        kept.step or len(curve),
        devs.get(parts[0].name),
        Efficiency(
            course.spent,
            sum(step.examples for step in curve),
            sum(step.tokens for step in curve),
            int(peers.largest(peak_bytes(device))),
            device_name(device),
        ),
        devs,
        origins[0] if origins else None,
        _health(parts, devs, curve),
        tuple(course.resumed),
        course.share.parts,
        peers.size,
        shared,
    )


def _whole(models: Sequence[nn.Module], mesh: DeviceMesh | None, device: torch.device, recipe: Recipe) -> nn.Module:
    """The model, or all of them as one, its layers shared out over the mesh."""
    whole = models[0] if len(models) == 1 else SharedEncoder(models)
    return whole if mesh is None else shard(whole, mesh, device, offloads=recipe.offload == "cpu")


def _at_once(part: TrainingPart) -> int:
    """Tokens, padding counted, that no smaller piece of a batch has: its longest example, or all of a batch that is not cut."""
    longest = max(int((lengths_of(data.features) * row_counts_of(data.features)).max()) for data in part.sets)
    return longest * (part.recipe.batch_size if part.form.whole_batch else 1)


def _cut(encoder: Encoder, parts: Sequence[TrainingPart]) -> VocabularyCut:
    """The cut of the table that the parts need: all of it where texts are predicted among all tokens."""
    sets = [data.features for part in parts for data in part.all_sets]
    texts = [part for part in parts if part.masks]
    if texts:
        check_masks(encoder)
        sets.append([Feature(0, ((encoder.tokenizer.mask_token_id,),), ((0,),))])
    if any(part.recipe.vocabulary == "whole" for part in texts):
        return VocabularyCut.whole(len(encoder.table.base))
    return cut_for(encoder, Joined(sets))


def _health(parts: Sequence[TrainingPart], devs: Mapping[str, Evaluation], curve: Sequence[Step]) -> Health | None:
    """That of the part; of a mixture the first healthy part's, else that of the first.

    Our choice: a task of few steps may be near chance although the encoder that all share is well. Texts cannot be judged, nor what got no
    step: None where there is nothing else.
    """
    losses = {part.name: [step.loss for step in curve if step.part == part.name] for part in parts}
    found = [health(part.task, devs.get(part.name), losses[part.name]) for part in parts if losses[part.name] and not part.masks]
    return next((one for one in found if one.verdict == "healthy"), found[0] if found else None)
