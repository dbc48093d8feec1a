"""Tasks from the Hub: fetched at the pinned commit, one configuration at a time, and read as local files are."""

from __future__ import annotations

import io

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.tasks import TASKS, patience
from stiltsreport.tasks.examples import MultipleChoice, Passage, Question, SentencePair, TaggedSentence
from stiltsreport.tasks.hub import hub_sources, repositories
from stiltsreport.tasks.lock import Lock, lock_path, read_lock, resolve, write_lock
from stiltsreport.tasks.read import read
from stiltsreport.tasks.sources import HubAccess
from tests.tasks.fake_hub import Repository, serve
from tests.tasks.folder import lines


@pytest.fixture(scope="module")
def hub():
    with serve() as found:
        yield found


@pytest.fixture
def access(hub, tmp_path):
    return HubAccess(str(tmp_path / "cache"), endpoint=hub.address)


def parquet(rows: list[dict[str, object]], features: datasets.Features | None = None) -> bytes:
    """A table as `push_to_hub` writes it, its features beside its columns."""
    table = datasets.Dataset.from_list(rows, features=features).data.table if features else pa.Table.from_pylist(rows)
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def card(**configurations: dict[str, str]) -> bytes:
    text = ["---", "configs:"]
    for name, files in configurations.items():
        text += [f"- config_name: {name.replace('__', '.')}", "  data_files:"]
        for split, path in files.items():
            text += [f"  - split: {split}", f"    path: {path}"]
    return ("\n".join([*text, "---", "# A data set"]) + "\n").encode()


def source(hub, task: str, split: str, language: str = "en"):
    commits = {name: found.commit for name, found in hub.datasets.items()}
    return hub_sources(TASKS[task], commits)[split, language]


NLI = datasets.Features(
    {
        "premise": datasets.Value("string"),
        "hypothesis": datasets.Value("string"),
        "label": datasets.ClassLabel(names=["entailment", "neutral", "contradiction"]),
    }
)


def test_class_numbers_are_read_by_the_names_that_the_data_set_gives(hub, access):
    """Another order of the same names gives other numbers, and -1 is no label."""
    turned = NLI | {"label": datasets.ClassLabel(names=["contradiction", "neutral", "entailment"])}
    rows = [
        {"premise": "a", "hypothesis": "b", "label": 0},
        {"premise": "c", "hypothesis": "d", "label": -1},
        {"premise": "e", "hypothesis": "f", "label": 2},
    ]
    files = {"train": "plain_text/train-*", "validation": "plain_text/validation-*"}
    hub.datasets["stanfordnlp/snli"] = Repository({
        "README.md": card(plain_text=files),
        "plain_text/train-00000-of-00001.parquet": parquet(rows, NLI),
        "plain_text/validation-00000-of-00001.parquet": parquet(rows, datasets.Features(turned)),
    })  # fmt: skip
    assert read(source(hub, "snli", "train"), TASKS["snli"], access) == (
        SentencePair("1", "a", "b", "entailment"),
        SentencePair("3", "e", "f", "contradiction"),
    )
    assert [pair.label for pair in read(source(hub, "snli", "dev"), TASKS["snli"], access)] == ["contradiction", "entailment"]


def test_tags_as_class_numbers(hub, access):
    """XTREME-R's five more languages come from a third party's copy, whose order of tags need not be ours."""
    names = [
        "NOUN",
        "PUNCT",
        "ADJ",
        "ADP",
        "ADV",
        "SYM",
        "DET",
        "INTJ",
        "X",
        "NUM",
        "PART",
        "PRON",
        "PROPN",
        "CCONJ",
        "SCONJ",
        "AUX",
        "VERB",
    ]
    features = datasets.Features(
        {"tokens": datasets.List(datasets.Value("string")), "pos_tags": datasets.List(datasets.ClassLabel(names=names))}
    )
    table = parquet([{"tokens": ["Pies", "śpi"], "pos_tags": [0, 16]}], features)
    hub.datasets["izhx/xtreme-r-udpos"] = Repository({"README.md": card(pl={"test": "pl/test.parquet"}), "pl/test.parquet": table})
    found = source(hub, "udpos", "test", "pl")
    assert (found.hub[0].id, found.hub[0].config) == ("izhx/xtreme-r-udpos", "pl")
    assert read(found, TASKS["udpos"], access) == (TaggedSentence("1", ("Pies", "śpi"), ("NOUN", "VERB")),)


