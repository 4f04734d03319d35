#!/usr/bin/env python3
"""Writes tokenizers/families and tokenizers/components with the tokenizers library (and sentencepiece, for one normalisation table).

    pip install tokenizers sentencepiece protobuf
    python Tests/Fixtures/make_tokenizers.py

Each family's tokenizer.json has the layout that the family's own file has (normalizer, pre-tokenizer with its pattern, model
options, post-processor, decoder) and a small vocabulary trained here. Texts are seeded; some of the library's trainers break ties at random, so that another run
gives other vocabularies, with their goldens. README.md says what lies where.
"""

import base64
import json
import os
import random
import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).resolve().parent / "tokenizers"

# --- texts ----------------------------------------------------------------------------------------------------------------

STEMS = (
    "report market council river summer account method signal teacher water village engine letter number winter city question "
    "answer country morning paper company table history music season garden window member price garden result danger"
).split()
VERBS = "shows moves keeps gives takes opened closed carried wanted needs becomes reaches followed said wrote".split()
SMALL = "the a of to in and that with for on under its their this each some no every".split()

CORPUS_EXTRA = [
    "naïve café über Straße – “quoted” … it’s 5 € or 7 £", "Привет, мир! Добрый день. こんにちは世界。 東京都 中文分词 한국어 문장",
    "for i in range(10):\n    print(i ** 2)  # squares\r\n", "🙂 👩‍👩‍👧‍👦 👍🏽 🇩🇪", "She doesn't know what they'll say, I'M SURE",
    "{\"name\": \"Ostrava\", \"values\": [1, 20, 300], \"note\": null}\n\tindented\n\n\nthree newlines",
    "def main(argument):\n        return argument  # eight spaces\n", "العربية हिन्दी ไทย Ελληνικά ñandú",
]


def english(generator: random.Random, sentences: int) -> str:
    lines = []
    for _ in range(sentences):
        words = []
        for _ in range(generator.randrange(3, 8)):
            words += [generator.choice(SMALL), generator.choice(STEMS) + generator.choice(["", "", "s"])]
            if generator.random() < 0.4:
                words.append(generator.choice(VERBS))
        line = " ".join(words)
        if generator.random() < 0.3:
            line += " " + str(generator.randrange(10 ** generator.randrange(1, 6)))
        lines.append(line[0].upper() + line[1:] + generator.choice([".", ".", "?", "!", ";"]))
    return " ".join(lines)


def corpus() -> list:
    generator = random.Random(7)
    return [english(generator, 3) for _ in range(150)] + CORPUS_EXTRA * 4


