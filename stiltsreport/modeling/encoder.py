"""A pretrained encoder: loading it, putting a fresh head on it, saving and loading what training made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from stiltsreport.architectures import Drawing, record_of
from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.adapter import Adapter, is_factor, plain_name
from stiltsreport.modeling.architectures.attention import direct
from stiltsreport.modeling.architectures.classes import load_base, new_model
from stiltsreport.modeling.architectures.framing import separated
from stiltsreport.modeling.architectures.padding import padding_id, point_at_padding, positions_by_padding
from stiltsreport.modeling.architectures.stored_weights import LARGE, precision_of, stored_weights
from stiltsreport.modeling.checkpoint_files import check_folder
from stiltsreport.modeling.embedded import materialise
from stiltsreport.modeling.low_linear import lower
from stiltsreport.modeling.own_code import natively
from stiltsreport.modeling.task_types.sentence_vectors import layers_of
from stiltsreport.modeling.vocabulary import ALWAYS_KEPT, EmbeddingTable, VocabularyCut
from stiltsreport.models import Model
from stiltsreport.recipes import Attention

EMBEDDED = "embedded:"
_FETCH = "run `stiltsreport fetch STUDY` with a network, or name a folder"
SAVE_TOKENIZER = "save it beside the weights: tokenizer.json, as tokenizer.save_pretrained writes it"
DROPOUTS = (  # what architectures call it
    "hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "pooler_dropout",
    "embedding_dropout", "attention_dropout", "mlp_dropout", "dropout_rate",
)  # fmt: skip


@dataclass(frozen=True)
class Encoder:
    """Weights without a head: what a job starts from and what an intermediate training hands on.

    `weights` are those of the base model by name, without the input embedding table, which `table` holds; poolers that the pretrained
    checkpoint does not have belong to the head and are left out. Those of a large checkpoint lie in its files, in its own precision.
    `trusted`: its own code runs, for transformers has none. `adapters`: what low-rank trainings left beside the weights, in their order;
    `bits`: in how few a model holds its linear layers. `head`: how a fresh head is drawn, as the ids of its trainings say.
    """

    name: str
    config: Any
    tokenizer: Any
    weights: Mapping[str, Tensor]
    table: EmbeddingTable
    trusted: bool = False
    adapters: tuple[Adapter, ...] = ()
    bits: int | None = None
    head: Drawing = "alone"

    @property
    def layers(self) -> int:
        """Depth: hidden_states has one more entry."""
        return int(self.config.num_hidden_layers)

    @property
    def padding(self) -> int:
        """The id of the token that fills rows up."""
        return padding_id(self.tokenizer, self.config)

    @property
    def precision(self) -> torch.dtype:
        """The precision that its weights are held in: float32, but for a large checkpoint that is not."""
        return precision_of(self.weights)

    @property
    def longest(self) -> int | None:
        """The most tokens that fit its learned positions; None where positions are relative or rotary.

        RoBERTa's positions begin behind the padding id.
        """
        table = self.weights.get("embeddings.position_embeddings.weight")
        if table is None:
            return None
        return len(table) - (self.config.pad_token_id + 1 if positions_by_padding(self.config) else 0)


def load_pretrained(
    model: Model, revision: str | None, cache: Path, *, offline: bool, trust_remote_code: bool = False, large: int = LARGE
) -> Encoder:
    """The pretrained encoder of a model's record: the embedded one, a folder, or the Hub at a pinned revision.

    Raises StiltsReportError where it cannot be loaded whole: weights or a tokenizer that are absent would otherwise be made up. Code that
    comes with a checkpoint is never run unless `trust_remote_code` says so. The weights of one of `large` bytes stay in its files.
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
    options: dict[str, Any] = {"local_files_only": offline or local}
    if not local:
        options["revision"] = revision

    def read(automatic: Any) -> tuple[Any, bool]:
        return natively(lambda own: automatic.from_pretrained(source, trust_remote_code=own, **options), trusted=trust_remote_code)

    try:
        config, own_code = read(transformers.AutoConfig)
        tokenizer, _ = read(transformers.AutoTokenizer)
        options["trust_remote_code"] = own_code
        if hasattr(config, "text_config"):  # of a model that also sees, the part that reads, whose names only we look for
            config, large = config.text_config, 0
            config.name_or_path = source
        base, stored = _on_meta(config, trusted=own_code), None
        if base is not None:
            stored = stored_weights(source, base, large=large, **options)
        if stored is None:
            base, info = load_base(source, config, dtype=torch.float32, **options)
    except Exception as error:  # a checkpoint that is damaged raises what the place of the damage raises: KeyError, TypeError, pyo3's own
        reason, hint = _why(error, model.name, local=local)
        raise StiltsReportError(f"cannot load {source}: {reason}", where=f"model {model.name}", hint=hint) from error
    _check_tokenizer(tokenizer, source, model.name)
    separated(tokenizer)
    tables = table_names(base)
    head = record_of(model.architecture).head
    if stored is not None:
        table = EmbeddingTable.untouched(stored[tables[0]])
        return Encoder(model.name, config, tokenizer, stored.without(set(tables)), table, head=head)
    missing = set(info["missing_keys"])
    _check_whole(missing - set(tables[1:]), source, model.name)
    state = base.state_dict()
    weights = {name: value for name, value in state.items() if name not in tables and name not in missing}
    return Encoder(model.name, config, tokenizer, weights, EmbeddingTable.untouched(state[tables[0]]), own_code, head=head)