def test_labels_as_strings(hub, access):
    rows = [{"id": 3, "sentence1": "a", "sentence2": "b", "label": "1"}, {"id": 4, "sentence1": "c", "sentence2": "d", "label": "0"}]
    hub.datasets["google-research-datasets/paws-x"] = Repository(
        {"README.md": card(ko={"test": "ko/test.parquet"}), "ko/test.parquet": parquet(rows)}
    )
    assert read(source(hub, "pawsx", "test", "ko"), TASKS["pawsx"], access) == (
        SentencePair("3", "a", "b", "1"),
        SentencePair("4", "c", "d", "0"),
    )
    texts = {"ctx_a": "A.", "ctx_b": "then", "ctx": "A. then", "endings": ["w", "x", "y", "z"], "ind": 4}
    hub.datasets["Rowan/hellaswag"] = Repository(
        {"README.md": card(default={"train": "data/train-*"}), "data/train-0.parquet": parquet([{**texts, "label": "2"}])}
    )
    assert read(source(hub, "hellaswag", "train"), TASKS["hellaswag"], access) == (
        MultipleChoice("1", "A.", ("then w", "then x", "then y", "then z"), 2),
    )
    siqa = [{"context": "C.", "question": "Q?", "answerA": "a", "answerB": "b", "answerC": "c", "label": "3"}]
    hub.datasets["lighteval/siqa"] = Repository(
        {"README.md": card(default={"train": "data/train-*"}), "data/train-0.parquet": parquet(siqa)}
    )
    assert read(source(hub, "siqa", "train"), TASKS["siqa"], access)[0].label == 2


def test_choices_whose_labels_have_names_of_their_own(hub, access):
    """COPA's classes are called choice1 and choice2."""
    names = datasets.ClassLabel(names=["choice1", "choice2"])
    features = datasets.Features(
        {**{key: datasets.Value("string") for key in ("premise", "choice1", "choice2", "question")}, "label": names}
    )
    rows = [{"premise": "It rained.", "choice1": "dry", "choice2": "wet", "question": "effect", "label": 1}]
    hub.datasets["aps/super_glue"] = Repository(
        {"README.md": card(copa={"train": "copa/train-*"}), "copa/train-0.parquet": parquet(rows, features)}
    )
    assert read(source(hub, "copa", "train"), TASKS["copa"], access)[0].label == 1


def question(name: str) -> dict[str, object]:
    return {
        "id": name,
        "title": "T",
        "context": "The Aar is short.",
        "question": "How?",
        "answers": {"text": ["short"], "answer_start": [11]},
    }


@pytest.fixture
def xtreme(hub):
    rows = [question(name) for name in ("english-1", "telugu-1", "english-2", "korean-1")]
    pair = [{"source_sentence": "Hallo.", "target_sentence": "Hello.", "source_lang": "deu", "target_lang": "eng"}]
    hub.datasets["google/xtreme"] = Repository({
        "README.md": card(
            tydiqa={"train": "tydiqa/train-*", "validation": "tydiqa/validation-*"},
            tatoeba__deu={"validation": "tatoeba.deu/validation-*"},
            MLQA__de__de={"test": "MLQA.de.de/test-*"}, bucc18__de={"test": "bucc18.de/test-*"},
        ),
        "tydiqa/train-0.parquet": parquet(rows), "tydiqa/validation-0.parquet": parquet(rows),
        "tatoeba.deu/validation-0.parquet": parquet(pair),
        "MLQA.de.de/test-0.parquet": parquet([question("q1")]), "bucc18.de/test-0.parquet": parquet(pair),
    })  # fmt: skip
    return hub.datasets["google/xtreme"]


def test_tydiqa_takes_one_language_out_of_the_configuration_of_all(hub, xtreme, access):
    train = source(hub, "tydiqa", "train")
    assert [item.id for item in read(train, TASKS["tydiqa"], access)] == ["english-1", "english-2"]
    dev = source(hub, "tydiqa", "dev", "te")
    assert [item.id for item in read(dev, TASKS["tydiqa"], access)] == ["telugu-1"]
    assert train.fingerprint != source(hub, "tydiqa", "dev").fingerprint
    assert dev.fingerprint != source(hub, "tydiqa", "dev", "ko").fingerprint
    with pytest.raises(DataError, match="holds no example of tydiqa in fi"):
        read(source(hub, "tydiqa", "dev", "fi"), TASKS["tydiqa"], access)


def test_squads_columns_become_questions(hub, xtreme, access):
    expected = Question("q1", "How?", "The Aar is short.", (("short", 11),), "", "T")
    assert read(source(hub, "mlqa", "test", "de"), TASKS["mlqa"], access) == (expected,)


