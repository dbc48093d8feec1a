"""A pretrained encoder: loading it, putting a fresh head on it, saving and loading what training made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.models import Model
from stiltsreport.modeling.embedded import materialise
from stiltsreport.modeling.vocabulary import ALWAYS_KEPT, EmbeddingTable, VocabularyCut

EMBEDDED = "embedded:"


@dataclass(frozen=True)
class Encoder:
    """Weights without a head: what a job starts from and what an intermediate training hands on.

    `weights` are those of the base model by name, without the input embedding table, which `table` holds; poolers that the pretrained
    checkpoint does not have belong to the head and are left out.
    """

    name: str
    config: Any
    tokenizer: Any
    weights: dict[str, Tensor]
    table: EmbeddingTable

    @property
    def layers(self) -> int:
        """Depth: hidden_states has one more entry."""
        return int(self.config.num_hidden_layers)


def load_pretrained(model: Model, revision: str | None, cache: Path, *, offline: bool, trust_remote_code: bool = False) -> Encoder:
    """The pretrained encoder of a model's record: the embedded one, a folder, or the Hub at a pinned revision."""
    import transformers

    transformers.utils.logging.set_verbosity_error()  # its report of weights without a head is expected here
    transformers.utils.logging.disable_progress_bar()
    source = model.checkpoint
    if source.startswith(EMBEDDED):
        source = str(materialise(cache / source.removeprefix(EMBEDDED)))
    local = Path(source).is_dir()
    options: dict[str, Any] = {"local_files_only": offline or local, "trust_remote_code": trust_remote_code}
    if not local:
        options["revision"] = revision
    try:
        config = transformers.AutoConfig.from_pretrained(source, **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, **options)
        base, info = transformers.AutoModel.from_pretrained(
            source, config=config, dtype=torch.float32, output_loading_info=True, **options
        )
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StiltsReportError(
            f"cannot load {source}: {reason}", where=f"model {model.name}", hint="run `stiltsreport fetch STUDY` with a network, or name a folder"
        ) from error
    if not getattr(tokenizer, "is_fast", False):
        raise StiltsReportError(f"{source} has no fast tokenizer (tokenizer.json)", where=f"model {model.name}", hint="save one beside it")
    missing = set(info["missing_keys"])
    table_name = embedding_name(base)
    state = base.state_dict()
    weights = {name: value for name, value in state.items() if name != table_name and name not in missing}
    return Encoder(model.name, config, tokenizer, weights, EmbeddingTable.untouched(state[table_name]))


def embedding_name(base: nn.Module) -> str:
    """The name of the input embedding table among the parameters of a model without a head."""
    table = base.get_input_embeddings().weight  # type: ignore[operator, union-attr]
    return next(name for name, value in base.named_parameters() if value is table)


def with_head(encoder: Encoder, head: type, cut: VocabularyCut, generator_seed: int, *, labels: int, dropout: float | None) -> nn.Module:
    """A transformers model of class `head` (an AutoModelFor...) with this encoder's weights, a cut table and a head fresh from `generator_seed`.

    Weights of the head are drawn as the architecture draws them, from a generator of their own: two arms of a study with the same seed, stage and
    training set start from the same head.
    """
    config = type(encoder.config).from_dict(encoder.config.to_dict())
    config.vocab_size = len(cut.ids)
    config.num_labels = labels
    if config.pad_token_id is not None and config.pad_token_id >= ALWAYS_KEPT and len(cut.ids) != len(cut.places):
        raise ValueError(f"padding id {config.pad_token_id} does not survive the cut")
    if dropout is not None:
        for entry in ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "pooler_dropout"):
            if hasattr(config, entry):
                setattr(config, entry, dropout)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator_seed)
        model: nn.Module = head.from_config(config)  # type: ignore[attr-defined]
    base = model.base_model  # type: ignore[union-attr]
    state = base.state_dict()  # type: ignore[operator]
    table_name = embedding_name(base)  # type: ignore[arg-type]
    with torch.no_grad():
        for name, value in encoder.weights.items():
            if name in state:  # a head class may leave out a pooler that it does not use
                state[name].copy_(value)
        state[table_name].copy_(encoder.table.look_up(cut.ids))
    return model


def without_head(encoder: Encoder, model: nn.Module, cut: VocabularyCut, decay: float) -> Encoder:
    """The encoder that training made: weights copied, the cut table put back, rows outside the cut decayed by `decay`."""
    base = model.base_model  # type: ignore[union-attr]
    table_name = embedding_name(base)  # type: ignore[arg-type]
    state = {name: value.detach().to("cpu", torch.float32).clone() for name, value in base.state_dict().items()}  # type: ignore[operator, union-attr]
    rows = state.pop(table_name)
    weights = {name: state.get(name, value) for name, value in encoder.weights.items()}
    return Encoder(encoder.name, encoder.config, encoder.tokenizer, weights, encoder.table.updated(cut.ids, rows, decay))


def head_weights(model: nn.Module, encoder: Encoder) -> dict[str, Tensor]:
    """What a model has beyond its encoder, by full name: saved beside the encoder where the study keeps target checkpoints."""
    base = model.base_model  # type: ignore[union-attr]
    prefix = f"{model.base_model_prefix}." if base is not model else ""  # type: ignore[union-attr]
    table = prefix + embedding_name(base)  # type: ignore[arg-type]
    own = {prefix + name for name in encoder.weights} | {table}
    return {name: value.detach().to("cpu").clone() for name, value in model.state_dict().items() if name not in own}


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
    return Encoder(pretrained.name, pretrained.config, pretrained.tokenizer, weights, table)
