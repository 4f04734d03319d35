#!/usr/bin/env python3
"""Writes likelihood/case.json: log-likelihoods of options after prompts, some with examples before them, by PyTorch and transformers.

    pip install torch transformers tokenizers jinja2
    python Tests/Fixtures/likelihood/make_likelihood.py

Texts are tokenised with tokenizers/digits; ids are taken modulo the tiny model's vocabulary, here and in the test. Prompt and option are
tokenised by themselves and joined, which for these is the same as one text. All mathematics is FP32, one sequence at a time.
"""

import json
from pathlib import Path

import jinja2
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent

SHOTS = [
    {"prompt": "Which has 3?\nAnswer:", "completion": " red"},
    {"prompt": "Which has 17?\nAnswer:", "completion": " dark blue"},
]
ASKED = [
    {"prompt": "Which has 12?\nAnswer:", "options": [" red", " green", " dark blue", " dark red"], "right": 2},
    {"prompt": "What is 4 and 5?\nAnswer:", "options": [" 9", " 90", " 91", " none of it"], "right": 0},
]


def chat(turns):
    source = (FIXTURES / "chat/templates/chatml.jinja").read_text()
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(messages=turns, add_generation_prompt=True, bos_token="", eos_token="")


def prompt(asked, shots, is_chat):
    if is_chat:
        turns = []
        for shot in shots:
            turns += [{"role": "user", "content": shot["prompt"]}, {"role": "assistant", "content": shot["completion"]}]
        return chat(turns + [{"role": "user", "content": asked["prompt"]}])
    return "".join(shot["prompt"] + shot["completion"] + "\n\n" for shot in shots) + asked["prompt"]


def log_likelihood(model, context, option):
    with torch.no_grad():
        logits = model(torch.tensor([context + option])).logits[0].float()
    logs = torch.log_softmax(logits.double(), dim=-1)
    return sum(logs[len(context) + i - 1, token].item() for i, token in enumerate(option))


def main():
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(FIXTURES / "tokenizers/digits/tokenizer.json"))
    cases = []
    for name in ["tiny-gqa", "tiny-wide-heads"]:
        model = AutoModelForCausalLM.from_pretrained(FIXTURES / "models" / name, dtype=torch.float32).eval()
        size = model.config.vocab_size

        def ids(text):
            return [i % size for i in tokenizer.encode(text, add_special_tokens=False).ids]

        for is_chat in [False, True]:
            for count in [0, 1, 2]:
                for asked in ASKED:
                    text = prompt(asked, SHOTS[:count], is_chat)
                    context = ids(text)
                    if len(context) + 16 > model.config.max_position_embeddings:
                        continue
                    values = [log_likelihood(model, context, ids(option)) for option in asked["options"]]
                    cases.append(
                        dict(model=name, is_chat=is_chat, shots=count, asked=asked, text=text, tokens=len(context),
                             log_likelihoods=values))
    (HERE / "case.json").write_text(json.dumps(dict(shots=SHOTS, cases=cases), indent=1) + "\n")
    print(len(cases), "cases, longest", max(case["tokens"] for case in cases))


main()