HARD = [
    "", " ", "  ", "a", "\n", "\r\n", "\t\t", " \n \n", "Hello, world!", "  leading and trailing  ", "a  b   c    d",
    "The council's letter hadn't said they'll go; WE'LL SEE, I'M SURE, IT'S HE'D", "it’s the typographic apostrophe",
    "don'tcan'twon't 'tis 'S'T'RE'", "12345678901234567890", "3.14159 -42 1,000,000 ½ ² Ⅷ ٣٤٥ 一二三 𝟘𝟙", "abc123def 007bond",
    "naïve café e\u0301 a\u0308\u0301 Z\u0351\u036b\u0343\u036a", "Ⓗⓔⓛⓛⓞ ﬁ ﬂ ① Å \u212b ｆｕｌｌ",
    "👩‍👩‍👧‍👦👍🏽🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☕️ 🙂🙃", "\u200b\u200d\ufeff\u00ad\u2060x\u00a0y\u202fz\u3000w\u180eq",
    "中文分词没有空格。東京都に住んでいます、한국어 문장입니다.", "Привет, мир! ѐё Ѣ", "العربية مع تشكيل: مُحَمَّد", "हिन्दी में क्षत्रिय",
    "ไทยไม่มีช่องว่าง", "line one\r\nline two\r\n\r\nline four\n\n\n  indented\n\t tab\r\r\n", "\x00\x01\x02\x07\x1b[31m\x7f\x85\x0b\x0c",
    "a\u2028b\u2029c\u0085d", "!!!???...---===***", "http://example.org/a?b=c&d=%20#frag",
    "def f(x):\n    return {k: v for k, v in x.items()}\n", "CamelCaseIdentifiersAndsnake_case_names__dunder__HTTPServer",
    "\U0001f600\U0010ffff\U000e0001\ue000", "ß ẞ İ ı ǅ ſ's ſ K'S 'ſ 'K Σίσυφος ΟΔΟΣ",
    "<s>Hi</s>", "x</s>y </s> z <s>", "<|im_start|>user\nHi<|im_end|>\n", "<|im_start|<|im_end|>|>", "keep [MASK]  this[MASK]",
    "wordy word words word", "  strip  after \n strip", "<think>\n</think>\n\n", "…“”‘’–—•", "<unk> <0x41> <0xE2><0x96><0x81> ▁▁ a▁b ▁",
    "a" * 100, " " * 40 + "x", "\n" * 12, "ab" * 60 + "é" * 20, "the market▁the▁▁river", "<start_of_turn>user\nhi<end_of_turn>\n",
    "e\u0301\u0301 \u0301start", "각 각 ᄀ", "x\u0600 1\u06001", "Ω Ω \u1e9b\u0323", "tab\tand  spaces \t mixed ",
    "\ud7ff\ue000\ufffd", "日本語123abc!?…", "'", "''s", "s's'S'", "\u3000\u3000全角", "ﷺ ㍿ ﾊﾝｶｸ", "report.market;river", "1 22 333 4444 55555",
    "\uac00\u11a8 \uac00\u11a8\u11a8 \uac01\u11a8 \u1100\u1161\u11a8 \u1100\uac00",
]


def random_texts(generator: random.Random, count: int) -> list:
    alphabet = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    frequent = list(" \n\r\t'.,:;!?-_()[]{}<>/\\|\"#@0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    marks = [c for c in alphabet if unicodedata.category(c) == "Mn" and ord(c) < 0x400] + list("\u200d\ufe0f\u0654\u3099")
    latin = [chr(c) for c in range(0xC0, 0x250)]
    wide = [chr(c) for c in range(0x4E00, 0x4F00)] + [chr(c) for c in range(0xAC00, 0xAD00)] + [chr(c) for c in range(0x3040, 0x3097)]
    result = []
    for index in range(count):
        pools = [[frequent], [alphabet], [frequent, latin, marks], [frequent, wide], [frequent, alphabet, marks, latin, wide]][index % 5]
        length = generator.randrange(1, 40)
        result.append("".join(generator.choice(generator.choice(pools)) for _ in range(length)))
        if index % 10 == 0:
            result.append(english(generator, 2).replace(" ", generator.choice(["  ", " ", " \n"]), 3))
    return result


# --- families -------------------------------------------------------------------------------------------------------------

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
    r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]


def byte_level_trained(tokenizer, special, vocabulary=560):
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tokenizer


def split_then_bytes(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)])


def template(before="", after="", special=()):
    return processors.TemplateProcessing(single=f"{before} $A {after}".strip(), pair=f"{before} $A {before} $B:1 {after}:1".strip()
                                         if after else f"{before} $A {before}:1 $B:1".strip(), special_tokens=list(special))


def family_gpt2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True)
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=True, trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=True, trim_offsets=True)
    byte_level_trained(tokenizer, [])
    tokenizer.add_special_tokens([AddedToken("<|endoftext|>", normalized=True, special=True)])
    return tokenizer


def family_llama3():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = split_then_bytes(LLAMA3)
    tokenizer.decoder = decoders.ByteLevel()
    byte_level_trained(tokenizer, [])
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"])
    start = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False), template("<|begin_of_text|>", special=[("<|begin_of_text|>", start)])])
    return tokenizer


