#!/usr/bin/env python3
"""Writes vision/ with PyTorch, transformers and PEFT: tiny random SmolVLM and Idefics3 models with pixel values, logits, gradients
of LoRA modules in the decoder and in the tower, gradients of every parameter, and greedy continuations.

    pip install torch transformers peft
    python Tests/Fixtures/make_vision.py [name ...]

Sizes are odd on purpose. Pixels are multiples of 1/64, so that their text in case.json is exact.
"""

import sys

import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForImageTextToText

from make_fixtures import HERE, fresh, save_peft, write_json

IMAGE = 20
SEED = 707
DECODER = "q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj"
TOWER = "q_proj|k_proj|v_proj|out_proj|fc1|fc2"

# name: (class prefix, element, top-level settings, text settings, vision settings)
MODELS = {
    # One key/value head, heads that are not the quotient, patches of 3×3, 4×4 of them joined two by two: four tokens an image.
    "smolvlm": (
        "SmolVLM", torch.float32, dict(scale_factor=2, tie_word_embeddings=True),
        dict(hidden_size=15, head_dim=4, num_attention_heads=3, num_key_value_heads=1, num_hidden_layers=2),
        dict(hidden_size=9, intermediate_size=10, num_hidden_layers=2, num_attention_heads=3, image_size=12, patch_size=3),
    ),
    # As the first SmolVLM's folders are named; a head of its own, three by three patches in one token, BF16. Two pixels to the right
    # and below are in no patch, as six are in the 2.2B model.
    "idefics3": (
        "Idefics3", torch.bfloat16, dict(scale_factor=3, tie_word_embeddings=False),
        dict(hidden_size=12, head_dim=4, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=2),
        dict(hidden_size=8, intermediate_size=7, num_hidden_layers=1, num_attention_heads=2, image_size=17, patch_size=5),
    ),
}

DECODER_LAYERS = r"model\.text_model\.layers\."
TOWER_LAYERS = r"model\.vision_model\.encoder\.layers\."
# Fields of adapter_config.json, and the modules that PEFT adapts with them: bare names hit decoder and tower.
RULES = [
    dict(target_modules=["q_proj"]),
    dict(target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
    dict(target_modules=["out_proj", "fc1", "down_proj"]),
    dict(target_modules=["text_model.layers.0.self_attn.q_proj", "fc2"]),
    dict(target_modules=["q_proj", "o_proj"], exclude_modules=r".*vision_model.*"),
    dict(target_modules=["v_proj"], exclude_modules=["layers.0.self_attn.v_proj"]),
    dict(target_modules=["v_proj", "fc1"], layers_to_transform=[1]),
    dict(target_modules=["v_proj", "fc1"], layers_to_transform=[1], layers_pattern="layers"),
    dict(target_modules=["v_proj", "fc1"], layers_to_transform=[0], layers_pattern="encoder.layers"),
    dict(target_modules=["v_proj", "fc1"], layers_to_transform=[0], layers_pattern=["text_model.layers"]),
    dict(target_modules=["q_proj", "proj"]),
    dict(target_modules="all-linear"),
    dict(target_modules=["k_proj"], rank_pattern={"k_proj": 3}, alpha_pattern={r"text_model.*k_proj": 9}),
    dict(target_modules=["fc2", "v_proj"], rank_pattern={"vision_model.encoder.layers.1.self_attn.v_proj": 2, "fc2": 5}),
    # As this project writes them.
    dict(target_modules=DECODER_LAYERS + r"\d+\.(self_attn\.q_proj|self_attn\.k_proj|self_attn\.v_proj)"),
    dict(target_modules=TOWER_LAYERS + r"(1)\.(self_attn\.out_proj|mlp\.fc1)|" + TOWER_LAYERS + r"\d+\.(mlp\.fc2)"),
    dict(
        target_modules=DECODER_LAYERS + r"\d+\.(self_attn\.q_proj)|" + TOWER_LAYERS + r"\d+\.(self_attn\.q_proj)",
        rank_pattern={DECODER_LAYERS + r"\d+\.self_attn\.q_proj": 2, "model.vision_model.encoder.layers.1.self_attn.q_proj": 3},
        alpha_pattern={TOWER_LAYERS + r"\d+\.self_attn\.q_proj": 5},
    ),
]


def make_rules() -> None:
    """For each configuration the layers of the tiny SmolVLM that PEFT adapts, with rank and scaling."""
    entries = []
    for fields in RULES:
        fields = dict(r=4, lora_alpha=6) | fields
        model = AutoModelForImageTextToText.from_pretrained(HERE / "vision" / "smolvlm", dtype=torch.float32)
        model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **fields))
        modules = {
            name.removeprefix("base_model.model."): [module.r["default"], module.scaling["default"]]
            for name, module in model.named_modules() if hasattr(module, "lora_A") and hasattr(module, "base_layer")
        }
        entries.append({"fields": fields, "modules": modules})
    write_json(HERE / "vision" / "rules.json", {"model": "smolvlm", "rules": entries})


def rows_for(model, seed: int) -> list:
    """Text around images, two images in one sequence, none, and an image at either end."""
    tokens_per_image = model.model.image_seq_len
    generator = torch.Generator().manual_seed(seed)
    text = lambda count: torch.randint(3, IMAGE, (count,), generator=generator).tolist()
    image = [IMAGE] * tokens_per_image
    return [
        {"tokens": text(3) + image + text(6), "images": 1, "loss_start": 4 + tokens_per_image},
        {"tokens": text(9), "images": 0, "loss_start": 2},
        {"tokens": image + text(2) + image + text(5), "images": 2, "loss_start": tokens_per_image},
        {"tokens": text(4) + image, "images": 1, "loss_start": 1},
    ]


