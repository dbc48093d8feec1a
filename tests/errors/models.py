"""Models: folders that are no model, or a damaged one."""

from __future__ import annotations

from unittest import mock

from stiltsreport.modeling import checkpoint_files
from tests.errors.case import Case, Prepare, bytes_of, config, several, without, writes
from tests.security.test_model_folders import load


def loaded(prepare: Prepare) -> Case:
    """The folder as a job loads it."""
    return Case(prepare=prepare, call=lambda folder: load(folder / "model"), about="a job that loads it")


CASES: dict[str, Case] = {
    "a model without a tokenizer": Case(prepare=without("model/tokenizer.json")),
    "a model whose weights are gone": Case(prepare=without("model/model.safetensors")),
    "a model of another kind than its weights": Case(prepare=config(hidden_size=64)),
    "a model's config that is no JSON": Case(prepare=writes("model/config.json", "{")),
    "pickled weights alone": Case(prepare=several(without("model/model.safetensors"), writes("model/pytorch_model.bin", b"x"))),
    "weights that are cut off": Case(prepare=bytes_of("model/model.safetensors", lambda content: content[:-100])),
    "weights that are damaged": Case(prepare=bytes_of("model/model.safetensors", lambda content: content[:8] + b"[" + content[9:])),
    "an index of weights that leads away": Case(prepare=writes("model/model.safetensors.index.json", {"weight_map": {"a": "../../x.safetensors"}})),
    "an index of weights that is a list": Case(prepare=writes("model/model.safetensors.index.json", [])),
    "an index of weights that is no JSON": Case(prepare=writes("model/model.safetensors.index.json", "{")),
    "a config of a far larger model": Case(prepare=config(hidden_size=10**6)),
    "a config with a size in quotes": Case(prepare=config(hidden_size="32")),
    "a config with a size in words": Case(prepare=config(num_attention_heads="two")),
    "a config that is a list": Case(prepare=writes("model/config.json", [])),
    "a config that is far too long": Case(around=lambda _: mock.patch.object(checkpoint_files, "_LONGEST_JSON", 10)),
    # what is found when it is loaded
    "an architecture that nobody knows": loaded(config(model_type="bertish")),
    "code of its own": loaded(config(model_type="evil", auto_map={"AutoConfig": "evil.Config", "AutoModel": "evil.Model"})),
    "fewer layers in its weights": loaded(config(num_hidden_layers=3)),
    "a tokenizer that was cut off": loaded(bytes_of("model/tokenizer.json", lambda content: content[:200])),
    "no tokenizer at all": loaded(several(without("model/tokenizer.json"), without("model/tokenizer_config.json"))),
    "settings of a tokenizer alone": loaded(without("model/tokenizer.json")),
    "a model that was removed": loaded(without("model/config.json")),
}  # fmt: skip
