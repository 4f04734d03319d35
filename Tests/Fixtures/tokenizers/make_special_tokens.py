#!/usr/bin/env python3
"""Writes special-tokens.json: what transformers makes of tokens that only the files beside tokenizer.json name.

`pip install transformers`, then `python Tests/Fixtures/tokenizers/make_special_tokens.py`. Every case has the `files` that are put beside
`gpt2/tokenizer.json`, what `PreTrainedTokenizerFast.from_pretrained` then has as its `size` and `named` tokens, and for each of the
`texts` its `ids` and the text `bare` of them without special tokens. Seeded.
"""

import json
import pathlib
import random
import shutil
import tempfile

import transformers

HERE = pathlib.Path(__file__).parent
TEXTS = [
    "Hi <new> the <|end_of_text|> \n x <tool>", " the  <mine>word wordy [MASK]</tool>  stripme a", "a<eot>  <new><new> \t<pad> b",
]
CONFIG, MAP, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
# Of the file, of its model's vocabulary alone, and of neither.
CONTENTS = ["<|end_of_text|>", "<tool>", "[MASK]", "word", "the", "<new>", "<mine>", "<eot>", "<pad>", "stripme"]
NAMES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]


def token(content, **flags):
    return {"content": content, "lstrip": False, "rstrip": False, "single_word": False, "normalized": False, "special": True, **flags}


HAND = [
    {},
    {CONFIG: {"eos_token": "<eot>", "pad_token": "<pad>"}},
    {CONFIG: {"eos_token": "the"}},
    {CONFIG: {"additional_special_tokens": ["<new>", "the", "<tool>"]}},
    {CONFIG: {"extra_special_tokens": ["<new>"], "additional_special_tokens": ["<mine>"]}},
    {CONFIG: {"extra_special_tokens": {"tool_token": "<new>"}, "eos_token": "<eot>"}},
    {CONFIG: {"tool_token": "<new>", "image_token": "<tool>"}},
    {CONFIG: {"model_specific_special_tokens": {"tool_token": "<new>"}}},
    {CONFIG: {"added_tokens_decoder": {"0": token("<|end_of_text|>", rstrip=True, lstrip=True), "900": token("<new>")}}},
    {CONFIG: {"added_tokens_decoder": {"402": token("<tool>", special=False, lstrip=True), "7": token("the", single_word=True)}}},
    {CONFIG: {"added_tokens_decoder": {}}, MAP: {"eos_token": "<eot>", "additional_special_tokens": ["<new>"]}},
    {MAP: {"eos_token": "<eot>", "additional_special_tokens": ["<new>"]}},
    {MAP: {"eos_token": token("<eot>", rstrip=True)}, CONFIG: {"eos_token": "<|end_of_text|>", "bos_token": "<mine>"}},
    {MAP: {"bos_token": "<new>"}, CONFIG: {"bos_token": None}},
    {ADDED: {"<new>": 405, "<mine>": 406}},
    {ADDED: {"<mine>": 405, "<new>": 406}, CONFIG: {"eos_token": "<new>"}},
    {ADDED: {"<new>": 400, "word": 401}},
    {CONFIG: {"eos_token": {"__type": "AddedToken", **token("<eot>", rstrip=True)}, "pad_token": "<tool>"}},
]


def guess(generator):
    def pick():
        return generator.choice(CONTENTS)

    files = {}
    config = {}
    for name in NAMES:
        if generator.random() < 0.25:
            config[name] = pick()
    if generator.random() < 0.3:
        config["added_tokens_decoder"] = {
            str(i): token(pick(), **{f: generator.random() < 0.4 for f in ("lstrip", "rstrip", "single_word", "normalized", "special")})
            for i in generator.sample(range(398, 410), 4)}
    if generator.random() < 0.3:
        config["extra_special_tokens"] = generator.choice([[pick(), pick()], {"tool_token": pick(), "image_token": pick()}])
    if generator.random() < 0.3:
        config["additional_special_tokens"] = [pick()]
    if generator.random() < 0.2:
        config["tool_token"] = pick()
    files[CONFIG] = config
    if generator.random() < 0.5:
        files[MAP] = {n: generator.choice([pick(), token(pick(), rstrip=True)]) for n in generator.sample(NAMES, 2)}
        if generator.random() < 0.4:
            files[MAP]["additional_special_tokens"] = [pick(), pick()]
        if generator.random() < 0.3:
            files[MAP]["image_token"] = pick()
    if generator.random() < 0.4:
        files[ADDED] = {pick(): i for i in generator.sample(range(398, 410), 3)}
    return files


def case(files):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "gpt2" / "tokenizer.json", folder)
        for name, value in files.items():
            pathlib.Path(folder, name).write_text(json.dumps(value))
        tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
    ids = [tokenizer(text)["input_ids"] for text in TEXTS]
    bare = [tokenizer.decode(row, skip_special_tokens=True, clean_up_tokenization_spaces=False) for row in ids]
    return {"files": files, "size": len(tokenizer), "named": tokenizer.special_tokens_map, "ids": ids, "bare": bare}


def main():
    generator = random.Random(11)
    cases = [case(files) for files in HAND + [guess(generator) for _ in range(24)]]
    out = {"transformers": transformers.__version__, "texts": TEXTS, "cases": cases}
    lines = ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in cases)
    head = json.dumps({k: v for k, v in out.items() if k != "cases"}, ensure_ascii=False, separators=(",", ":"))
    (HERE / "special-tokens.json").write_text(head[:-1] + ',"cases":[\n' + lines + "\n]}\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