def family_qwen3():
    tokenizer = Tokenizer(models.BPE(continuing_subword_prefix="", end_of_word_suffix=""))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = split_then_bytes(QWEN)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    byte_level_trained(tokenizer, [])
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    return tokenizer


def family_smollm2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    return byte_level_trained(tokenizer, ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>"])


def family_tekken():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = split_then_bytes(TEKKEN)
    tokenizer.decoder = decoders.ByteLevel()
    byte_level_trained(tokenizer, ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"])
    tokenizer.post_processor = template("<s>", special=[("<s>", 1)])
    return tokenizer


def family_o200k():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = split_then_bytes(O200K)
    tokenizer.decoder = decoders.ByteLevel()
    return byte_level_trained(tokenizer, ["<|endoftext|>"])


def family_deepseek():
    """Several patterns one after the other, and digits."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[\r\n]"), "isolated"),
        pre_tokenizers.Split(Regex(r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-Ֆ]+"), "isolated"),
        pre_tokenizers.Split(Regex(r"\s?[!-/:-~！-／：-～‘-‟　-。]+"), "isolated"),
        pre_tokenizers.Split(Regex(r"\s+$"), "isolated"),
        pre_tokenizers.Split(Regex(r"[一-龥ࠀ-一가-퟿]+"), "isolated"),
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    return byte_level_trained(tokenizer, ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"])


def sentencepiece_trained(tokenizer, special, vocabulary, splits=True):
    """Trains on words that begin with ▁, or on whole texts; byte tokens are in the vocabulary, but not added tokens."""
    before = tokenizer.normalizer, tokenizer.pre_tokenizer
    tokenizer.normalizer = None
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=splits)
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special + BYTE_TOKENS, limit_alphabet=90, show_progress=False))
    settings = json.loads(tokenizer.to_str())
    settings["added_tokens"] = [token for token in settings["added_tokens"] if token["content"] in special]
    settings["model"]["vocab"].setdefault("▁", len(settings["model"]["vocab"]))
    for name, part in zip(["normalizer", "pre_tokenizer"], before):
        settings[name] = None if part is None else json.loads(part.__getstate__())
    return Tokenizer.from_str(json.dumps(settings))


def llama_decoder(strips=True):
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence(steps + ([decoders.Strip(" ", 1, 0)] if strips else []))


def family_llama2():
    """Also Phi-3's, whose special tokens take the white space behind them."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer = sentencepiece_trained(tokenizer, ["<unk>", "<s>", "</s>"], 700)
    tokenizer.decoder = llama_decoder()
    tokenizer.post_processor = template("<s>", special=[("<s>", 1)])
    tokenizer.add_special_tokens([AddedToken("<|im_start|>", rstrip=True, normalized=False), AddedToken("<|im_end|>", rstrip=True)])
    tokenizer.add_tokens([AddedToken("<think>", normalized=True)])
    return tokenizer


def family_mistral3():
    """Metaspace on the first piece only, and merges that reach over spaces."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer = sentencepiece_trained(tokenizer, ["<unk>", "<s>", "</s>", "[INST]"], 720, splits=False)
    tokenizer.decoder = llama_decoder()
    tokenizer.post_processor = template("<s>", special=[("<s>", 1)])
    return tokenizer


def family_gemma():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer = sentencepiece_trained(tokenizer, ["<pad>", "<eos>", "<bos>", "<unk>"], 700)
    tokenizer.decoder = llama_decoder(strips=False)
    tokenizer.post_processor = template("<bos>", special=[("<bos>", 2)])
    tokenizer.add_special_tokens(["<start_of_turn>", "<end_of_turn>"])
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in ["\n\n", "\n\n\n", "▁▁", "▁▁▁", "<think>"]])
    return tokenizer


def family_metaspace_words():
    """Metaspace that splits, no byte fallback: unknown characters, not fused."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=True)
    tokenizer = sentencepiece_trained(tokenizer, ["<unk>"], 640)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="never", split=True)
    return tokenizer


def family_bpe_suffix():
    """CLIP's kind: end-of-word suffix, continuing prefix, BPEDecoder."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>", continuing_subword_prefix="##"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=500, special_tokens=["<unk>"], end_of_word_suffix="</w>", continuing_subword_prefix="##", limit_alphabet=80,
        show_progress=False))
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    return tokenizer


def character_map() -> str:
    """A small normalisation table, as SentencePiece compiles it; Base64."""
    rules = {"\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u200b": "", "\ufeff": "", "ﬁ": "fi", "ﬂ": "fl", "①": "1",
             "e\u0301": "é", "a\u0308": "ä", "\u212b": "Å", "…": "...", "㍿": "株式会社", "½": "1⁄2", "\u0600": "#"}
    rules.update({chr(0xFF00 + code - 0x20): chr(code) for code in range(0x21, 0x7F)})
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "rules.tsv")
        table.write_text("".join(
            " ".join(f"{ord(c):X}" for c in source) + "\t" + " ".join(f"{ord(c):X}" for c in target) + "\n"
            for source, target in rules.items()))
        Path(folder, "text").write_text("\n".join(corpus()))
        sentencepiece.SentencePieceTrainer.train(
            input=str(Path(folder, "text")), model_prefix=str(Path(folder, "model")), vocab_size=200, hard_vocab_limit=False,
            normalization_rule_tsv=str(table), minloglevel=2)
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(Path(folder, "model.model").read_bytes())
        return base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()


def precompiled():
    return normalizers.Precompiled(base64.b64decode(character_map()))


def unigram_trained(tokenizer, special, vocabulary=420, unknown="<unk>"):
    tokenizer.train_from_iterator(corpus(), trainers.UnigramTrainer(
        vocab_size=vocabulary, special_tokens=special, unk_token=unknown, show_progress=False))
    settings = json.loads(tokenizer.to_str())
    for entry in settings["model"]["vocab"]:
        entry[1] = round(entry[1], 6)
    return Tokenizer.from_str(json.dumps(settings))


def family_t5():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        precompiled(), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always", split=True)
    tokenizer = unigram_trained(tokenizer, ["<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def family_xlm_roberta():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = precompiled()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always", split=True)])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always", split=True)
    tokenizer = unigram_trained(tokenizer, ["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.add_special_tokens([AddedToken("[MASK]", lstrip=True, normalized=False)])
    return tokenizer


def family_unigram_bytes():
    """Unigram with byte fallback on whole texts, as Llama's would be; Metaspace on the first piece only."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Strip(left=True, right=False)])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    tokenizer = unigram_trained(tokenizer, ["<unk>", "<s>"] + BYTE_TOKENS, 640)
    settings = json.loads(tokenizer.to_str())
    settings["added_tokens"] = settings["added_tokens"][:2]
    settings["model"]["byte_fallback"] = True
    settings["pre_tokenizer"]["split"] = False
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    tokenizer.decoder = llama_decoder()
    return tokenizer


def family_roberta():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    byte_level_trained(tokenizer, ["<s>", "<pad>", "</s>", "<unk>"], 480)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.add_tokens([AddedToken("word", single_word=True), AddedToken("strip", lstrip=True, rstrip=True, normalized=False)])
    tokenizer.add_special_tokens([AddedToken("[MASK]", lstrip=True)])
    return tokenizer


def family_wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=30))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(corpus(), trainers.WordPieceTrainer(
        vocab_size=400, special_tokens=["[UNK]", "[CLS]", "[SEP]"], limit_alphabet=80, show_progress=False))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.add_tokens([AddedToken("É-Word", normalized=True)])
    return tokenizer


