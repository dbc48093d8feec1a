"""Files that are damaged or not what their name says: one error, with file and line, and nothing half-read."""

from __future__ import annotations

import gzip
import pickle
import time

import pytest

from stiltsreport.errors import DataError
from stiltsreport.tasks.readers import text
from tests.tasks.folder import fill, lines, load, squad, table

ROW = {"premise": "The ice melted.", "choice1": "It was warm.", "choice2": "It was cold.", "question": "cause", "label": 0, "idx": 0}
QUESTIONS = squad(("The Aar is short.", [("q", "How?", [("short", 11)])]))
# task, file, language, what stands in a sound one
KINDS = {
    "tsv": ("xnli", "test-de.tsv", table("Ein Satz.|Noch einer.|neutral", "Ja.|Nein.|contradiction")),
    "jsonl": ("xcopa", "de/test.de.jsonl", lines(ROW, {**ROW, "idx": 1})),
    "csv": ("cosmosqa", "train.csv", "id,context,question,answer0,answer1,answer2,answer3,label\nc1,x,y,a,b,c,d,3\nc2,x,y,a,b,c,d,0\n"),
    "json": ("squad", "train-v1.1.json", lines(QUESTIONS)),
    "conllu": ("udpos", "de_gsd-ud-test.conllu", table("1|a|_|DET|_|_|0|_|_|_", "", "1|b|_|NOUN|_|_|0|_|_|_")),
    "words": ("panx", "test-de.tsv", table("Berlin|B-LOC", "", "Ute|B-PER")),
    "bitext": ("tatoeba", "tatoeba.deu-eng.deu", "Hallo.\nJa.\n"),
}
LANGUAGES = {"csv": "en", "json": "en", "jsonl": "id"}
SPLITS = {"csv": "train", "json": "train"}


def attempt(folder, kind, content, suffix=""):
    task, name, _ = KINDS[kind]
    name = name.replace("de/test.de", "id/test.id")
    fill(folder, {f"{task}/{name}{suffix}": content})
    if kind == "bitext":
        fill(folder, {"tatoeba/tatoeba.deu-eng.eng": "Hello.\nYes.\n"})
    return load(folder, task, SPLITS.get(kind, "test"), LANGUAGES.get(kind, "de"))


@pytest.mark.parametrize("kind", KINDS)
def test_sound_files_are_read_alike_however_they_are_packed(tmp_path, kind):
    """Compressed or not, with CR LF, and with a byte order mark: the same examples."""
    content = KINDS[kind][2]
    plain = attempt(tmp_path / "plain", kind, content)
    assert attempt(tmp_path / "gz", kind, content, ".gz") == plain
    assert attempt(tmp_path / "unnamed", kind, gzip.compress(content.encode())) == plain, "gzip is known by its bytes"
    assert attempt(tmp_path / "crlf", kind, content.replace("\n", "\r\n")) == plain
    assert attempt(tmp_path / "mark", kind, "\ufeff" + content) == plain
    assert attempt(tmp_path / "end", kind, content.removesuffix("\n")) == plain


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file(tmp_path, kind):
    for number, content in enumerate((b"", b"\n \n", gzip.compress(b""), b"\xef\xbb\xbf")):
        with pytest.raises(DataError, match="the file is empty") as caught:
            attempt(tmp_path / str(number), kind, content)
        assert KINDS[kind][1].rpartition(".")[2] in caught.value.where


@pytest.mark.parametrize("kind", KINDS)
def test_a_byte_that_is_not_utf8_is_named_with_its_line(tmp_path, kind):
    content = KINDS[kind][2].encode()
    last = content.count(b"\n")
    broken = content.removesuffix(b"\n") + b"\xe4\n"  # ä in Latin-1
    with pytest.raises(DataError, match="byte 0xe4 is not UTF-8; convert the file") as caught:
        attempt(tmp_path, kind, broken)
    assert caught.value.where.endswith(f":{last}")