def test_tatoeba_asks_in_english(hub, xtreme, access):
    found = read(source(hub, "tatoeba", "test", "de"), TASKS["tatoeba"], access)
    assert (found.queries, found.pool) == ((Passage("0", "Hello.", "en"),), (Passage("0", "Hallo.", "de"),))
    rows = lines({"sentence1": "Witaj.", "sentence2": "Hello."})
    hub.datasets["mteb/tatoeba-bitext-mining"] = Repository(
        {"README.md": card(**{"pol-eng": {"test": "test/pol-eng.jsonl"}}), "test/pol-eng.jsonl": rows.encode()}
    )
    found = read(source(hub, "tatoeba", "test", "pl"), TASKS["tatoeba"], access)
    assert (found.queries, found.pool) == ((Passage("0", "Hello.", "en"),), (Passage("0", "Witaj.", "pl"),))


def test_only_the_files_of_the_configuration_are_fetched(hub, xtreme, access):
    hub.asked.clear()
    read(source(hub, "tydiqa", "train"), TASKS["tydiqa"], access)
    fetched = {path.split("/resolve/")[1].split("/", 1)[1] for path in hub.asked if "/resolve/" in path}
    assert fetched == {"README.md", "tydiqa/train-0.parquet"}
    assert {path.split("/resolve/")[1].split("/")[0] for path in hub.asked if "/resolve/" in path} == {xtreme.commit}


def test_what_was_fetched_is_read_without_a_network(hub, xtreme, access):
    task = TASKS["tydiqa"]
    before = read(source(hub, "tydiqa", "train"), task, access)
    hub.asked.clear()
    away = HubAccess(access.cache, offline=True, endpoint=hub.address)
    assert read(source(hub, "tydiqa", "train"), task, away) == before
    assert hub.asked == [], "offline asks nobody"
    with pytest.raises(StiltsReportError, match=r"google/xtreme@\w{10}: .*stiltsreport fetch STUDY"):
        read(source(hub, "mlqa", "test", "de"), TASKS["mlqa"], away)
    with pytest.raises(StiltsReportError, match=r"cannot be fetched.*stiltsreport fetch STUDY. with a network"):
        read(source(hub, "tydiqa", "train"), task, HubAccess(access.cache + "-empty", offline=True, endpoint=hub.address))
    assert hub.asked == []


def test_a_commit_is_what_is_read_whatever_main_has_become(hub, xtreme, access):
    task = TASKS["tydiqa"]
    pinned = source(hub, "tydiqa", "train")
    before = read(pinned, task, access)
    hub.datasets["google/xtreme"] = Repository({**xtreme.files, "tydiqa/train-0.parquet": parquet([question("english-9")])})
    moved = source(hub, "tydiqa", "train")
    assert moved.fingerprint != pinned.fingerprint
    assert [item.id for item in read(moved, task, access)] == ["english-9"]
    assert read(pinned, task, HubAccess(access.cache, offline=True)) == before
    with pytest.raises(StiltsReportError, match="cannot be fetched"):
        read(pinned, task, HubAccess(access.cache + "-other", endpoint=hub.address))


def test_joined_data_sets_are_read_with_their_names(hub, access):
    rows = [{"premise": "a", "hypothesis": "b", "label": 1}]
    hub.datasets["stanfordnlp/snli"] = Repository({"README.md": card(plain_text={"train": "t.parquet"}), "t.parquet": parquet(rows, NLI)})
    glue = [{"premise": "c", "hypothesis": "d", "label": 0, "idx": 0}]
    hub.datasets["nyu-mll/glue"] = Repository(
        {
            "README.md": card(mnli={"train": "m.parquet"}),
            "m.parquet": parquet(glue, datasets.Features({**NLI, "idx": datasets.Value("int32")})),
        }
    )
    anli = [{"uid": f"u{number}", "premise": "e", "hypothesis": "f", "label": 2} for number in range(3)]
    features = datasets.Features({"uid": datasets.Value("string"), **NLI})
    hub.datasets["facebook/anli"] = Repository({
        "README.md": card(plain_text={f"train_r{number}": f"r{number}.parquet" for number in (1, 2, 3)}),
        **{f"r{number}.parquet": parquet(anli[number - 1 : number], features) for number in (1, 2, 3)},
    })  # fmt: skip
    assert repositories(TASKS["anli-plus"]) == ["stanfordnlp/snli", "nyu-mll/glue", "facebook/anli"]
    found = read(source(hub, "anli-plus", "train"), TASKS["anli-plus"], access)
    assert [(pair.id, pair.label) for pair in found] == [
        ("stanfordnlp/snli/train:1", "neutral"), ("nyu-mll/glue/train:0", "entailment"), ("facebook/anli/train_r1:u0", "contradiction"),
        ("facebook/anli/train_r2:u1", "contradiction"), ("facebook/anli/train_r3:u2", "contradiction"),
    ]  # fmt: skip