def family_wordlevel():
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKD(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False)])
    tokenizer.train_from_iterator(corpus(), trainers.WordLevelTrainer(vocab_size=150, special_tokens=["<unk>"], show_progress=False))
    return tokenizer


FAMILIES = {name[len("family_"):].replace("_", "-"): make for name, make in list(globals().items()) if name.startswith("family_")}


def shape(value, plain):
    """Nothing where the text is what one would guess."""
    return None if value == plain else value


def write_family(name: str, texts: list) -> None:
    folder = HERE / "families" / name
    folder.mkdir(parents=True)
    settings = json.loads(FAMILIES[name]().to_str())
    (folder / "tokenizer.json").write_text(json.dumps(settings, ensure_ascii=False, separators=(",", ":")) + "\n")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    generator = random.Random(name)
    encoded, decoded, skipping = [], [], []
    plain = tokenizer.encode("x", add_special_tokens=False).ids
    special = tokenizer.encode("x").ids
    prefix = next(i for i in range(len(special)) if special[i:i + len(plain)] == plain)
    suffix = len(special) - prefix - len(plain)
    for text in texts:
        ids = tokenizer.encode(text).ids
        assert tokenizer.encode(text, add_special_tokens=False).ids == ids[prefix:len(ids) - suffix]
        encoded.append(ids)
        whole = tokenizer.decode(ids, skip_special_tokens=False)
        decoded.append(shape(whole, text))
        skipping.append(shape(tokenizer.decode(ids, skip_special_tokens=True), whole))
    size = tokenizer.get_vocab_size()
    broken = [[generator.randrange(size) for _ in range(generator.randrange(1, 14))] for _ in range(40)]
    lines = {
        "vocabulary_size": size, "prefix": prefix, "suffix": suffix, "ids": encoded, "decoded": decoded,
        "decoded_skipping_special": skipping, "lists": broken,
        "lists_decoded": [tokenizer.decode(ids, skip_special_tokens=False) for ids in broken],
    }
    write(folder / "golden.json", lines)


