"""Models: folders that are no model, or a damaged one."""

from __future__ import annotations

from tests.errors.case import Case, config, without, writes

CASES: dict[str, Case] = {
    "a model without a tokenizer": Case(prepare=without("model/tokenizer.json")),
    "a model whose weights are gone": Case(prepare=without("model/model.safetensors")),
    "a model of another kind than its weights": Case(prepare=config(hidden_size=64)),
    "a model's config that is no JSON": Case(prepare=writes("model/config.json", "{")),
}  # fmt: skip