def _on_meta(config: Any, *, trusted: bool) -> Any:
    """The model without a head as shapes alone; None where it brings code of its own."""
    if trusted:
        return None
    with torch.device("meta"):
        return new_model(config, "AutoModel", dtype=torch.float32, trusted=False)


def _why(error: Exception, name: str, *, local: bool) -> tuple[str, str]:
    """What transformers' error comes to, and what can be done about it."""
    text = str(error)
    if "trust_remote_code" in text:
        return "it brings code of its own", f"read that code, and if you trust it, add `trust_remote_code: [{name}]` to the study"
    if "backend tokenizer" in text:
        return "it has no fast tokenizer (tokenizer.json)", SAVE_TOKENIZER
    if "does not recognize this architecture" in text:
        return "this version of transformers does not know its architecture", "a newer transformers, or another model"
    hint = "save it again: save_pretrained of the model and of its tokenizer" if local else _FETCH
    return text.splitlines()[0] if text else type(error).__name__, hint


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


def table_names(base: Any) -> list[str]:
    """All names of the input embedding table in the state of a model without a head, its own first: T5's stack shares it."""
    own = embedding_name(base)
    table = base.get_input_embeddings().weight
    parameters = base.named_parameters(remove_duplicate=False)
    return [own, *(str(name) for name, value in parameters if value is table and name != own)]


def put_table(base: Any, rows: Tensor) -> None:
    """Give a model without a head other rows to read, under all names that its table has."""
    table = nn.Parameter(rows, requires_grad=False)
    for name in table_names(base):
        module = base.get_submodule(name.removesuffix(".weight"))
        module.weight, module.padding_idx = table, None  # that of the other rows; it concerns gradients alone


def with_head(
    encoder: Encoder, head: Any, cut: VocabularyCut, generator_seed: int, *, labels: int, dropout: float | None,
    attention: Attention = "pretrained", dtype: torch.dtype = torch.float32, low: bool = False,
) -> nn.Module:  # fmt: skip
    """A transformers model of class `head` (an AutoModelFor...): this encoder's weights, a cut table, a head fresh from `generator_seed`.

    Weights of the head are drawn as the architecture draws them, from a generator of their own: two arms of a study with the same seed,
    stage and training set start from the same head. All weights are of `dtype`, whatever the checkpoint was saved in; the precision of
    products is the recipe's matter. `attention`: see `architectures.attention`. `low`: linear layers of its blocks are held in bfloat16,
    and were never anything else.
    """
    config = type(encoder.config).from_dict(encoder.config.to_dict())
    config.vocab_size = len(cut.ids)
    config.num_labels = labels
    if not positions_by_padding(config):
        config.pad_token_id = int(cut.places[encoder.padding])
    elif config.pad_token_id >= ALWAYS_KEPT and len(cut.ids) != len(cut.places):
        raise ValueError(f"padding id {config.pad_token_id} does not survive the cut")
    if getattr(config, "use_cache", False):
        config.use_cache = False  # of keys and values, which only generation reads
    if dropout is not None:
        for entry in DROPOUTS:
            if hasattr(config, entry):
                setattr(config, entry, dropout)
    model = _drawn(encoder, config, head.__name__, generator_seed, dtype)
    base: Any = model.base_model
    if low:
        lower(layers_of(base))
    state = base.state_dict()
    with torch.no_grad():
        for name, value in encoder.weights.items():
            if name in state:  # a head class may leave out a pooler that it does not use
                state[name].copy_(value)
        state[embedding_name(base)].copy_(encoder.table.look_up(cut.ids))
    point_at_padding(model, encoder.padding, cut)
    return direct(model, attention)


def _drawn(encoder: Encoder, config: Any, head: str, seed: int, dtype: torch.dtype) -> nn.Module:
    """The model as its architecture draws it; what the encoder has is drawn only where its head is drawn behind it.

    Drawing ten billion weights that are then written over takes minutes.
    """
    from transformers.initialization import no_init_weights

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if encoder.head == "behind the encoder":
            return new_model(config, head, dtype=dtype, trusted=encoder.trusted)
        with no_init_weights():
            model: Any = new_model(config, head, dtype=dtype, trusted=encoder.trusted)
        model.tie_weights()
        base = model.base_model
        names = {id(value): name for name, value in base.named_parameters()}
        held = {*encoder.weights, *table_names(base)}
        for module in model.modules():
            fresh = [value for value in module.parameters(recurse=False) if names.get(id(value)) not in held]
            if fresh and len(fresh) == len(list(module.parameters(recurse=False))):
                model._init_weights(module)  # noqa: SLF001 - the rule by which the family draws a module
            else:
                for value in fresh:  # the bias of an output layer that is tied to the table
                    nn.init.zeros_(value)
    return model  # type: ignore[no-any-return]


def without_head(encoder: Encoder, model: nn.Module, cut: VocabularyCut, decay: float) -> Encoder:
    """The encoder that training made: weights copied, the cut table put back, rows outside the cut decayed by `decay`."""
    base: Any = model.base_model
    tables = table_names(base)
    state = {name: value.detach().to("cpu", torch.float32).clone() for name, value in base.state_dict().items() if name not in tables[1:]}
    rows = state.pop(tables[0])
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