def write(path: Path, value: dict) -> None:
    path.write_text("{\n" + ",\n".join(
        f"{json.dumps(key)}: {json.dumps(part, ensure_ascii=True, separators=(',', ':'))}" for key, part in value.items()) + "\n}\n")


# --- components by themselves ---------------------------------------------------------------------------------------------

PATTERNS = [
    LLAMA3, QWEN, TEKKEN, O200K, r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    r"\s+", r"\S+", r"\w+", r"\W+", r"[\w-]+", r"\h+", r"\d+", r"^", r"$", r"^.", r".$", r"(?m:a.b)|.", r"(?i)THE|\s", r"\p{Han}+", r"\P{Han}+",
    r"\p{^L}+", r"\p{Letter}+", r"\p{Uppercase_Letter}", r"[\s\S]{2}", r"[^\S\n]+", r"\p{Nd}{,2}", r"a{2,}", r"x{2}+", r"(?:ab){1,2}+", r"\s*",
    r"(?<=\s)\S", r"(?<!\s)\s", r"(?=\p{Lu})", r"[一-龥]+|[ぁ-ゖ]+", r"\u00e9|\x41", r"[\u0400-\u04ff]+", r"\p{Greek}+", r"(a|the|\s)+",
    r"\v|\t", r"[!-/:-@\[-`{-~]", r"(?>\s+)\S", r"\s+?\S", r"[^a-z ]+(?# remark)", r"\p{Sc}|\p{Pd}|\p{M}+",
]
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def component(part) -> dict:
    return json.loads(part.__getstate__())


