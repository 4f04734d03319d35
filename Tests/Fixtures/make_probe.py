#!/usr/bin/env python3
"""Writes probe/ with PyTorch and PEFT: squared norms of the gradients in B at B = 0 for two starts of A, and PLoP's feature norms, of the
two tiny Llamas of models/.

    pip install torch transformers peft
    python Tests/Fixtures/make_probe.py

Feature norms are written from their definition (arXiv 2506.20629): the inputs of each linear layer at all positions, divided by their
length, times the weight divided by the root mean square of its elements. The random directions are so many that their mean is exact to
about 1e-4.
"""

import sys

import torch
from peft import LoraConfig, get_peft_model

from make_fixtures import ALL, HERE, SHAPES, batch_loss, fresh, load, rows_for, save_peft, write_json

DIRECTIONS = 400_000
CASES = {"gqa": "tiny-gqa", "wide": "tiny-wide-heads"}


def feature_norms(model, rows):
    """By module: mean ‖W·z‖ over the positions of all rows, and over random directions z."""
    inputs, hooks = {}, []
    linears = {name: module for name, module in model.named_modules() if name.rsplit(".", 1)[-1] in ALL}
    for name, module in linears.items():
        keep = lambda module, args, name=name: inputs.setdefault(name, []).append(args[0][0].detach().double())
        hooks.append(module.register_forward_pre_hook(keep))
    with torch.no_grad():
        for row in rows:
            model(input_ids=torch.tensor([row["tokens"]]), use_cache=False)
    for hook in hooks:
        hook.remove()
    generator = torch.Generator().manual_seed(300)
    norms = {}
    for name, module in linears.items():
        weight = module.weight.detach().double()
        weight = weight / weight.square().mean().sqrt()
        z = torch.cat(inputs[name])
        random = torch.randn(DIRECTIONS, weight.shape[1], generator=generator, dtype=torch.float64)
        norms[name] = {
            key: float(((x / x.norm(dim=1, keepdim=True)) @ weight.T).norm(dim=1).mean())
            for key, x in [("features", z), ("random", random)]
        }
    return norms


def make(name: str) -> None:
    rows = rows_for(load(CASES[name]).config.vocab_size, 400, SHAPES)
    folder = fresh(HERE / "probe" / name)
    energies = []
    for start in range(2):
        torch.manual_seed(500 + start)
        model = get_peft_model(
            load(CASES[name]), LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules=ALL)
        )
        save_peft(model, folder / f"start{start}", CASES[name])
        loss, count = batch_loss(model, rows)
        (loss / count).backward()
        energies.append({
            key.removeprefix("base_model.model.").removesuffix(".lora_B.default.weight"):
                float(parameter.grad.double().square().sum())
            for key, parameter in model.named_parameters() if "lora_B" in key
        })
    write_json(
        folder / "case.json",
        {
            "model": CASES[name], "rows": rows, "loss_tokens": count, "loss": float((loss / count).detach()),
            "energies": energies, "norms": feature_norms(load(CASES[name]), rows),
        },
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or CASES:
        make(name)
