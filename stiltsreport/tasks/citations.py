"""What tasks, models and methods are cited by: key to author, year and BibTeX fields. Facts of publication, no abstracts."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.registry import by_name


@dataclass(frozen=True)
class Citation:
    """A publication. `where` is the proceedings or journal, with the arXiv number where that is the surest pointer."""

    name: str  # the key
    short: str
    authors: str
    title: str
    where: str
    year: int


def _table(rows: str) -> tuple[Citation, ...]:
    found = []
    for line in rows.strip().splitlines():
        key, short, authors, title, where, year = (part.strip() for part in line.split("|"))
        found.append(Citation(key, short, authors, title, where, int(year)))
    return tuple(found)


CITATIONS = by_name(
    _table("""
    phang2020english | Phang et al. 2020 | Phang, Jason and Calixto, Iacer and Htut, Phu Mon and Pruksachatkun, Yada and Liu, Haokun and Vania, Clara and Kann, Katharina and Bowman, Samuel R. | English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too | Proceedings of AACL-IJCNLP | 2020
    hu2022lora | Hu et al. 2022 | Hu, Edward J. and Shen, Yelong and Wallis, Phillip and Allen-Zhu, Zeyuan and Li, Yuanzhi and Wang, Shean and Wang, Lu and Chen, Weizhu | LoRA: Low-Rank Adaptation of Large Language Models | Proceedings of ICLR, arXiv:2106.09685 | 2022
    liu2024dora | Liu et al. 2024 | Liu, Shih-Yang and Wang, Chien-Yi and Yin, Hongxu and Molchanov, Pavlo and Wang, Yu-Chiang Frank and Cheng, Kwang-Ting and Chen, Min-Hung | DoRA: Weight-Decomposed Low-Rank Adaptation | Proceedings of ICML, arXiv:2402.09353 | 2024
    dettmers2023qlora | Dettmers et al. 2023 | Dettmers, Tim and Pagnoni, Artidoro and Holtzman, Ari and Zettlemoyer, Luke | QLoRA: Efficient Finetuning of Quantized LLMs | Advances in NeurIPS, arXiv:2305.14314 | 2023
    hu2020xtreme | Hu et al. 2020 | Hu, Junjie and Ruder, Sebastian and Siddhant, Aditya and Neubig, Graham and Firat, Orhan and Johnson, Melvin | XTREME: A Massively Multilingual Multi-task Benchmark for Evaluating Cross-lingual Generalisation | Proceedings of ICML | 2020
    ruder2021xtremer | Ruder et al. 2021 | Ruder, Sebastian and Constant, Noah and Botha, Jan and Siddhant, Aditya and Firat, Orhan and Fu, Jinlan and Liu, Pengfei and Hu, Junjie and Garrette, Dan and Neubig, Graham and Johnson, Melvin | XTREME-R: Towards More Challenging and Nuanced Multilingual Evaluation | Proceedings of EMNLP | 2021
    conneau2018xnli | Conneau et al. 2018 | Conneau, Alexis and Rinott, Ruty and Lample, Guillaume and Williams, Adina and Bowman, Samuel and Schwenk, Holger and Stoyanov, Veselin | XNLI: Evaluating Cross-lingual Sentence Representations | Proceedings of EMNLP | 2018
    yang2019paws | Yang et al. 2019 | Yang, Yinfei and Zhang, Yuan and Tar, Chris and Baldridge, Jason | PAWS-X: A Cross-lingual Adversarial Dataset for Paraphrase Identification | Proceedings of EMNLP-IJCNLP | 2019
    nivre2020universal | Nivre et al. 2020 | Nivre, Joakim and de Marneffe, Marie-Catherine and Ginter, Filip and others | Universal Dependencies v2: An Evergrowing Multilingual Treebank Collection | Proceedings of LREC | 2020
    pan2017cross | Pan et al. 2017 | Pan, Xiaoman and Zhang, Boliang and May, Jonathan and Nothman, Joel and Knight, Kevin and Ji, Heng | Cross-lingual Name Tagging and Linking for 282 Languages | Proceedings of ACL | 2017
    artetxe2020cross | Artetxe et al. 2020 | Artetxe, Mikel and Ruder, Sebastian and Yogatama, Dani | On the Cross-lingual Transferability of Monolingual Representations | Proceedings of ACL | 2020
    lewis2020mlqa | Lewis et al. 2020 | Lewis, Patrick and Oguz, Barlas and Rinott, Ruty and Riedel, Sebastian and Schwenk, Holger | MLQA: Evaluating Cross-lingual Extractive Question Answering | Proceedings of ACL | 2020
    clark2020tydi | Clark et al. 2020 | Clark, Jonathan H. and Choi, Eunsol and Collins, Michael and Garrette, Dan and Kwiatkowski, Tom and Nikolaev, Vitaly and Palomaki, Jennimaria | TyDi QA: A Benchmark for Information-Seeking Question Answering in Typologically Diverse Languages | Transactions of the ACL | 2020
    zweigenbaum2018overview | Zweigenbaum et al. 2018 | Zweigenbaum, Pierre and Sharoff, Serge and Rapp, Reinhard | Overview of the Third BUCC Shared Task: Spotting Parallel Sentences in Comparable Corpora | Proceedings of the 11th Workshop on Building and Using Comparable Corpora | 2018
    artetxe2019massively | Artetxe and Schwenk 2019 | Artetxe, Mikel and Schwenk, Holger | Massively Multilingual Sentence Embeddings for Zero-Shot Cross-Lingual Transfer and Beyond | Transactions of the ACL | 2019
    ponti2020xcopa | Ponti et al. 2020 | Ponti, Edoardo Maria and Glavaš, Goran and Majewska, Olga and Liu, Qianchu and Vulić, Ivan and Korhonen, Anna | XCOPA: A Multilingual Dataset for Causal Commonsense Reasoning | Proceedings of EMNLP | 2020
    roy2020lareqa | Roy et al. 2020 | Roy, Uma and Constant, Noah and Al-Rfou, Rami and Barua, Aditya and Phillips, Aaron and Yang, Yinfei | LAReQA: Language-Agnostic Answer Retrieval from a Multilingual Pool | Proceedings of EMNLP | 2020
    nie2020adversarial | Nie et al. 2020 | Nie, Yixin and Williams, Adina and Dinan, Emily and Bansal, Mohit and Weston, Jason and Kiela, Douwe | Adversarial NLI: A New Benchmark for Natural Language Understanding | Proceedings of ACL | 2020
    williams2018broad | Williams et al. 2018 | Williams, Adina and Nangia, Nikita and Bowman, Samuel | A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference | Proceedings of NAACL-HLT | 2018
    bowman2015large | Bowman et al. 2015 | Bowman, Samuel R. and Angeli, Gabor and Potts, Christopher and Manning, Christopher D. | A Large Annotated Corpus for Learning Natural Language Inference | Proceedings of EMNLP | 2015
    iyer2017first | Iyer et al. 2017 | Iyer, Shankar and Dandekar, Nikhil and Csernai, Kornél | First Quora Dataset Release: Question Pairs | Quora | 2017
    rajpurkar2018know | Rajpurkar et al. 2018 | Rajpurkar, Pranav and Jia, Robin and Liang, Percy | Know What You Don't Know: Unanswerable Questions for SQuAD | Proceedings of ACL | 2018
    rajpurkar2016squad | Rajpurkar et al. 2016 | Rajpurkar, Pranav and Zhang, Jian and Lopyrev, Konstantin and Liang, Percy | SQuAD: 100,000+ Questions for Machine Comprehension of Text | Proceedings of EMNLP | 2016
    zellers2019hellaswag | Zellers et al. 2019 | Zellers, Rowan and Holtzman, Ari and Bisk, Yonatan and Farhadi, Ali and Choi, Yejin | HellaSwag: Can a Machine Really Finish Your Sentence? | Proceedings of ACL | 2019
    hockenmaier2007ccgbank | Hockenmaier and Steedman 2007 | Hockenmaier, Julia and Steedman, Mark | CCGbank: A Corpus of CCG Derivations and Dependency Structures Extracted from the Penn Treebank | Computational Linguistics | 2007
    huang2019cosmos | Huang et al. 2019 | Huang, Lifu and Le Bras, Ronan and Bhagavatula, Chandra and Choi, Yejin | Cosmos QA: Machine Reading Comprehension with Contextual Commonsense Reasoning | Proceedings of EMNLP-IJCNLP | 2019
    talmor2019commonsenseqa | Talmor et al. 2019 | Talmor, Alon and Herzig, Jonathan and Lourie, Nicholas and Berant, Jonathan | CommonsenseQA: A Question Answering Challenge Targeting Commonsense Knowledge | Proceedings of NAACL-HLT | 2019
    sap2019social | Sap et al. 2019 | Sap, Maarten and Rashkin, Hannah and Chen, Derek and Le Bras, Ronan and Choi, Yejin | Social IQa: Commonsense Reasoning about Social Interactions | Proceedings of EMNLP-IJCNLP | 2019
    michael2018crowdsourcing | Michael et al. 2018 | Michael, Julian and Stanovsky, Gabriel and He, Luheng and Dagan, Ido and Zettlemoyer, Luke | Crowdsourcing Question-Answer Meaning Representations | Proceedings of NAACL-HLT | 2018
    roemmele2011choice | Roemmele et al. 2011 | Roemmele, Melissa and Bejan, Cosmin Adrian and Gordon, Andrew S. | Choice of Plausible Alternatives: An Evaluation of Commonsense Causal Reasoning | AAAI Spring Symposium | 2011
    conneau2020unsupervised | Conneau et al. 2020 | Conneau, Alexis and Khandelwal, Kartikay and Goyal, Naman and Chaudhary, Vishrav and Wenzek, Guillaume and Guzmán, Francisco and Grave, Edouard and Ott, Myle and Zettlemoyer, Luke and Stoyanov, Veselin | Unsupervised Cross-lingual Representation Learning at Scale | Proceedings of ACL | 2020
    goyal2021larger | Goyal et al. 2021 | Goyal, Naman and Du, Jingfei and Ott, Myle and Anantharaman, Giri and Conneau, Alexis | Larger-Scale Transformers for Multilingual Masked Language Modeling | Proceedings of RepL4NLP | 2021
    devlin2019bert | Devlin et al. 2019 | Devlin, Jacob and Chang, Ming-Wei and Lee, Kenton and Toutanova, Kristina | BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding | Proceedings of NAACL-HLT | 2019
    wang2024multilingual | Wang et al. 2024 | Wang, Liang and Yang, Nan and Huang, Xiaolong and Yang, Linjun and Majumder, Rangan and Wei, Furu | Multilingual E5 Text Embeddings: A Technical Report | arXiv 2402.05672 | 2024
    he2023debertav3 | He et al. 2023 | He, Pengcheng and Gao, Jianfeng and Chen, Weizhu | DeBERTaV3: Improving DeBERTa using ELECTRA-Style Pre-Training with Gradient-Disentangled Embedding Sharing | Proceedings of ICLR | 2023
    marone2025mmbert | Marone et al. 2025 | Marone, Marc and Weller, Orion and Fleshman, William and Yang, Eugene and Lawrie, Dawn and Van Durme, Benjamin | mmBERT: A Modern Multilingual Encoder with Annealed Language Learning | arXiv 2509.06888 | 2025
    boizard2025eurobert | Boizard et al. 2025 | Boizard, Nicolas and others | EuroBERT: Scaling Multilingual Encoders for European Languages | arXiv 2503.05500 | 2025
    xue2021mt5 | Xue et al. 2021 | Xue, Linting and Constant, Noah and Roberts, Adam and Kale, Mihir and Al-Rfou, Rami and Siddhant, Aditya and Barua, Aditya and Raffel, Colin | mT5: A Massively Multilingual Pre-trained Text-to-Text Transformer | Proceedings of NAACL-HLT | 2021
    yang2025qwen3 | Yang et al. 2025 | Yang, An and others | Qwen3 Technical Report | arXiv 2505.09388 | 2025
    gemma2025gemma3 | Gemma Team 2025 | {Gemma Team} | Gemma 3 Technical Report | arXiv 2503.19786 | 2025
    grattafiori2024llama3 | Grattafiori et al. 2024 | Grattafiori, Aaron and others | The Llama 3 Herd of Models | arXiv 2407.21783 | 2024
    mosbach2021stability | Mosbach et al. 2021 | Mosbach, Marius and Andriushchenko, Maksym and Klakow, Dietrich | On the Stability of Fine-tuning BERT: Misconceptions, Explanations, and Strong Baselines | Proceedings of ICLR | 2021
    huang2021improving | Huang et al. 2021 | Huang, Kuan-Hao and Ahmad, Wasi Uddin and Peng, Nanyun and Chang, Kai-Wei | Improving Zero-Shot Cross-Lingual Transfer Learning via Robust Training | Proceedings of EMNLP | 2021
    phang2018sentence | Phang et al. 2018 | Phang, Jason and Févry, Thibault and Bowman, Samuel R. | Sentence Encoders on STILTs: Supplementary Training on Intermediate Labeled-data Tasks | arXiv 1811.01088 | 2018
    artetxe2019margin | Artetxe and Schwenk 2019 | Artetxe, Mikel and Schwenk, Holger | Margin-based Parallel Corpus Mining with Multilingual Sentence Embeddings | Proceedings of ACL | 2019
    holm1979simple | Holm 1979 | Holm, Sture | A Simple Sequentially Rejective Multiple Test Procedure | Scandinavian Journal of Statistics | 1979
    benjamini1995controlling | Benjamini and Hochberg 1995 | Benjamini, Yoav and Hochberg, Yosef | Controlling the False Discovery Rate: A Practical and Powerful Approach to Multiple Testing | Journal of the Royal Statistical Society B | 1995
    schuirmann1987comparison | Schuirmann 1987 | Schuirmann, Donald J. | A Comparison of the Two One-Sided Tests Procedure and the Power Approach for Assessing the Equivalence of Average Bioavailability | Journal of Pharmacokinetics and Biopharmaceutics | 1987
    miller2024adding | Miller 2024 | Miller, Evan | Adding Error Bars to Evals: A Statistical Approach to Language Model Evaluations | arXiv:2411.00640 | 2024
    sellam2022multiberts | Sellam et al. 2022 | Sellam, Thibault and Yadlowsky, Steve and Tenney, Ian and Wei, Jason and Saphra, Naomi and D'Amour, Alexander and Linzen, Tal and Bastings, Jasmijn and Turc, Iulia and Eisenstein, Jacob and Das, Dipanjan and Pavlick, Ellie | The MultiBERTs: BERT Reproductions for Robustness Analysis | Proceedings of ICLR | 2022
    """)  # noqa: E501 - one line a publication
)


def short(key: str) -> str:
    """The citation in running text; the key itself where nothing is known of it."""
    return CITATIONS[key].short if key in CITATIONS else key


def bibtex(keys: list[str]) -> str:
    """BibTeX entries of those keys, each once, in alphabetical order."""
    entries = []
    for key in sorted(set(keys)):
        if key not in CITATIONS:
            continue
        known = CITATIONS[key]
        entries.append(
            f"@misc{{{key},\n  author = {{{known.authors}}},\n  title = {{{{{known.title}}}}},\n"
            f"  howpublished = {{{known.where}}},\n  year = {{{known.year}}}\n}}\n"
        )
    return "\n".join(entries)