def test_a_loading_script_is_refused_with_what_to_do(hub, access):
    hub.datasets["allenai/cosmos_qa"] = Repository({"README.md": b"# Cosmos\n", "cosmos_qa.py": b"raise SystemExit('run')\n"})
    with pytest.raises(
        StiltsReportError, match=r"allenai/cosmos_qa@\w{10}: cannot load configuration 'default', split 'train': .*local files with --data"
    ):
        read(source(hub, "cosmosqa", "train"), TASKS["cosmosqa"], access)


def test_what_is_not_there_is_said(hub, xtreme, access):
    with pytest.raises(StiltsReportError, match=r"cannot load configuration 'tatoeba.fin'"):
        read(source(hub, "tatoeba", "test", "fi"), TASKS["tatoeba"], access)
    unpinned = hub_sources(TASKS["tydiqa"], {"google/xtreme": "unpinned"})["train", "en"]
    with pytest.raises(StiltsReportError, match="google/xtreme: is pinned to no commit; `stiltsreport fetch STUDY`"):
        read(unpinned, TASKS["tydiqa"], access)
    with pytest.raises(StiltsReportError, match="cannot be fetched"):
        read(
            unpinned.__class__(**{**unpinned.__dict__, "hub": (unpinned.hub[0].__class__("no/where", "tydiqa", "train", "0" * 40),)}),
            TASKS["tydiqa"],
            access,
        )


def test_fetch_resolves_each_id_and_keeps_what_is_pinned(hub, xtreme, tmp_path):
    hub.models["owner/encoder"] = Repository({"config.json": b"{}"})
    known = Lock({"stanfordnlp/snli": "a" * 40}, {})
    hub.asked.clear()
    lock = resolve(["google/xtreme", "stanfordnlp/snli"], ["owner/encoder"], known, endpoint=hub.address)
    assert lock == Lock(
        {"stanfordnlp/snli": "a" * 40, "google/xtreme": xtreme.commit}, {"owner/encoder": hub.models["owner/encoder"].commit}
    )
    assert len(hub.asked) == 2, "what the lock has is not asked for"
    study = tmp_path / "mine.yaml"
    assert write_lock(study, lock) == lock_path(study) == tmp_path / "mine.lock"
    assert read_lock(study) == lock
    assert [path.name for path in tmp_path.iterdir()] == ["mine.lock"]


def test_an_id_that_is_not_there_has_no_commit(hub):
    with pytest.raises(StiltsReportError, match=r"dataset no/where: cannot be fetched: 404 Client Error\..* Repository Not Found"):
        resolve(["no/where"], [], Lock(), endpoint=hub.address)
    with pytest.raises(StiltsReportError, match="model no/where: cannot be fetched: 404 Client Error"):
        resolve([], ["no/where"], Lock(), endpoint=hub.address)


def test_without_a_network_nothing_is_resolved(monkeypatch):
    monkeypatch.setattr(patience, "FIRST", 0.01)
    said = r"dataset google/xtreme: the Hub does not answer as it should, 5 tries in \d s: .*refused; .*`stiltsreport fetch STUDY` again"
    with pytest.raises(StiltsReportError, match=said):
        resolve(["google/xtreme"], [], Lock(), endpoint="http://127.0.0.1:9")


@pytest.mark.parametrize(
    "content",
    [
        "datasets: {a/b: main}",
        "datasets: {a/b: 0123}",
        "models: {a/b: null}",
        "datasets: [a]",
        "- a",
        "datasets: {a/b: !!python/object:os.system x}",
        "a: [",
    ],
)
def test_a_lock_that_names_no_commit_is_refused(tmp_path, content):
    (tmp_path / "s.lock").write_text(content)
    with pytest.raises(StiltsReportError, match=r"s\.lock.*run `stiltsreport fetch`"):
        read_lock(tmp_path / "s.yaml")


def test_no_lock_pins_nothing(tmp_path):
    assert read_lock(tmp_path / "s.yaml") == Lock()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("datasets: " + "[" * 10_000, "the lock file is damaged"),
        ("datasets: &a {x: y}\nmodels: {<<: [*a, *a]}\n", "the lock file is damaged"),
        ("datasets: !!python/object/apply:os.getcwd []\n", "the lock file is damaged"),
        ("#" * 2**20, "the lock file is damaged"),
        ("datasets: {o/d: main}\n", "'main' is no commit of o/d"),
        ("datasets: {o/d: !!bool 7}\n", "the lock file is damaged"),
    ],
)
def test_a_hostile_lock_is_one_error(tmp_path, content, said):
    lock_path(tmp_path / "s.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(StiltsReportError, match=said):
        read_lock(tmp_path / "s.yaml")
