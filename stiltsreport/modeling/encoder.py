"""A pretrained encoder: loading it, putting a fresh head on it, saving and loading what training made of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.adapter import Adapter, is_factor, plain_name
from stiltsreport.modeling.checkpoint_files import check_folder
from stiltsreport.modeling.embedded import materialise
from stiltsreport.modeling.vocabulary import ALWAYS_KEPT, EmbeddingTable, VocabularyCut
from stiltsreport.models import Model

EMBEDDED = "embedded:"
SAVE_TOKENIZER = "save it beside the weights: tokenizer.json, as tokenizer.save_pretrained writes it"
DROPOUTS = (  # what architectures call it
    "hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "pooler_dropout",
    "embedding_dropout", "attention_dropout", "mlp_dropout", "dropout_rate",
)  # fmt: skip


@dataclass(frozen=True)
class Encoder:
    """Weights without a head: what a job starts from and what an intermediate training hands on.

    `weights` are those of the base model by name, without the input embedding table, which `table` holds; poolers that the pretrained
    checkpoint does not have belong to the head and are left out. `trusted`: its own code may run. `adapters`: what low-rank trainings
    left beside the weights, in their order; `bits`: in how few a model holds its linear layers.
    """

    name: str
    config: Any
    tokenizer: Any
    weights: dict[str, Tensor]
    table: EmbeddingTable
    trusted: bool = False
    adapters: tuple[Adapter, ...] = ()
    bits: int | None = None

    @property
    def layers(self) -> int:
        """Depth: hidden_states has one more entry."""
        return int(self.config.num_hidden_layers)

    @property
    def longest(self) -> int | None:
        """The most tokens that fit its learned positions; None where positions are relative or rotary.

        RoBERTa's positions begin behind the padding id.
        """
        table = self.weights.get("embeddings.position_embeddings.weight")
        if table is None:
            return None
        return len(table) - (self.config.pad_token_id + 1 if "roberta" in self.config.model_type else 0)


def load_pretrained(model: Model, revision: str | None, cache: Path, *, offline: bool, trust_remote_code: bool = False) -> Encoder:
    """The pretrained encoder of a model's record: the embedded one, a folder, or the Hub at a pinned revision.

    Raises StiltsReportError where it cannot be loaded whole: weights or a tokenizer that are absent would otherwise be made up. Code that
    comes with a checkpoint is never run unless `trust_remote_code` says so.
    """
    import transformers

    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call] # its report of weights without a head is expected
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    source = model.checkpoint
    if source.startswith(EMBEDDED):
        source = str(materialise(cache / source.removeprefix(EMBEDDED)))
    local = Path(source).is_dir()
    if local:
        check_folder(Path(source), f"model {model.name}")
    options: dict[str, Any] = {"local_files_only": offline or local, "trust_remote_code": trust_remote_code}
    if not local:
        options["revision"] = revision
    try:
        config = transformers.AutoConfig.from_pretrained(source, **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, **options)
        base, info = transformers.AutoModel.from_pretrained(source, config=config, dtype=torch.float32, output_loading_info=True, **options)
    except Exception as error:  # a checkpoint that is damaged raises what the place of the damage raises: KeyError, TypeError, pyo3's own
        reason, hint = _why(error, model.name)
        raise StiltsReportError(f"cannot load {source}: {reason}", where=f"model {model.name}", hint=hint) from error
    _check_tokenizer(tokenizer, source, model.name)
    missing = set(info["missing_keys"])
    table_name = embedding_name(base)
    _check_whole(missing, source, model.name)
    state = base.state_dict()
    weights = {name: value for name, value in state.items() if name != table_name and name not in missing}
    return Encoder(model.name, config, tokenizer, weights, EmbeddingTable.untouched(state[table_name]), trust_remote_code)


def _why(error: Exception, name: str) -> tuple[str, str]:
    """What transformers' error comes to, and what can be done about it."""
    text = str(error)
    if "trust_remote_code" in text:
        return "it brings code of its own", f"read that code, and if you trust it, add `trust_remote_code: [{name}]` to the study"
    if "backend tokenizer" in text:
        return "it has no fast tokenizer (tokenizer.json)", SAVE_TOKENIZER
    return text.splitlines()[0] if text else type(error).__name__, "run `stiltsreport fetch STUDY` with a network, or name a folder"


def _check_tokenizer(tokenizer: Any, source: str, name: str) -> None:
    """Refuse what is no fast tokenizer, and the one of special tokens alone that transformers makes up where a checkpoint has none."""
    if not getattr(tokenizer, "is_fast", False):
        raise StiltsReportError(f"{source} has no fast tokenizer (tokenizer.json)", where=f"model {name}", hint=SAVE_TOKENIZER)
    if not set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens) - set(tokenizer.get_added_vocab()) - {"▁"}:
        raise StiltsReportError(f"{source} has no tokenizer (tokenizer.json)", where=f"model {name}", hint=SAVE_TOKENIZER)