def add_pixels(rows: list, size: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for row in rows:
        pixels = torch.randint(-64, 65, (row["images"], 3, size, size), generator=generator)
        # Whole numbers in the file; a pixel is a 64th of each.
        row["pixels"] = pixels.flatten(1).tolist()


def inputs(row, size: int) -> dict:
    if not row["images"]:
        return {}
    return {"pixel_values": torch.tensor(row["pixels"], dtype=torch.float32).view(1, row["images"], 3, size, size) / 64}


def logits_of(model, row, size: int):
    return model(input_ids=torch.tensor([row["tokens"]]), use_cache=False, **inputs(row, size)).logits[0]


def all_logits(model, rows, size: int):
    with torch.no_grad():
        return torch.cat([logits_of(model, row, size) for row in rows])


def batch_loss(model, rows, size: int):
    """As make_fixtures.batch_loss, but nothing is learned about image tokens."""
    total, count = 0.0, 0
    for row in rows:
        tokens = torch.tensor(row["tokens"])
        targets = tokens.clone()
        targets[: max(row["loss_start"], 1)] = -100
        targets[tokens == IMAGE] = -100
        logits = logits_of(model, row, size)
        total = total + torch.nn.functional.cross_entropy(logits[:-1], targets[1:], reduction="sum", ignore_index=-100)
        count += int((targets[1:] >= 0).sum())
    return total, count


def greedy(model, row, length: int, count: int, size: int) -> dict:
    tokens, continuation, gaps = row["tokens"][:length], [], []
    for _ in range(count):
        with torch.no_grad():
            logits = logits_of(model, {**row, "tokens": tokens}, size)[-1]
        top = torch.topk(logits, 2)
        assert int(top.indices[0]) != IMAGE, "choose another seed: an image token without an image came out"
        continuation.append(int(top.indices[0]))
        gaps.append(round(float(top.values[0] - top.values[1]), 6))
        tokens = tokens + [continuation[-1]]
    return {"length": length, "continuation": continuation, "gaps": gaps}


def make(name: str) -> None:
    prefix, element, top, text, vision = MODELS[name]
    config = getattr(transformers, prefix + "Config")(
        image_token_id=IMAGE, **top,
        text_config=dict(
            model_type="llama", vocab_size=23, intermediate_size=13, max_position_embeddings=64, rms_norm_eps=1e-5,
            rope_parameters=dict(rope_type="default", rope_theta=100.0), bos_token_id=1, eos_token_id=2, pad_token_id=0, **text,
        ),
        vision_config=vision,
    )
    torch.manual_seed(SEED)
    model = getattr(transformers, prefix + "ForConditionalGeneration")(config)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if key.endswith("bias"):
                parameter.copy_(0.3 * torch.randn_like(parameter))
            elif "norm" in key:
                parameter.copy_(1.0 + 0.3 * torch.randn_like(parameter))
            else:
                parameter.copy_(0.35 * torch.randn_like(parameter))
    folder = fresh(HERE / "vision" / name)
    model.to(element).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)

    load = lambda: AutoModelForImageTextToText.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    model = load()
    size = config.vision_config.image_size
    rows = rows_for(model, 800)
    add_pixels(rows, size, 801)
    tensors = {"logits": all_logits(model, rows, size)}
    lengths = [(0, len(rows[0]["tokens"]) - 2), (2, len(rows[2]["tokens"]) - 3)]
    case = {"rows": rows, "greedy": [{"row": r, **greedy(model, rows[r], n, 6, size)} for r, n in lengths]}

    # Everything is trained.
    loss, count = batch_loss(model, rows, size)
    (loss / count).backward()
    case["loss"], case["loss_tokens"] = float((loss / count).detach()), count
    for key, parameter in model.named_parameters():
        tensors["full." + key] = parameter.grad

    # Adapters: on the decoder alone, on the tower alone, on both.
    adapters = {
        "decoder": rf"model\.text_model\..*\.({DECODER})",
        "tower": rf"model\.vision_model\.encoder\..*\.({TOWER})",
        "both": rf"model\.text_model\..*\.({DECODER})|model\.vision_model\.encoder\..*\.({TOWER})",
    }
    case["adapters"] = {}
    for adapter, pattern in adapters.items():
        torch.manual_seed(900)
        adapted = get_peft_model(load(), LoraConfig(task_type="CAUSAL_LM", r=2, lora_alpha=3, target_modules=pattern))
        with torch.no_grad():
            for key, parameter in adapted.named_parameters():
                if "lora_B" in key:
                    parameter.copy_(0.2 * torch.randn_like(parameter))
        save_peft(adapted, folder / adapter, name)
        adapted.eval()
        tensors[f"{adapter}.logits"] = all_logits(adapted, rows, size)
        loss, count = batch_loss(adapted, rows, size)
        (loss / count).backward()
        for key, parameter in adapted.named_parameters():
            if parameter.requires_grad:
                tensors[f"{adapter}." + key.replace(".default.", ".")] = parameter.grad
        case["adapters"][adapter] = {
            "loss": float((loss / count).detach()),
            "greedy": [{"row": r, **greedy(adapted, rows[r], n, 6, size)} for r, n in lengths],
        }
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, folder / "reference.safetensors")
    write_json(folder / "case.json", case)
    total = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    gaps = [g for e in case["greedy"] for g in e["gaps"]]
    print(name, f"{total / 1000:.0f} KB, smallest gap {min(gaps)}, loss {case['loss']:.3f}")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or MODELS:
        make(name)
    make_rules()
