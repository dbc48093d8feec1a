"""The study file: its YAML, its names, its numbers."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

from tests.errors.case import HEAD, OWN, Case, added, changed, config


def model(entry: str) -> str:
    return changed("{model}", entry)


def adapted(method: str) -> str:
    return model(f"{{name: {{model}}, adaptation: {{{method}}}}}")


def claim(text: str) -> str:
    return added(f"claims: [{{name: a, {text}}}]\n")


def arms(intermediate: str, more: str = "") -> str:
    return changed("[hellaswag]", intermediate) + more


def defined(text: str) -> str:
    return added(f"define: {{tasks: {{mine: {{{text}}}}}}}\n")


def variant(text: str) -> str:
    return added(f"variants: [{text}]\n")


def target(text: str) -> str:
    return changed("[{task: xnli, languages: [de, en], train: snli}]", f"[{text}]")


def recipe(text: str) -> str:
    return added(f"recipes: {{target: {{{text}}}}}\n")


def unreadable(folder: Path) -> AbstractContextManager[object]:
    """The study may not be read, whoever asks: root may read everything."""
    read = Path.open

    def opened(path: Path, *arguments: object, **named: object) -> object:
        if path == folder / "study.yaml":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, *arguments, **named)  # type: ignore[call-overload]

    return mock.patch.object(Path, "open", opened)


CASES: dict[str, Case] = {
    "no such study": Case(arguments="check nowhere.yaml"),
    "a study by almost its name": Case(arguments="check quikstart"),
    "an empty file": Case(""),
    "not YAML": Case("title: [T\n"),
    "a list for a mapping": Case("- title\n"),
    "a key that is not known": Case(added("sedes: [1]\n")),
    "a key twice": Case(added("title: U\n")),
    "without a title": Case(changed("title: T\n", "")),
    "without a model": Case(changed("models: [{model}]\n", "models: []\n")),
    "a number for a name": Case(changed("[hellaswag]", "[1]")),
    "an intermediate task that is not known": Case(changed("hellaswag", "hellaswog")),
    "a target that is not known": Case(changed("task: xnli", "task: xnly")),
    "a target's other spelling": Case(changed("target: [{task: xnli, languages: [de, en], train: snli}]", "target: [bucc]")),
    "a benchmark that is not known": Case(changed("target: [{task: xnli, languages: [de, en], train: snli}]", "target: xtreme_r")),
    "a language that the task lacks": Case(changed("[de, en]", "[de, fi]")),
    "a language twice": Case(changed("[de, en]", "[de, de]")),
    "a training set of another type": Case(changed("train: snli", "train: squad")),
    "a model that is not known": Case(changed("{model}", "xlmr-bose")),
    "a model twice": Case(changed("[{model}]", "[xlmr-base, xlmr-base]")),
    "a folder that is no model": Case(changed("{model}", "./nothing")),
    "a seed twice": Case(changed("[1, 2]", "[1, 1]")),
    "a seed below zero": Case(changed("[1, 2]", "[-1]")),
    "no seeds": Case(changed("[1, 2]", "[]")),
    "an intermediate task twice": Case(changed("[hellaswag]", "[hellaswag, hellaswag]")),
    "a recipe that is not known": Case(added("recipes: {target: xstilts-targed}\n")),
    "a recipe's entry that is not known": Case(added("recipes: {target: {base: xstilts-target, learning_rat: 1}}\n")),
    "a recipe's entry out of bounds": Case(added("recipes: {target: {base: xstilts-target, learning_rate: -1}}\n")),
    "a recipe for a task that is not known": Case(added("recipes: {target: {base: xstilts-target, tasks: {panxx: {epochs: 1}}}}\n")),
    "a limit of nothing": Case(added("limit: {train: 0}\n")),
    "a margin below zero": Case(added("statistics: {margin: -1}\n")),
    "a test that is not known": Case(added("statistics: {test: t-test}\n")),
    "alpha over a half": Case(added("statistics: {alpha: 0.9}\n")),
    "a table that is not known": Case(added("report: {tables: [gain]}\n")),
    "a table that is named twice": Case(added("report: {tables: [gains, gains]}\n")),
    "a training set that is named twice": Case(changed("train: snli", "train: [snli, snli]")),
    "a format that is not known": Case(added("report: {formats: [word]}\n")),
    "a claim of two kinds": Case(added("claims: [{name: a, better: hellaswag, worse: hellaswag, than: none}]\n")),
    "a claim on an arm that is not there": Case(added("claims: [{name: a, better: squad, than: none}]\n")),
    "a claim on a target that is not there": Case(added("claims: [{name: a, better: hellaswag, than: none, on: panx}]\n")),
    "two claims of one name": Case(added("claims: [{name: a, better: hellaswag, than: none}, {name: a, worse: hellaswag, than: none}]\n")),
    "an equivalence without a margin": Case(added("claims: [{name: a, equivalent: hellaswag, than: none}]\n")),
    "a variant that is not known": Case(added("variants: [plain, {robust: rs-dp}]\n")),
    "a variant twice": Case(added("variants: [plain, adv, adv]\n")),
    "a control of nothing": Case(changed("[hellaswag]", "[{control: shuffled, of: squad}]")),
    "tuning on a reported seed": Case(added("tune: {learning_rate: [1.0e-5], seeds: [1]}\n")),
    "an adaptation that is not known": Case(changed("[{model}]", "[{name: {model}, adaptation: lore}]")),
    "a task of one's own without a type": Case(added("define: {tasks: {mine: {labels: [a, b]}}}\n")),
    "a task of one's own without files": Case(added("define: {tasks: {mine: {type: sequence_classification, labels: [a, b]}}}\n")),
    # YAML
    "a tab for blanks": Case("title: T\nmodels:\n\t- xlmr-base\n"),
    "a sign that YAML does not take": Case("title: \x07\n"),
    "lists in lists without end": Case("title: " + "[" * 60 + "]" * 60 + "\n"),
    "anchors that expand without end": Case("a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e]\n"),
    "a tag of Python": Case("title: !!python/object:os.system x\n"),
    "a file of bytes": Case(b"title: caf\xe9\n"),
    "a file that is far too long": Case("# " + "x" * 600_000 + "\n"),
    "a folder for a study": Case(arguments="check DIR/model"),
    "a file that may not be read": Case(around=unreadable),
    "a name of the file that cannot name a report": Case(arguments="check DIR/(x).yaml", files={"(x).yaml": HEAD.replace("{model}", "./model")}),
    "a title of blanks": Case(changed("title: T", "title: ' '")),
    "a text for a number": Case(added("limit: {train: many}\n")),
    "a number for a title": Case(changed("title: T", "title: 7")),
    "not a number": Case(added("statistics: {alpha: .nan}\n")),
    "a yes that YAML does not know": Case(added("report: {signature: yes}\n")),
    "a list for a name": Case(added("description: [a]\n")),
    "a mapping where a list stands": Case(added("claims: {a: 1}\n")),
    "a key that is a number": Case(added("7: a\n")),
    # models
    "a model that comes later": Case(model("llama3-8b")),
    "code of a model that is not in the study": Case(added("trust_remote_code: [./modle]\n")),
    "the embedded model by its address": Case(model("'embedded:x'") + "define: {models: {m: {checkpoint: 'embedded:x'}}}\n"),
    "a folder without a config": Case(model("./data")),
    "a config without sizes": Case(prepare=config(model_type="bertish", hidden_size=None)),
    "a config of sizes that are none": Case(prepare=config(model_type="bertish", vocab_size=-3)),
    "a model of one's own by a name that is taken": Case(added("define: {models: {xlmr-base: {checkpoint: ./model}}}\n")),
    "a family whose weights nobody counts": Case(added("define: {models: {m: {checkpoint: a/b, config: {model_type: bart}}}}\n")),
    "a known family without a size": Case(added("define: {models: {m: {checkpoint: a/b, config: {model_type: xlm-roberta}}}}\n")),
    "a known family with a size that is none": Case(added("define: {models: {m: {checkpoint: a/b, config: {model_type: xlm-roberta, hidden_size: wide, num_hidden_layers: 2, vocab_size: 9, num_attention_heads: 2, intermediate_size: 8, max_position_embeddings: 9, type_vocab_size: 1}}}}\n")),
    "a rank of full fine-tuning": Case(adapted("method: full, rank: 8")),
    "a rate of full fine-tuning": Case(adapted("method: full, rate_factor: 3")),
    "all linear layers and one more": Case(adapted("method: lora, targets: [all-linear, query]")),
    "4 bits merged": Case(adapted("method: qlora, stack: merged")),
    "an adaptation's name that is none": Case(adapted("method: lora, name: 'a b'")),
    "an encoder made causal": Case(recipe("base: xstilts-target, attention: causal")),
    # intermediates
    "`of` without a control": Case(arms("[{task: hellaswag, of: siqa}]")),
    "sampling of one task": Case(arms("[{task: hellaswag, sampling: uniform}]")),
    "an intermediate without a name": Case(arms("[{examples: 10}]")),
    "the baseline as an intermediate": Case(arms("[none]")),
    "a mixture without a name": Case(arms("[{tasks: [hellaswag, siqa]}]")),
    "a mixture of one": Case(arms("[{name: two, tasks: [hellaswag]}]")),
    "a mixture of one task twice": Case(arms("[{name: two, tasks: [hellaswag, siqa, siqa]}]")),
    "a mixture by a task's name": Case(arms("[{name: squad, tasks: [hellaswag, siqa]}]")),
    "an arm's name that is none": Case(arms("[{name: a+b, tasks: [hellaswag, siqa]}]")),
    "an intermediate without training data": Case(defined("type: sequence_classification, labels: [a, b], files: {test: t.tsv}").replace("[hellaswag]", "[mine]")),
    "a control with tasks": Case(arms("[hellaswag, {control: shuffled, tasks: [hellaswag]}]")),
    "a control of one of two": Case(arms("[hellaswag, siqa, {control: shuffled}]")),
    # targets
    "no target": Case(target("")),
    "a target twice": Case(target("tatoeba, tatoeba")),
    "no languages": Case(target("{task: tatoeba, languages: []}")),
    "pairs of what is not parallel": Case(target("{task: panx, pairs: all}")),
    "a pair of a language that is not there": Case(target("{task: xnli, train: snli, pairs: [[de, fi]]}")),
    "a pair twice": Case(target("{task: xnli, train: snli, pairs: [[de, en], [de, en]]}")),
    "a pair of three": Case(target("{task: xnli, train: snli, pairs: [[de, en, fr]]}")),
    "a layer of what reads none": Case(target("{task: xnli, train: snli, layer_on: [de]}")),
    "a layer on a reported language": Case(target("{task: tatoeba, languages: [de], layer_on: [de]}")),
    "a layer on a language that is not there": Case(target("{task: tatoeba, languages: [de], layer_on: [xx]}")),
    "a layer on none": Case(target("{task: tatoeba, languages: [de], layer_on: []}")),
    "no training set": Case(target("{task: xnli, train: []}")),
    "training on what has no training set": Case(target("{task: xnli, train: xnli}")),
    "a task of one's own that nothing trains": Case(OWN.replace("train: t.jsonl, ", "")),
    # a task of one's own
    "labels that are missing": Case(defined("type: sequence_classification, files: {test: t.tsv}")),
    "a label of one's own that stands twice": Case(defined("type: sequence_classification, labels: [a, b, b], files: {test: t.tsv}")),
    "a file out of the data folder": Case(defined("type: multiple_choice, files: {test: ../t.tsv}")),
    "a language of one's own that is unknown": Case(defined("type: multiple_choice, languages: [xx], files: {test: t.tsv}")),
    "a field that the type does not have": Case(defined("type: multiple_choice, files: {test: t.tsv}, columns: {choice: a}")),
    "a metric that is not known": Case(defined("type: multiple_choice, files: {test: t.tsv}, metrics: acuracy")),
    "a task by a name that is taken": Case(added("define: {tasks: {xnli: {type: multiple_choice, files: {test: t.tsv}}}}\n")),
    # recipes
    "a recipe's tasks that are no mapping": Case(recipe("base: xstilts-target, tasks: [xnli]")),
    "a recipe's task that is no mapping": Case(recipe("base: xstilts-target, tasks: {xnli: 3}")),
    "epochs beside steps": Case(recipe("base: xstilts-target, epochs: 1, steps: 2")),
    "an optimizer that is not known": Case(recipe("optimizer: adam")),
    "a number for a switch": Case(recipe("frozen_embeddings: 1")),
    "a list for a word": Case(recipe("layer: [1]")),
    "half an epoch's batch": Case(recipe("batch_size: 2.5")),
    "a warmup below zero": Case(recipe("warmup_steps: -1")),
    "a layer decay over one": Case(recipe("layer_decay: 1.5")),
    "a dropout of one": Case(recipe("dropout: 1")),
    # seeds and tuning
    "seeds by arm without a default": Case(changed("[1, 2]", "{none: 3, hellaswag: 3}")),
    "seeds of an arm that is not there": Case(changed("[1, 2]", "{default: 3, helloswag: 3}")),
    "seeds of an arm that are no number": Case(changed("[1, 2]", "{default: 3, none: many}")),
    "more seeds of an arm than anyone has": Case(changed("[1, 2]", "{default: 3, none: 100000}")),
    "seeds by arm with a paired test": Case(changed("[1, 2]", "{default: 2, none: 5}")),
    "more seeds than anyone has": Case(changed("[1, 2]", str(list(range(10_001))))),
    "a seed that is kept for replacements": Case(changed("[1, 2]", "[1, 1000]") + "collapse: retry\n"),
    "looks that go down": Case(changed("[1, 2]", "{planned: 10, looks: [8, 5]}")),
    "a look at one seed": Case(changed("[1, 2]", "{planned: 10, looks: [1]}")),
    "more planned seeds than anyone has": Case(changed("[1, 2]", "{planned: 100000, looks: [5]}")),
    "a plan of seeds with another key": Case(changed("[1, 2]", "{planned: 10, look: [5]}")),
    "a plan of seeds in words": Case(changed("[1, 2]", "{planned: ten, looks: [5]}")),
    "a rate twice": Case(added("tune: {learning_rate: [1.0e-5, 1.0e-5]}\n")),
    "one rate for both stages": Case(added("tune: {learning_rate: [1.0e-5], per: [model]}\n")),
    # variants
    "a variant of two methods": Case(variant("{mlm: {}, robust: adv}")),
    "a variant of recipes without a name": Case(variant("{recipes: {target: {epochs: 2}}}")),
    "a variant's name that is none": Case(variant("{name: 'a b', mlm: {}}")),
    "a variant of no intermediate": Case(variant("{mlm: {}, of: [siqa]}")),
    "a variant of nothing": Case(variant("{mlm: {}, of: []}")),
    "a variant that changes nothing": Case(variant("{name: a, recipes: {intermediate: {epochs: 2}}, of: [none]}")),
    "synonyms for an adversary": Case(variant("{robust: {method: adv, synonyms: a.json}}")),
    "copies of a task that is not known": Case(variant("{robust: {method: rs-da, copies: {xnly: 3}}}")),
    "synonyms that are no file": Case(variant("{robust: {method: rs-da, synonyms: a.json}}")),
    "English translated into English": Case(variant("{translated: {to: [en, de]}}")),
    "a translation into a language that is not known": Case(variant("{translated: {to: [xx]}}")),
    "a translation in two ways": Case(variant("{translated: {to: [de], model: a/b, command: cat}}")),
    "a variant of recipes that changes none": Case(variant("{name: a, recipes: {}}")),
    "crossed with what does not stand before": Case(variant("{name: a, all: [mlm, adv]}")),
    "two of one method crossed": Case(variant("{name: a, mlm: {}}, {name: b, mlm: {ratio: 0.5}}, {name: c, all: [a, b]}")),
    "synonyms crossed with no English set": Case(variant("rs-da, {translate_train: {to: [de], command: tool, english: false}}, {name: b, all: [rs-da, translate-train]}")),
    "one variant crossed": Case(variant("mlm, {name: a, all: [mlm]}")),
    # prompting, keeping, executing
    "prompting without a decoder": Case(added("prompting: {}\n")),
    "prompting of what has no words": Case(target("tatoeba") + "prompting: {shots: [0, 0]}\n"),
    "keeping the best checkpoints alone": Case(added("keep: best\n")),
    "a time of Slurm's that nobody means": Case(added("execution: {slurm: {time: '12:00'}}\n")),
    "a partition that is none": Case(added("execution: {slurm: {partition: 'a b'}}\n")),
    "no processes": Case(added("execution: {processes_per_job: 0}\n")),
    # claims
    "a claim with a key of another kind": Case(claim("better: hellaswag, than: none, within: 1")),
    "a claim over languages on one of them": Case(claim("trend: gain-by-distance, of: hellaswag, direction: up, on: xnli/de")),
    "a claim over languages on pairs": Case(claim("trend: gain-by-distance, of: hellaswag, direction: up, on: 'pairs:xnli'").replace("train: snli", "pairs: all, train: snli")),
    "a claim below zero": Case(claim("better: hellaswag, than: none, by: -1")),
    "an arm with itself": Case(claim("better: none, than: none")),
    "two differences at once": Case(variant("adv") + "claims: [{name: a, better: hellaswag+adv, than: none}]\n"),
    "the best of one": Case(claim("better: best-per-target, than: none")),
    "the best in second place": Case(claim("better: none, than: best-per-target")),
    "a claim on pairs that are not there": Case(claim("better: hellaswag, than: none, on: 'pairs:xnli'")),
    "a claim on a language that is not reported": Case(claim("better: hellaswag, than: none, on: xnli/fr")),
    "a claim on a group that is not there": Case(claim("better: hellaswag, than: none, on: group:qa")),
    "a claim on nothing": Case(claim("better: hellaswag, than: none, on: []")),
    "a claim on one thing twice": Case(claim("better: hellaswag, than: none, on: [xnli, xnli]")),
    "a claim on a model that is not there": Case(claim("better: hellaswag, than: none, models: [mbert]")),
    "no worse by what margin": Case(claim("no_worse: hellaswag, than: none")),
    "no worse by two margins": Case(claim("no_worse: hellaswag, than: none, on: [average, xnli]") + "statistics: {margin: {average: 1, task: 2}}\n"),
    "a ranking of the same": Case(claim("ranking: [hellaswag, hellaswag]")),
    "a ranking over others that are none": Case(claim("ranking: [hellaswag, others]")),
    "a count of two kinds": Case(claim("count: {better: hellaswag, than: none, tasks: 1, fewer: 2}")),
    "a count of targets of several arms": Case(claim("count: {better: all, than: none, tasks: 1}")),
    "a count of more arms than there are": Case(claim("count: {better: all, than: none, intermediates: 3}")),
    "a count on what is no target": Case(claim("count: {better: hellaswag, than: none, tasks: 1}, on: average")),
    "a count of more targets than there are": Case(claim("count: {better: hellaswag, than: none, tasks: 3}")),
    "an interaction of one group": Case(claim("interaction: scripts, of: hellaswag, between: [Latn, Latn]")),
    "an interaction of a script that is not there": Case(claim("interaction: scripts, of: hellaswag, between: [Cyrl, others]")),
    "an interaction that begins with the others": Case(claim("interaction: scripts, of: hellaswag, between: [others, Latin]")),
    "an interaction of targets on one": Case(claim("interaction: targets, of: hellaswag, between: [xnli, average], on: xnli")),
    "a trend beyond a size of data": Case(claim("trend: gain-by-examples, of: hellaswag, direction: up, beyond: 3")),
    "a trend over one size": Case(claim("trend: gain-by-examples, of: hellaswag, direction: up")),
    "a trend over models that differ otherwise": Case(changed("[{model}]", "[{name: xlmr-base, adaptation: lora}, xlmr-large]") + "claims: [{name: a, trend: gain-by-parameters, of: hellaswag, direction: up}]\n"),
    # --set
    "--set of what is no YAML": Case(arguments="check STUDY --set seeds=[1"),
    "--set of what has no entries": Case(arguments="check STUDY --set title.a.b=1"),
    "--set of no place in a list": Case(arguments="check STUDY --set seeds.7=1"),
    # what a model does not have
    "a checkpoint that is left to the reader": Case(changed("{model}", "mine") + "define: {models: {mine: {checkpoint: OWNER/NAME}}}\n"),
    "a layer that is no number": Case(target("tatoeba") + "recipes: {target: {layer: middle}}\n"),
    "a layer that the model does not have": Case(target("tatoeba") + "recipes: {target: {layer: 99}}\n"),
    "more frozen layers than the model has": Case(recipe("frozen_layers: 99")),
    "an adapter on a layer that is not there": Case(adapted("method: lora, targets: [nothing]")),
}  # fmt: skip
