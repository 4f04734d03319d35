#!/usr/bin/env python3
"""Writes plain/case.json: ids and loss of prompt and completion, and of conversations, as one text, by the tokenizers library.

    pip install tokenizers
    python Tests/Fixtures/plain/make_plain.py

Tokenizers are those of tokenizers/families, without what their post-processors add. The loss begins with the first token that has a character
of the completion, by the library's own offsets. END in a text stands for the family's end-of-text token. Turns of the user's end with a line feed, those of the assistant's with the end-of-text token.
"""

import json
from pathlib import Path

from tokenizers import Tokenizer

HERE = Path(__file__).resolve().parent
FAMILIES = HERE.parent / "tokenizers" / "families"

ENDS = {
    "llama2": "</s>", "mistral3": "</s>", "gpt2": "<|endoftext|>", "llama3": "<|end_of_text|>", "qwen3": "<|im_end|>",
    "smollm2": "<|im_end|>", "gemma": "<eos>",
}
PAIRS = [
    ("def f(", "x):"), ("Q: 2+2=", "4"), ("Q: hi\nA:", " yes"), ("Q: hi\nA: ", "yes"), ("Q: hi\nA:", "\nyes"), ("Q: hi\n", "\nyes\n"),
    ("", "yes"), ("", " yes"), ("", "\nyes"), ("Q", ""), ("the mar", "ket"), ("中文", "分词"), ("", "中文"), ("a  ", "  b"),
    ("Q: one\nA: two\n\nQ: three\nA:", " four"), ("Q: one\nA: two\n\n", "\nfour"), ("Q:", " A END"), ("Q: END", " A"), ("Q: END x", "yEND"),
    ("END", "END"), ("END", ""),
]
TALKS = [
    ["Q", "A"], ["Q", "A", "Q2", "A2"], ["def f(x)", "return x", " more", " yes"], ["中", "文", "\nx", "\n"], ["Q", "", "the mar", "ket"],
    ["Q", "A END", "Q2", "A2"],
]


def plain_tokenizer(name):
    settings = json.loads((FAMILIES / name / "tokenizer.json").read_text())
    settings["post_processor"] = None
    return Tokenizer.from_str(json.dumps(settings))


def first(encoding, place):
    """The first token with a character at or behind the place."""
    return next((index for index, (_, end) in enumerate(encoding.offsets) if end > place), len(encoding.ids))


def pair(tokenizer, end, prompt, completion):
    encoding = tokenizer.encode(prompt + completion, add_special_tokens=False)
    ids, start = list(encoding.ids), first(encoding, len(prompt)) if completion else len(encoding.ids)
    if not (start < len(ids) and ids[-1] == tokenizer.token_to_id(end)):
        ids.append(tokenizer.token_to_id(end))
    return {"ids": ids, "start": start}


def talk(tokenizer, end, turns):
    text, spans = "", []
    for index, turn in enumerate(turns):
        if index % 2 == 0:
            text += turn + "\n"
            continue
        begin = len(text)
        text += turn if turn.endswith(end) else turn + end
        spans.append((begin, len(text)))
    encoding = tokenizer.encode(text, add_special_tokens=False)
    ranges = [[first(encoding, begin), first(encoding, stop)] for begin, stop in spans]
    return {"ids": encoding.ids, "ranges": ranges}


def main():
    cases = {}
    for name, end in ENDS.items():
        tokenizer = plain_tokenizer(name)
        put = lambda text: text.replace("END", end)
        cases[name] = {
            "end": end, "pairs": [pair(tokenizer, end, put(a), put(b)) for a, b in PAIRS],
            "talks": [talk(tokenizer, end, [put(turn) for turn in turns]) for turns in TALKS],
        }
    texts = {"pairs": [list(pair) for pair in PAIRS], "talks": TALKS, **cases}
    lines = [f"{json.dumps(name)}:{json.dumps(case, ensure_ascii=False, separators=(',', ':'))}" for name, case in texts.items()]
    (HERE / "case.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