@pytest.mark.parametrize("kind", KINDS)
def test_other_encodings_of_unicode(tmp_path, kind):
    with pytest.raises(DataError, match=r":1: (byte 0xff is not UTF-8|holds a NUL byte)"):
        attempt(tmp_path, kind, KINDS[kind][2].encode("utf-16"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_nul_byte(tmp_path, kind):
    with pytest.raises(DataError, match=r":1: holds a NUL byte"):
        attempt(tmp_path, kind, KINDS[kind][2].replace("a", "a\0", 1) if "a" in KINDS[kind][2] else "\0" + KINDS[kind][2])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_gzip_file_that_is_cut_off(tmp_path, kind, kept):
    packed = gzip.compress((KINDS[kind][2] * 50).encode())
    with pytest.raises(DataError, match="the gzip file is damaged or cut off") as caught:
        attempt(tmp_path, kind, packed[: int(len(packed) * kept)], ".gz")
    assert ".gz" in caught.value.where


def test_a_gzip_file_with_a_wrong_checksum(tmp_path):
    packed = bytearray(gzip.compress(KINDS["tsv"][2].encode()))
    packed[-6] ^= 1
    with pytest.raises(DataError, match="damaged or cut off"):
        attempt(tmp_path, "tsv", bytes(packed), ".gz")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "page", ["<!DOCTYPE html>\n<html><body>404</body></html>\n", "\n<html>\n", "<?xml version='1.0'?><Error>AccessDenied</Error>"]
)
def test_a_web_page_in_place_of_data(tmp_path, kind, page):
    with pytest.raises(DataError, match="is a web page, not data"):
        attempt(tmp_path, kind, page)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pointer_in_place_of_data(tmp_path, kind):
    with pytest.raises(DataError, match=r":1: is a Git LFS pointer"):
        attempt(tmp_path, kind, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")


@pytest.mark.parametrize(
    ("kind", "content", "what"),
    [
        ("tsv", table("a|b|neutral", "a|b"), r"test-de\.tsv:2: 2 columns between tabs, not 3"),
        ("tsv", table("a|b|neutral", "a|b|c|neutral"), r"test-de\.tsv:2: 4 columns"),
        ("tsv", table("a|b|neutral", ""), r"test-de\.tsv:2: 1 columns"),
        ("tsv", table("a|b|perhaps"), r"test-de\.tsv:1: label 'perhaps' is unknown; known: entailment, neutral, contradiction"),
        ("tsv", table("premise|hypothesis|label", "a|b"), r"test-de\.tsv:2: 2 columns where the header has 3"),
        ("tsv", table("premise|hypothesis|rating", "a|b|1"), r"test-de\.tsv:2: no column for the label"),
        ("tsv", lines([{"sentence1": "a"}]), r"test-de\.tsv:1: is not a JSON object"),
        ("jsonl", "[\n" + lines(ROW) + "]\n", r"test\.id\.jsonl:1: is not JSON: .*one \{\"column\": value, ...\} a line"),
        ("jsonl", lines([ROW]), r"test\.id\.jsonl:1: is not a JSON object"),
        ("jsonl", lines(ROW) + lines({**ROW, "idx": 1})[:-20] + "\n", r"test\.id\.jsonl:2: is not JSON"),
        ("jsonl", lines(ROW, ROW), r"test\.id\.jsonl:2: id '0' occurs twice, first at .*:1"),
        ("jsonl", lines({**ROW, "label": 2}), r"test\.id\.jsonl:1: label '2' is none of 2 choices"),
        ("jsonl", lines({**ROW, "question": "why"}), r"test\.id\.jsonl:1: question 'why'; cause or effect"),
        (
            "jsonl",
            lines({key: value for key, value in ROW.items() if key != "choice2"}),
            r":1: no column for the choice \(choice2\); columns here: premise",
        ),
        (
            "csv",
            "id,context,question,answer0,answer1,answer2,answer3,label\nc1,x,y,a,b,c,3\n",
            r"train\.csv:2: 7 columns where the header has 8",
        ),
        ("csv", 'id,context,question,answer0,answer1,answer2,answer3,label\nc1,"x,y,a,b,c,d,3\n', r"train\.csv:2: is not CSV"),
        ("json", '{"data": [', r"train-v1\.1\.json:1: is not JSON"),
        ("json", lines(QUESTIONS, QUESTIONS), r"train-v1\.1\.json:2: is not JSON: Extra data"),
        ("words", table("Berlin|B-LOC", "", "Ute|PER"), r"test-de\.tsv:3: tag 'PER' is unknown"),
        ("words", table("Berlin|B-LOC|x"), r"test-de\.tsv:1: no word with its tag"),
    ],
)
def test_a_row_that_does_not_fit(tmp_path, kind, content, what):
    with pytest.raises(DataError, match=what):
        attempt(tmp_path, kind, content)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ('"\\ud83d"', "half a character"),
        ("9" * 5000, "not JSON that can be read"),
        ("[" * 100_000, "not JSON that can be read"),
        ("NaN,", "is not JSON"),
    ],
)
def test_json_that_would_fail_later(tmp_path, value, what):
    """A surrogate by itself cannot be encoded, a number of 5,000 digits and lists in lists without end cannot be read."""
    content = lines(ROW).replace('"The ice melted."', value)
    with pytest.raises(DataError, match=rf"test\.id\.jsonl:2: .*{what}"):
        attempt(tmp_path, "jsonl", lines({**ROW, "idx": 1}) + content)
    with pytest.raises(DataError, match=rf"train-v1\.1\.json(:1)?: .*{what}"):
        attempt(tmp_path, "json", f'{{"data": {value}}}')


