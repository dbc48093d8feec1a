"""What is hidden, and what must not be: names, commits, paths and sentences about tokens."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.progress import Outcome
from stiltsreport.plan.units import Unit
from stiltsreport.redaction import HIDDEN, redacted
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study

TOKEN = "hf_" + "aB3" * 11


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"401 for {TOKEN}.", TOKEN),
        ("proxy http://user:pa55%2Fword@proxy:3128 refused", "pa55"),
        ("s3://AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI@bucket/x", "wJalrXUtnFEMI"),
        ("https://s3/x?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&X-Amz-Signature=0123456789abcdef&a=b", "0123456789abcdef"),
        ("https://s3/x?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026", "AKIAIOSFODNN7EXAMPLE"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("{'authorization': 'Basic dXNlcjpwYXNzd29yZA=='}", "dXNlcjpwYXNzd29yZA"),
        ('{"access_token": "correcthorse"}', "correcthorse"),
        ("password=correcthorse battery", "correcthorse"),
    ],
)
def test_what_has_the_form_of_a_secret_is_hidden(text: str, secret: str) -> None:
    assert secret not in redacted(text, {})
    assert HIDDEN in redacted(text, {})


@pytest.mark.parametrize(
    "text",
    [
        "facebook/xnli@0123456789012345678901234567890123456789: cannot be fetched",
        "no tokens of a text are left: 5 tokens, token 7",
        "model xlmr-base: it has no fast tokenizer (tokenizer.json)",
        "mail someone@example.org; s3://bucket/path@2",
        "/data/secret/of/token/x.tsv:3: label 'basic' is unknown",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert redacted(text, {"HOME": "/data/secret"}) == text


def test_values_of_the_environment_are_hidden_whatever_their_form() -> None:
    environment = {"HF_TOKEN": "plainwords", "AWS_SECRET_ACCESS_KEY": "abc/def+ghi", "HF_TOKEN_PATH": "/home/me/token", "X_TOKEN": "short"}
    said = redacted("plainwords of abc/def+ghi in /home/me/token are short", environment)
    assert said == f"{HIDDEN} of {HIDDEN} in /home/me/token are short"


def test_an_error_tells_no_secret_and_is_no_longer_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "plainwords")
    error = StiltsReportError("is plainwords" + "x" * 10_000, where="http://a:b@c/plainwords", hint=TOKEN)
    for said in (str(error), error.what, error.where, error.hint):
        assert "plainwords" not in said
        assert TOKEN not in said
        assert "a:b" not in said
        assert len(said) < 2_000


def test_a_long_text_takes_no_time() -> None:
    began = time.monotonic()
    for piece in ("x", "a://", "token=", "hf_", "bearer ", "a:"):
        redacted(piece * (200_000 // len(piece)), {"HF_TOKEN": "plainwords"})
    assert time.monotonic() - began < 5


def test_a_study_s_text_and_settings_are_shown_without_their_secrets(tmp_path: Path) -> None:
    text = f"title: T\nmodels: [xlmr-base]\nintermediate: [mnli]\ntarget: [xnli]\ndescription: of {TOKEN}\n"
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    study = read_study(tmp_path / "s.yaml", [f"title=at https://me:{TOKEN}@host/"])
    assert TOKEN not in study.source + "".join(study.overrides)
    assert f"of hf_{HIDDEN}" in study.source
    assert study.overrides == (f"title=at https://{HIDDEN}@host/",)


def test_logs_of_failures_and_outcomes_hold_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "plainwords")
    store = Store(tmp_path)
    store.prepare()
    log = store.note_failure("unit", f"Traceback\nheaders = {{'authorization': 'Bearer plainwords'}}\nOSError: {TOKEN}")
    for said in (log.read_text(encoding="utf-8"), Outcome(cast("Unit", None), "failed", error=f"plainwords {TOKEN}").error):
        assert "plainwords" not in said
        assert TOKEN not in said
        assert HIDDEN in said