def write_components(texts: list) -> None:
    cutters = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in PATTERNS]
    for behavior in BEHAVIORS:
        for invert in [False, True]:
            cutters.append(pre_tokenizers.Split("-", behavior, invert))
            cutters.append(pre_tokenizers.Split(Regex(r"[\s.]"), behavior, invert))
        cutters.append(pre_tokenizers.Punctuation(behavior))
    cutters += [
        pre_tokenizers.Digits(True), pre_tokenizers.Digits(False), pre_tokenizers.Whitespace(), pre_tokenizers.WhitespaceSplit(),
        pre_tokenizers.BertPreTokenizer(), pre_tokenizers.CharDelimiterSplit("e"), pre_tokenizers.ByteLevel(True), pre_tokenizers.ByteLevel(False),
        pre_tokenizers.ByteLevel(True, use_regex=False), pre_tokenizers.Split("", "isolated"),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="first")]),
        pre_tokenizers.Sequence([pre_tokenizers.ByteLevel(False), pre_tokenizers.Split("Ġ", "contiguous")]),
    ] + [pre_tokenizers.Metaspace(mark, scheme, split) for mark in "▁_" for scheme in ["always", "first", "never"] for split in [True, False]]
    changers = [
        normalizers.NFC(), normalizers.NFD(), normalizers.NFKC(), normalizers.NFKD(), normalizers.Lowercase(), normalizers.StripAccents(),
        normalizers.Nmt(), normalizers.Prepend("▁▁"), normalizers.Strip(True, True), normalizers.Strip(True, False), normalizers.Strip(False, True),
        normalizers.Replace("e", "é"), normalizers.Replace(Regex(r"\s+|[aeiou]"), ""), normalizers.Replace(Regex(r"(?=t)"), "^"),
        normalizers.Replace("", "-"), normalizers.ByteLevel(), precompiled(), normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
    ]
    joiners = [
        decoders.ByteLevel(), decoders.ByteFallback(), decoders.Fuse(), decoders.Metaspace(), decoders.Metaspace(prepend_scheme="never"),
        decoders.Metaspace("_", "first"), decoders.WordPiece(), decoders.WordPiece("##", False), decoders.BPEDecoder(), decoders.BPEDecoder("▁"),
        decoders.Replace("▁", " "), decoders.Replace(Regex(r"[aeiou]|^ "), "*"), decoders.Strip("a", 1, 0), decoders.Strip(" ", 0, 2), llama_decoder(),
        decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(), decoders.Fuse(), decoders.Strip(" ", 2, 1)]), decoders.Sequence([]),
    ]
    generator = random.Random(3)
    units = ["▁the", "▁", "the", "##ing", "a", " a", "</w>", "re</w>", "<0x41>", "<0xE2>", "<0x96>", "<0x81>", "<0xff>", "<0xC3>", "Ġword", "Ã", "©", "é", ".",
             " n't", "do", "not", "'s", "_x_", "", "日本", "�", "aa  "]
    lists = [[generator.choice(units) for _ in range(generator.randrange(1, 9))] for _ in range(24)]
    lists = [units_ + ["long enough"] for units_ in lists]  # no list is empty; Strip needs characters
    short = [text for text in texts if 0 < len(text) <= 40][::2]

    def decoded(decoder):
        result = []
        for entry in lists:
            try:
                result.append(decoder.decode(entry))
            except BaseException:  # the library stops where it strips more than there is
                result.append(None)
        return result

    folder = HERE / "components"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "golden.json", {
        "texts": short,
        "pre_tokenizers": [{"json": component(part), "pieces": [[piece for piece, _ in part.pre_tokenize_str(text)] for text in short]}
                           for part in cutters],
        "normalizers": [{"json": component(part), "texts": [shape(part.normalize_str(text), text) for text in short]} for part in changers],
        "lists": lists,
        "decoders": [{"json": component(part), "texts": decoded(part)} for part in joiners],
    })


def main() -> None:
    texts = HARD + random_texts(random.Random(11), 150)
    shutil.rmtree(HERE / "families", ignore_errors=True)
    for name in FAMILIES:
        write_family(name, texts)
    write(HERE / "families" / "texts.json", {"texts": texts})
    write_components(HARD + random_texts(random.Random(5), 5) + ["the-final--countdown", "-a- b.c ..d", "--"])


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    main()