def test_a_file_that_expands_without_end_is_given_up(tmp_path):
    """A bomb of 300 MB in 300 kB."""
    fill(tmp_path, {"bomb.gz": gzip.compress(b"a\n" * 150_000_000, 9)})
    began = time.monotonic()
    with pytest.raises(DataError, match=r"bomb\.gz: expands to more than 268,435,456 bytes, over 200 times its size"):
        sum(map(len, text.blocks(tmp_path / "bomb.gz")))
    assert time.monotonic() - began < 30


def test_a_line_without_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "LONGEST_LINE", 1_000)
    fill(tmp_path, {"long.txt": "short\n" + "x" * 5_000 + "\nshort\n"})
    with pytest.raises(DataError, match=r"long\.txt:2: the line is longer than 1,000 bytes"):
        text.lines(tmp_path / "long.txt")


def test_a_bomb_of_lines_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "_FREE", 100_000)
    fill(tmp_path, {"bomb.gz": gzip.compress(b"a\n" * 1_000_000, 9), "dense.gz": gzip.compress(b"a\n" * 50_000, 9)})
    with pytest.raises(DataError, match=r"bomb\.gz: expands to more than [\d,]+ bytes"):
        text.lines(tmp_path / "bomb.gz")
    assert len(text.lines(tmp_path / "dense.gz")) == 50_000


def test_a_character_in_two_halves_is_one(tmp_path):
    content = lines(ROW).replace("The ice", "\\ud83d\\ude00")
    assert attempt(tmp_path, "jsonl", content)[0].prompt.startswith("😀 melted.")


def test_rows_of_an_unexpected_shape_are_data_errors(tmp_path):
    fill(tmp_path, {"csqa/train.jsonl": lines({"id": "1", "question": {"stem": "?", "choices": ["a"]}, "answerKey": "A"})})
    with pytest.raises(DataError, match=r"train\.jsonl:1: has not the shape of CommonsenseQA"):
        load(tmp_path, "csqa", "train")
    fill(tmp_path, {"hellaswag/train.jsonl": lines({"ctx": "x", "endings": 3, "label": 0})})
    with pytest.raises(DataError, match=r"train\.jsonl:1: the endings are no list but 3"):
        load(tmp_path, "hellaswag", "train")


@pytest.mark.parametrize("value", [["a"], {"a": 1}, True])
def test_what_is_no_text_is_not_read_as_one(tmp_path, value):
    with pytest.raises(DataError, match=r"test\.id\.jsonl:1: the premise is no text but"):
        attempt(tmp_path, "jsonl", lines({**ROW, "premise": value}))
    with pytest.raises(DataError, match=r"train-v1\.1\.json: data\[0\]\.paragraphs\[0\]: the context is no text but"):
        attempt(tmp_path, "json", lines({"data": [{"paragraphs": [{"context": value, "qas": []}]}]}))


@pytest.mark.parametrize("value", ["NaN", "-Infinity"])
def test_json_has_no_such_numbers(tmp_path, value):
    with pytest.raises(DataError, match=rf"test\.id\.jsonl:1: is not JSON that can be read: {value} is no number of JSON"):
        attempt(tmp_path, "jsonl", lines(ROW).replace('"The ice melted."', value))


@pytest.mark.parametrize(
    "questions", [None, 3, "q", [None], [{"id": 1}], [{"id": "q", "question": "?", "answers": [{"text": "a", "answer_start": "x"}]}]]
)
def test_questions_of_another_shape_are_data_errors(tmp_path, questions):
    with pytest.raises(DataError, match=r"train-v1\.1\.json: data\[0\]\.paragraphs\[0\]"):
        attempt(tmp_path, "json", lines({"data": [{"paragraphs": [{"context": "a", "qas": questions}]}]}))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        text.lines(tmp_path / "absent.tsv")
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        text.lines(tmp_path)


def test_a_data_error_survives_the_way_between_processes(tmp_path):
    with pytest.raises(DataError) as caught:
        attempt(tmp_path, "tsv", "a\tb\n")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.where) == (DataError, str(caught.value), caught.value.where)


def test_separators_of_other_scripts_do_not_end_a_line(tmp_path):
    sentence = "a\u2028b\u0085c\x0bd\x1ce"
    assert attempt(tmp_path, "tsv", f"{sentence}\tx\tneutral\n")[0].first == sentence