def _check_whole(missing: Collection[str], source: str, name: str) -> None:
    """Refuse a checkpoint without all weights of its encoder: transformers would draw the others at random."""
    lacking = sorted(key for key in missing if "pooler" not in key)
    if lacking:
        raise StiltsReportError(
            f"{source} lacks {len(lacking)} weights of its encoder, {lacking[0]} among them",
            where=f"model {name}",
            hint="an encoder as save_pretrained writes it, whose config.json describes it",
        )


def embedding_name(base: Any) -> str:
    """The name of the input embedding table among the parameters of a model without a head."""
    table = base.get_input_embeddings().weight
    return next(str(name) for name, value in base.named_parameters() if value is table)


def with_head(encoder: Encoder, head: Any, cut: VocabularyCut, generator_seed: int, *, labels: int, dropout: float | None) -> nn.Module:
    """A transformers model of class `head` (an AutoModelFor...): this encoder's weights, a cut table, a head fresh from `generator_seed`.

    Weights of the head are drawn as the architecture draws them, from a generator of their own: two arms of a study with the same seed,
    stage and training set start from the same head. All weights are float32, whatever the checkpoint was saved in; precision is the
    recipe's matter.
    """
    config = type(encoder.config).from_dict(encoder.config.to_dict())
    config.vocab_size = len(cut.ids)
    config.num_labels = labels
    pad = getattr(config, "pad_token_id", None)
    if pad is not None and pad >= ALWAYS_KEPT and len(cut.ids) != len(cut.places):
        raise ValueError(f"padding id {pad} does not survive the cut")
    if dropout is not None:
        for entry in DROPOUTS:
            if hasattr(config, entry):
                setattr(config, entry, dropout)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator_seed)
        model: nn.Module = head.from_config(config, dtype=torch.float32, trust_remote_code=encoder.trusted)
    base: Any = model.base_model
    state = base.state_dict()
    table_name = embedding_name(base)
    with torch.no_grad():
        for name, value in encoder.weights.items():
            if name in state:  # a head class may leave out a pooler that it does not use
                state[name].copy_(value)
        state[table_name].copy_(encoder.table.look_up(cut.ids))
    return model


def without_head(encoder: Encoder, model: nn.Module, cut: VocabularyCut, decay: float) -> Encoder:
    """The encoder that training made: weights copied, the cut table put back, rows outside the cut decayed by `decay`."""
    base: Any = model.base_model
    table_name = embedding_name(base)
    state = {name: value.detach().to("cpu", torch.float32).clone() for name, value in base.state_dict().items()}
    rows = state.pop(table_name)
    weights = {name: state.get(name, value) for name, value in encoder.weights.items()}
    return replace(encoder, weights=weights, table=encoder.table.updated(cut.ids, rows, decay))


def head_weights(model: nn.Module, encoder: Encoder) -> dict[str, Tensor]:
    """What a model has beyond its encoder, by full name: saved beside the encoder where the study keeps target checkpoints.

    An output layer that is tied to the table is no part of it, nor are adapters.
    """
    base: Any = model.base_model
    prefix = f"{model.base_model_prefix}." if base is not model else ""
    table = prefix + embedding_name(base)
    own = {prefix + name for name in encoder.weights} | {table}
    state = model.state_dict()
    tied = state[table].data_ptr()
    return {
        name: value.detach().to("cpu").clone()
        for name, value in state.items()
        if plain_name(name) not in own and not is_factor(name) and value.data_ptr() != tied
    }


def save_encoder(encoder: Encoder, file: Path) -> None:
    """Weights, changed rows of the table and its scale to one safetensors file; the pretrained table is not written again."""
    tensors = {f"weights.{name}": value.contiguous() for name, value in encoder.weights.items()}
    tensors["table.ids"] = encoder.table.ids
    tensors["table.rows"] = encoder.table.rows
    tensors["table.scale"] = torch.tensor(encoder.table.scale, dtype=torch.float64)
    save_file(tensors, file, {"model": encoder.name})


def load_encoder(file: Path, pretrained: Encoder) -> Encoder:
    """What `save_encoder` wrote, over the pretrained encoder that it was trained from."""
    with safe_open(file, framework="pt") as stored:
        weights = {name: stored.get_tensor(f"weights.{name}") for name in pretrained.weights}
        table = EmbeddingTable(
            pretrained.table.base, stored.get_tensor("table.ids"), stored.get_tensor("table.rows"), float(stored.get_tensor("table.scale"))
        )
    return replace(pretrained, weights=weights, table=table)
