#!/usr/bin/env python3
"""Writes prompt-only/: forward and backward passes of adapters that act on the prompt's positions alone.

    pip install torch transformers peft tokenizers
    python Tests/Fixtures/make_prompt_only.py

PEFT has no name for such an adapter: a hook on each `lora_B` zeroes its output from the first token that carries loss on. The last
token of the prompt, which that one is predicted from, still has the adapter. Models, rows and numbers are those of make_fixtures.py.
"""

import os
import sys

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file

from make_fixtures import ALL, HERE, QKV, SHAPES, fresh, load, rows_for, save_peft, write_json

CASES = {
    "gqa-all": ("tiny-gqa", dict(r=4, lora_alpha=8, target_modules=ALL)),
    "gqa-qkv": ("tiny-gqa", dict(r=3, lora_alpha=6, target_modules=QKV)),
    "gqa-fc2": ("tiny-gqa", dict(r=5, lora_alpha=5, target_modules=["down_proj"])),
    "gqa-layer1": (
        "tiny-gqa",
        dict(r=2, lora_alpha=4, use_rslora=True, target_modules=["o_proj", "up_proj"], layers_to_transform=[1]),
    ),
    "wide-all": ("tiny-wide-heads", dict(r=4, lora_alpha=8, target_modules=ALL)),
}


class Mask:
    """How many positions, from the first on, have the adapter now."""

    def __init__(self, model):
        self.positions = 0
        for name, module in model.named_modules():
            if name.endswith("lora_B.default"):
                module.register_forward_hook(self.hook)

    def hook(self, module, inputs, output):
        on = torch.arange(output.shape[1]) < self.positions
        return output * on[None, :, None]


def make_case(name: str) -> None:
    model_name, lora = CASES[name]
    torch.manual_seed(200)
    model = get_peft_model(load(model_name), LoraConfig(task_type="CAUSAL_LM", **lora))
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "lora_B" in key:
                parameter.copy_(0.2 * torch.randn_like(parameter))
    folder = fresh(HERE / "prompt-only" / name)
    save_peft(model, folder / "adapter", model_name)
    mask = Mask(model)
    rows = rows_for(model.config.vocab_size, 100, SHAPES)

    def logits(tokens, prompt):
        mask.positions = prompt
        return model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0]

    total, count, all_logits = 0.0, 0, []
    for row in rows:
        start = max(row["loss_start"], 1)
        found = logits(row["tokens"], start)
        all_logits.append(found.detach())
        targets = torch.tensor(row["tokens"][start:])
        total = total + torch.nn.functional.cross_entropy(found[start - 1 : -1], targets, reduction="sum")
        count += len(row["tokens"]) - start
    mean = total / count
    mean.backward()
    tensors = {"logits": torch.cat(all_logits)}
    for key, parameter in model.named_parameters():
        if parameter.requires_grad:
            tensors["gradient." + key.replace(".default.", ".")] = parameter.grad
    greedy = []
    for prompt in [rows[0]["tokens"][:5], rows[4]["tokens"][:1], rows[4]["tokens"]]:
        tokens, continuation, gaps = list(prompt), [], []
        for _ in range(12):
            with torch.no_grad():
                top = torch.topk(logits(tokens, len(prompt))[-1], 2)
            continuation.append(int(top.indices[0]))
            gaps.append(round(float(top.values[0] - top.values[1]), 6))
            tokens.append(continuation[-1])
        greedy.append({"prompt": list(prompt), "continuation": continuation, "gaps": gaps})
    save_file({key: value.detach().contiguous() for key, value in tensors.items()}, folder / "reference.safetensors")
    write_json(
        folder / "case.json",
        {
            "model": model_name, "adapter": "adapter", "rows": rows, "loss_tokens": count, "loss": float(mean.detach()),
            "greedy": greedy,
        },
    )


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # PEFT writes its target modules in the order of a Python set
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, __file__])
    torch.set_num_threads(1)
    for case in CASES:
        make_case(case)
