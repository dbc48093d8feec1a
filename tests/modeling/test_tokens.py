"""Token tables: what is read from the mapped file is what was encoded, for every task type; damage is told apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stiltsreport.modeling import encoded_set
from stiltsreport.modeling.encoded_set import EncodedSet, Unread, encode_in_chunks
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for
from stiltsreport.modeling.token_file import open_tokens, write_tokens
from stiltsreport.modeling.tokens import Joined, TokenTable, by_example, ids_of, lengths_of, row_counts_of, tokens_of
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Recipe
from tests.modeling.small import NAMES, encoded, examples, task_of

RECIPE = Recipe(max_length=40, document_stride=12, query_length=20, passage_length=24)  # SQuAD's contexts fall into windows
LABELS = ("a", "ü")


def stored(file: Path, features: Sequence[Feature], count: int, size: int = 7) -> TokenTable:
    """The features as written in chunks of `size` and opened again."""
    write_tokens(file, "key", count, LABELS, [features[start : start + size] for start in range(0, len(features), size)])
    table = open_tokens(file, "key")
    assert table is not None
    return table


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("name", ["encoder", "bert"])
def test_the_table_holds_what_was_encoded(kind: str, name: str, request: pytest.FixtureRequest, tmp_path: Path):
    encoder: Encoder = request.getfixturevalue(name)
    features = list(encoded(kind, encoder, RECIPE).features)
    if kind == "question_answering":
        assert len(features) > 24
        assert any(None in feature.align for feature in features)
    table = stored(tmp_path / "t.arrow", features, 24)
    assert (table.examples, table.labels, len(table)) == (24, LABELS, len(features))
    assert list(table) == features
    assert table[3:-2] == features[3:-2]
    assert table[-1] == features[-1]
    for feature in table:
        assert all(isinstance(row, tuple) for row in (*feature.rows, *feature.types))
        assert feature.target is None or isinstance(feature.target, int | tuple)
    with pytest.raises(IndexError):
        table[len(features)]
    assert lengths_of(table).tolist() == [feature.length for feature in features] == lengths_of(features).tolist()
    assert tokens_of(table).tolist() == [feature.tokens for feature in features] == tokens_of(features).tolist()
    assert row_counts_of(table).tolist() == [len(feature.rows) for feature in features] == row_counts_of(features).tolist()
    of_table, of_lists = by_example(table, 24), by_example(features, 24)
    assert [of_table(place) for place in range(24)] == [of_lists(place) for place in range(24)]


@pytest.mark.parametrize("kind", NAMES)
def test_encoding_in_chunks_changes_nothing(kind: str, encoder: Encoder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(encoded_set, "CHUNK", 5)
    chunks = list(encode_in_chunks(task_of(kind), examples(kind), encoder.tokenizer, RECIPE))
    assert len(chunks) == 5
    assert [feature for chunk in chunks for feature in chunk] == list(encoded(kind, encoder, RECIPE).features)


def test_its_columns_are_views_of_the_file(encoder: Encoder, tmp_path: Path):
    features = encoded("sequence_classification", encoder, RECIPE).features
    before = pa.total_allocated_bytes()
    table = stored(tmp_path / "t.arrow", features, 24)
    for ids in table.ids():
        assert not ids.flags.owndata
        assert not ids.flags.writeable
    assert pa.total_allocated_bytes() == before


def test_a_table_outlives_its_file(encoder: Encoder, tmp_path: Path):
    features = list(encoded("multiple_choice", encoder, RECIPE).features)
    table = stored(tmp_path / "t.arrow", features, 24)
    (tmp_path / "t.arrow").unlink()
    assert list(table) == features


def test_examples_without_features(tmp_path: Path):
    some = [Feature(2, ((5, 6),), ((0, 0),), 1), Feature(2, ((7,),), ((0,),), 0), Feature(4, ((8,),), ((1,),), 0)]
    table = stored(tmp_path / "t.arrow", some, 6, size=1)
    assert [table.of_example(place) for place in range(6)] == [[], [], some[:2], [], some[2:], []]
    empty = stored(tmp_path / "empty.arrow", [], 0)
    assert list(empty) == []
    assert empty.lengths.tolist() == empty.tokens.tolist() == []
    assert list(Joined([empty, table, some])) == [*some, *some]


def test_several_end_to_end(encoder: Encoder, tmp_path: Path):
    one, two = (list(encoded("question_answering", encoder, RECIPE, 9, seed).features) for seed in (0, 1))
    joined = Joined([stored(tmp_path / "1.arrow", one, 9), two])
    assert list(joined) == [*one, *two]
    assert joined[len(one)] == two[0]
    assert joined.lengths.tolist() == [feature.length for feature in (*one, *two)]
    assert joined.row_counts.tolist() == [1] * len(joined)
    assert joined.tokens.sum() == sum(feature.tokens for feature in (*one, *two))
    assert joined.split(range(len(joined))) == [range(len(one)), range(len(one), len(joined))]


def test_the_cut_of_a_table_is_that_of_its_features(encoder: Encoder, tmp_path: Path):
    features = list(encoded("token_classification", encoder, RECIPE).features)
    expected = sorted({*range(16), *(token for feature in features for row in feature.rows for token in row)})
    for given in (features, stored(tmp_path / "t.arrow", features, 24), Joined([features[:5], features[5:]])):
        assert cut_for(encoder, given).ids.tolist() == expected
        assert sorted({int(token) for part in ids_of(given) for token in part} | set(range(16))) == expected
    with pytest.raises(IndexError):
        VocabularyCut.of([np.array([3, 100], dtype=np.int32)], 100)


def test_a_damaged_file_is_no_table(encoder: Encoder, tmp_path: Path):
    file = tmp_path / "t.arrow"
    stored(file, encoded("sequence_classification", encoder, RECIPE).features, 24)
    whole = file.read_bytes()
    assert open_tokens(file, "another key") is None
    assert open_tokens(tmp_path / "absent.arrow", "key") is None
    for part in range(0, len(whole), 97):
        file.write_bytes(whole[:part])
        assert open_tokens(file, "key") is None
    file.write_bytes(bytes(len(whole)))
    assert open_tokens(file, "key") is None
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, pa.schema([("example", pa.int32())])) as writer:
        writer.write_batch(pa.record_batch([pa.array([1], pa.int32())], names=["example"]))
    assert open_tokens(file, "key") is None
    file.unlink()
    file.mkdir()
    assert open_tokens(file, "key") is None


def test_numbers_that_do_not_fit_together_are_no_table(tmp_path: Path):
    file = tmp_path / "t.arrow"
    feature = Feature(3, ((5, 6),), ((0, 0),), 1)
    for count, features in ((3, [feature]), (9, [feature, Feature(2, ((5,),), ((0,),), 1)])):
        write_tokens(file, "key", count, LABELS, [features])
        assert open_tokens(file, "key") is None
    for other in (Feature(4, ((5,),), ((0,),), (1, 2)), Feature(4, ((5,),), ((0,),), None), Feature(4, ((5,),), ((0,),), 1, (1,))):
        with pytest.raises(TypeError):
            write_tokens(file, "key", 9, LABELS, [[feature], [other]])


def test_examples_are_read_when_asked_for():
    calls = []

    def read() -> list[str]:
        calls.append(1)
        return ["a", "b"]

    data = EncodedSet(task_of("multiple_choice"), Unread(2, read), [])
    assert len(data.examples) == 2
    assert calls == []
    assert list(data.examples) == ["a", "b"]
    assert data.examples[1] == "b"
    assert len(calls) == 2
