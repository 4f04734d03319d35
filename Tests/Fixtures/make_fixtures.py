#!/usr/bin/env python3
"""Writes the reference files of this folder with PyTorch, transformers, PEFT and tokenizers.

    pip install torch transformers peft tokenizers
    python Tests/Fixtures/make_fixtures.py

Everything is random but seeded, small, and named; README.md says what lies where. All mathematics is done in FP32 on one
thread, one sequence at a time (no padding), so a packed implementation must reach the same numbers.
"""

import json
import os
import platform
import re
import shutil
import sys
from pathlib import Path

import peft
import safetensors
import tokenizers
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, get_scheduler

HERE = Path(__file__).resolve().parent
QKV = ["q_proj", "k_proj", "v_proj"]
ALL = QKV + ["o_proj", "gate_proj", "up_proj", "down_proj"]


def fresh(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def write_json(path: Path, value) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=True)
    # Lists of numbers on one line each.
    text = re.sub(r"\[\n\s+(-?[\d.e+-]+(?:,\n\s+-?[\d.e+-]+)*)\n\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text)
    path.write_text(text + "\n")


def save_peft(model: PeftModel, folder: Path, model_name: str) -> None:
    for config in model.peft_config.values():
        config.base_model_name_or_path = f"models/{model_name}"
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)  # 5 KB of empty model card each


# --- models -------------------------------------------------------------------------------------------------------------

MODELS = {
    # Grouped-query attention 4:2, tied output, FP32.
    "tiny-gqa": dict(
        seed=11, dtype=torch.float32, vocab_size=97, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=8, tie_word_embeddings=True, rope_theta=10000.0,
        rms_norm_eps=1e-5, max_position_embeddings=128,
    ),
    # The head size is not hidden / heads, one KV head, separate output, BF16 weights.
    "tiny-wide-heads": dict(
        seed=12, dtype=torch.bfloat16, vocab_size=131, hidden_size=36, intermediate_size=44, num_hidden_layers=2,
        num_attention_heads=3, num_key_value_heads=1, head_dim=20, tie_word_embeddings=False, rope_theta=500000.0,
        rms_norm_eps=1e-6, max_position_embeddings=256,
    ),
}


def make_model(name: str) -> None:
    settings = dict(MODELS[name])
    seed, dtype, theta = settings.pop("seed"), settings.pop("dtype"), settings.pop("rope_theta")
    config = LlamaConfig(
        rope_parameters={"rope_type": "default", "rope_theta": theta}, initializer_range=0.25, attention_bias=False,
        mlp_bias=False, bos_token_id=1, eos_token_id=2, **settings,
    )
    torch.manual_seed(seed)
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "norm" in key:  # ones would hide a forgotten weight
                parameter.copy_(1 + 0.3 * torch.randn_like(parameter))
    model = model.to(dtype)
    folder = fresh(HERE / "models" / name)
    model.save_pretrained(folder)
    if name == "tiny-wide-heads":
        model.half().save_pretrained(fresh(HERE / "models" / (name + "-f16-shards")), max_shard_size="40KB")


def load(name: str) -> LlamaForCausalLM:
    model = LlamaForCausalLM.from_pretrained(HERE / "models" / name, dtype=torch.float32, attn_implementation="eager")
    return model.eval()


# --- loss over a list of rows -------------------------------------------------------------------------------------------

def rows_for(vocabulary: int, seed: int, shapes) -> list:
    """Rows of (length, loss_start): token i carries loss as a target when i >= loss_start and i >= 1."""
    generator = torch.Generator().manual_seed(seed)
    return [
        {"tokens": torch.randint(0, vocabulary, (length,), generator=generator).tolist(), "loss_start": start}
        for length, start in shapes
    ]


def batch_loss(model, rows):
    """Sum of -log p over the loss-carrying tokens of all rows, and their number."""
    total, count = 0.0, 0
    for row in rows:
        tokens = torch.tensor([row["tokens"]])
        logits = model(input_ids=tokens, use_cache=False).logits[0]
        start = max(row["loss_start"], 1)
        total = total + torch.nn.functional.cross_entropy(logits[start - 1 : -1], tokens[0, start:], reduction="sum")
        count += len(row["tokens"]) - start
    return total, count


def packed_logits(model, rows):
    with torch.no_grad():
        return torch.cat([model(input_ids=torch.tensor([row["tokens"]]), use_cache=False).logits[0] for row in rows])


def greedy(model, prompts, count: int) -> list:
    result = []
    for prompt in prompts:
        tokens, continuation, gaps = list(prompt), [], []
        for _ in range(count):
            with torch.no_grad():
                logits = model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1]
            top = torch.topk(logits, 2)
            continuation.append(int(top.indices[0]))
            gaps.append(round(float(top.values[0] - top.values[1]), 6))
            tokens.append(continuation[-1])
        result.append({"prompt": list(prompt), "continuation": continuation, "gaps": gaps})
    return result


# --- one forward and backward pass per adapter ----------------------------------------------------------------------------

SHAPES = [(11, 4), (7, 0), (17, 16), (2, 1), (23, 9)]

CASES = {
    "gqa-base": ("tiny-gqa", None),
    "gqa-qkv": ("tiny-gqa", dict(r=4, lora_alpha=8, target_modules=QKV)),
    "gqa-o": ("tiny-gqa", dict(r=4, lora_alpha=8, target_modules=["o_proj"])),
    "gqa-fc1": ("tiny-gqa", dict(r=3, lora_alpha=6, target_modules=["gate_proj", "up_proj"])),
    "gqa-fc2": ("tiny-gqa", dict(r=5, lora_alpha=5, target_modules=["down_proj"])),
    "gqa-all": ("tiny-gqa", dict(r=4, lora_alpha=8, target_modules=ALL)),
    "gqa-mixed": (
        "tiny-gqa",
        dict(
            r=2, lora_alpha=6, target_modules=ALL,
            rank_pattern={"q_proj": 3, "layers.1.mlp.down_proj": 5}, alpha_pattern={"down_proj": 4, "k_proj": 9},
        ),
    ),
    "gqa-rslora": ("tiny-gqa", dict(r=4, lora_alpha=6, use_rslora=True, target_modules=["o_proj", "down_proj"])),
    # A regular expression, an exclusion and one layer only: q and v of layer 1, without anything else.
    "gqa-regex": (
        "tiny-gqa",
        dict(r=2, lora_alpha=4, target_modules=r".*\.self_attn\.(q|k|v)_proj", exclude_modules=r".*layers\.0.*k_proj"),
    ),
    "gqa-layer1": ("tiny-gqa", dict(r=2, lora_alpha=4, target_modules=["q_proj", "up_proj"], layers_to_transform=[1])),
    # What pruning leaves: unlike layers in unlike modules, and unlike ranks with the scaling that they had.
    "gqa-pruned": (
        "tiny-gqa",
        dict(
            r=4, lora_alpha=8,
            target_modules=[
                "model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.o_proj", "model.layers.0.mlp.down_proj",
                "model.layers.1.mlp.down_proj", "model.layers.1.mlp.up_proj",
            ],
            rank_pattern={"model.layers.1.self_attn.o_proj": 1, "model.layers.1.mlp.down_proj": 3},
            alpha_pattern={"model.layers.1.self_attn.o_proj": 2, "model.layers.1.mlp.down_proj": 6},
        ),
    ),
    # Weight-decomposed: magnitudes away from the norms that they start as.
    "gqa-dora": ("tiny-gqa", dict(r=3, lora_alpha=6, use_dora=True, target_modules=ALL)),
    "gqa-dora-mixed": (
        "tiny-gqa",
        dict(
            r=2, lora_alpha=3, use_dora=True, use_rslora=True, target_modules=["q_proj", "o_proj", "up_proj"],
            rank_pattern={"o_proj": 5}, layers_to_transform=[1],
        ),
    ),
    "wide-base": ("tiny-wide-heads", None),
    "wide-all": ("tiny-wide-heads", dict(r=4, lora_alpha=8, target_modules=ALL)),
    "wide-o-fc2": ("tiny-wide-heads", dict(r=8, lora_alpha=16, target_modules=["o_proj", "down_proj"])),
    "wide-dora": (
        "tiny-wide-heads", dict(r=4, lora_alpha=8, use_dora=True, target_modules=["v_proj", "o_proj", "down_proj"]),
    ),
}


def make_case(name: str) -> None:
    model_name, lora = CASES[name]
    model = load(model_name)
    vocabulary = model.config.vocab_size
    rows = rows_for(vocabulary, 100, SHAPES)
    folder = fresh(HERE / "cases" / name)
    tensors, adapter = {}, None
    if lora is not None:
        torch.manual_seed(200)
        model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **lora))
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                if "lora_B" in key:
                    parameter.copy_(0.2 * torch.randn_like(parameter))
                if "lora_magnitude_vector" in key:
                    parameter.mul_(1 + 0.2 * torch.randn_like(parameter))
        save_peft(model, folder / "adapter", model_name)
        adapter = "adapter"
    tensors["logits"] = packed_logits(model, rows)
    loss, count = batch_loss(model, rows)
    mean = loss / count
    if lora is not None:
        mean.backward()
        for key, parameter in model.named_parameters():
            if parameter.requires_grad:
                # As it is saved: a magnitude vector has no `.weight`.
                saved = key.replace(".default.", ".").replace("magnitude_vector.weight", "magnitude_vector")
                tensors["gradient." + saved] = parameter.grad
    result = {
        "model": model_name,
        "adapter": adapter,
        "rows": rows,
        "loss_tokens": count,
        "loss": float(mean.detach()),
        "greedy": greedy(model, [rows[0]["tokens"][:5], rows[4]["tokens"][:1], rows[4]["tokens"]], 12),
    }
    if lora is not None and lora.get("use_dora"):  # PEFT's own merge, of the adapted weights
        paths = {key.split(".base_layer")[0] for key, _ in model.named_modules() if ".base_layer" in key}
        merged = model.merge_and_unload()
        for path in sorted(paths):
            name = path.removeprefix("base_model.model.")
            tensors[f"merged.{name}.weight"] = merged.get_submodule(name).weight
    save_file({key: value.detach().contiguous() for key, value in tensors.items()}, folder / "reference.safetensors")
    write_json(folder / "case.json", result)


# --- ten steps of AdamW -----------------------------------------------------------------------------------------------------

TRAINING_SHAPES = [(9, 4), (14, 6), (5, 1), (12, 0), (21, 15), (8, 5), (3, 2)]

TRAINING = {
    "gqa-all": dict(model="tiny-gqa", lora=dict(r=4, lora_alpha=8, target_modules=ALL)),
    "gqa-clip": dict(
        model="tiny-gqa", lora=dict(r=4, lora_alpha=8, target_modules=QKV + ["down_proj"]), weight_decay=0.1, clip=0.5,
    ),
    "gqa-mixed-linear": dict(
        model="tiny-gqa",
        lora=dict(r=2, lora_alpha=4, use_rslora=True, target_modules=["o_proj", "up_proj"], rank_pattern={"o_proj": 6}),
        schedule="linear", warmup=3,
    ),
    "wide-o-fc2": dict(
        model="tiny-wide-heads", lora=dict(r=8, lora_alpha=16, target_modules=["o_proj", "down_proj"]),
        schedule="cosine", warmup=2, clip=1.0,
    ),
    "gqa-dora": dict(model="tiny-gqa", lora=dict(r=4, lora_alpha=8, use_dora=True, target_modules=ALL)),
    "wide-dora": dict(
        model="tiny-wide-heads",
        lora=dict(r=3, lora_alpha=6, use_dora=True, target_modules=["k_proj", "gate_proj", "down_proj"]),
        weight_decay=0.1, clip=0.5,
    ),
    # A rate, a LoRA+ ratio and a rank by module group, alpha twice each rank: PyTorch's parameter groups and PEFT's patterns.
    "gqa-by-group": dict(
        model="tiny-gqa",
        lora=dict(
            r=3, lora_alpha=6, target_modules=QKV + ["o_proj", "down_proj"],
            rank_pattern={"o_proj": 6, "down_proj": 2}, alpha_pattern={"o_proj": 12, "down_proj": 4},
        ),
        schedule="linear", warmup=2, clip=1.0, weight_decay=0.1, ratio=2.0,
        rates={"o_proj": 2e-2, "down_proj": 4e-3}, ratios={"o_proj": 0.5},
    ),
}


def parameter_groups(model, plan: dict, learning_rate: float) -> list[dict]:
    """One group for each pair of a module and a matrix that has a rate of its own; the first has the common rate of A."""
    rates, ratios, ratio = plan.get("rates", {}), plan.get("ratios", {}), plan.get("ratio", 1.0)
    groups = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        module = next((key for key in rates if key in name), None)
        rate = rates.get(module, learning_rate) * (ratios.get(module, ratio) if "lora_B" in name else 1.0)
        groups.setdefault(rate, []).append(parameter)
    return [{"params": params, "lr": rate} for rate, params in sorted(groups.items(), key=lambda item: item[0] != learning_rate)]


def make_training(name: str, steps: int = 10, batch_size: int = 2, learning_rate: float = 1e-2) -> None:
    plan = TRAINING[name]
    model = load(plan["model"])
    rows = rows_for(model.config.vocab_size, 300, TRAINING_SHAPES)
    folder = fresh(HERE / "training" / name)
    torch.manual_seed(400)
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **plan["lora"]))
    save_peft(model, folder / "initial", plan["model"])
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    weight_decay, clip = plan.get("weight_decay", 0.0), plan.get("clip", 0.0)
    schedule, warmup = plan.get("schedule", "constant"), plan.get("warmup", 0)
    groups = parameter_groups(model, plan, learning_rate) if "rates" in plan else trainable
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=weight_decay)
    scheduler = get_scheduler(schedule, optimizer, num_warmup_steps=warmup, num_training_steps=steps)
    batches, losses, norms, rates, counts = [], [], [], [], []
    for step in range(steps):
        indices = [(step * batch_size + i) % len(rows) for i in range(batch_size)]
        loss, count = batch_loss(model, [rows[i] for i in indices])
        loss = loss / count
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trainable, clip if clip > 0 else float("inf"))
        batches.append(indices)
        losses.append(float(loss.detach()))
        norms.append(float(norm))
        counts.append(count)
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    save_peft(model, folder / "final", plan["model"])
    with torch.no_grad():
        final, count = batch_loss(model, rows)
    write_json(
        folder / "case.json",
        {
            "model": plan["model"],
            "initial": "initial",
            "final": "final",
            "rows": rows,
            "options": {
                "learning_rate": learning_rate, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": weight_decay,
                "clip": clip, "schedule": schedule, "warmup_steps": warmup, "steps": steps, "batch_size": batch_size,
                **({"ratio": plan["ratio"], "rates": plan["rates"], "ratios": plan["ratios"]} if "rates" in plan else {}),
            },
            "batches": batches,
            "loss_tokens": counts,
            "losses": losses,
            "gradient_norms": norms,
            "learning_rates": rates,
            "final_loss_over_all_rows": float(final) / count,
        },
    )


# --- which modules a configuration hits, and how strongly ---------------------------------------------------------------------

RULES = [
    dict(target_modules=["q_proj", "v_proj"]),
    dict(target_modules=["self_attn.q_proj", "mlp.down_proj"]),
    dict(target_modules=["proj", "attn.q_proj"]),  # endings after a dot only: nothing
    dict(target_modules="all-linear"),
    dict(target_modules="all-linear", exclude_modules=["o_proj"]),
    dict(target_modules=r".*\.(up|gate)_proj"),
    dict(target_modules=r"q_proj"),  # the whole name must match: nothing
    dict(target_modules=r"model\.layers\.[01]\.mlp\..*_proj"),
    dict(target_modules=r".*(?<!o)_proj"),
    dict(target_modules=r".*\.(?!q_proj|k_proj)[a-z]+_proj", exclude_modules=r".*\.0\..*"),
    dict(target_modules=r"(?i).*\.Q_PROJ"),
    dict(target_modules=ALL, exclude_modules=["layers.0.mlp.up_proj", "k_proj"]),
    dict(target_modules=ALL, exclude_modules=r"model\.layers\.1.*"),
    dict(target_modules=QKV, layers_to_transform=[1]),
    dict(target_modules=QKV, layers_to_transform=0),
    dict(target_modules=["o_proj", "model.layers.0.mlp.up_proj"], layers_to_transform=[1]),  # a whole name needs no layer
    dict(target_modules=["o_proj"], layers_to_transform=[0], layers_pattern="layers"),
    dict(target_modules=["o_proj"], layers_to_transform=[0, 1], layers_pattern=["h", "layers"]),
    dict(target_modules=["o_proj"], layers_to_transform=[0], layers_pattern="blocks"),  # nothing
    dict(target_modules=["o_proj"], layers_to_transform=[7]),  # nothing
    dict(target_modules=ALL, rank_pattern={"q_proj": 2, "mlp.down_proj": 5, ".*o_proj": 6}),
    dict(target_modules=ALL, rank_pattern={"layers.1.*": 2, "q_proj": 3}, alpha_pattern={r"layers\.0\..*_proj": 9}),
    dict(target_modules=ALL, rank_pattern={"q_proj": 3, "layers.1.self_attn.q_proj": 2}),  # the first that matches
    dict(target_modules=ALL, rank_pattern={"proj": 3, "model.layers.0.mlp.up_proj": 2}, use_rslora=True),
    dict(target_modules=["o_proj"], alpha_pattern={"o_proj": 3, "x_proj": 5}, rank_pattern={"^q_proj": 2}),
]


def make_rules() -> None:
    """For each configuration the modules that PEFT adapts, with rank and scaling; null where it refuses to."""
    entries = []
    for fields in RULES:
        fields = dict(r=4, lora_alpha=6) | fields
        try:
            model = get_peft_model(load("tiny-gqa"), LoraConfig(task_type="CAUSAL_LM", **fields))
        except ValueError:
            modules = None
        else:
            modules = {
                name.removeprefix("base_model.model."): [module.r["default"], module.scaling["default"]]
                for name, module in model.named_modules() if hasattr(module, "lora_A") and hasattr(module, "base_layer")
            }
        entries.append({"fields": fields, "modules": modules})
    write_json(HERE / "rules.json", {"model": "tiny-gqa", "rules": entries})


# --- tokenizers ---------------------------------------------------------------------------------------------------------------

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

CORPUS = [
    "The committee met in the morning; the committee's chair said that the company hadn't filed its report.",
    "Revenue rose from 1204 to 1387 million, a change of 183 million or 15.2 percent.",
    "She doesn't know what they'll say, but we've heard they're ready and I'm sure he'd agree.",
    "{\"name\": \"Ostrava\", \"values\": [1, 2, 3], \"note\": null}\n\tindented\n\n\nthree newlines",
    "naïve café über Straße – “quoted” … it’s 5 € or 7 £",
    "Привет, мир! Добрый день. こんにちは世界。 東京都 中文分词 한국어 문장",
    "for i in range(10):\n    print(i ** 2)  # squares\r\n",
    "🙂 👩‍👩‍👧‍👦 👍🏽 🇩🇪 emoji with joiners and modifiers",
] * 3

TEXTS = [
    "", " ", "  ", "a", "\n", "\r\n", "\t\t", " \n \n", "Hello, world!", "  leading and trailing  ", "a  b   c    d",
    "The committee's chair hadn't said they'll go; WE'LL SEE, I'M SURE, IT'S HE'D",
    "it’s the typographic apostrophe", "don'tcan'twon't 'tis 'S'T'RE'",
    "12345678901234567890", "3.14159 -42 1,000,000 ½ ² Ⅷ ٣٤٥ 一二三 𝟘𝟙", "abc123def 007bond", "x=1;y=22;z=333;w=4444",
    "naïve café e\u0301 a\u0308\u0301 Z\u0351\u036b\u0343\u036a", "Ⓗⓔⓛⓛⓞ ﬁ ﬂ ① Å \u212b",
    "👩‍👩‍👧‍👦👍🏽🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿 ☕️ 🙂🙃", "\u200b\u200d\ufeff\u00ad\u2060x\u00a0y\u202fz\u3000w",
    "中文分词没有空格。東京都に住んでいます、한국어 문장입니다.", "Привет, мир! ѐё Ѣ", "العربية مع تشكيل: مُحَمَّد", "हिन्दी में क्षत्रिय",
    "ไทยไม่มีช่องว่าง", "line one\r\nline two\r\n\r\nline four\n\n\n  indented\n\t tab",
    "\x00\x01\x02\x07\x1b[31m\x7f\x85\x0b\x0c", "a\u2028b\u2029c\u0085d", "!!!???...---===***", "http://example.org/a?b=c&d=%20#frag",
    "def f(x):\n    return {k: v for k, v in x.items()}\n", "CamelCaseIdentifiersAndsnake_case_names__dunder__",
    "\U0001f600\U0010ffff\U000e0001\ue000", "ß ẞ İ ı ǅ ſ's ſ K'S 'ſ 'K",
    "<|begin_of_text|>Hi<|end_of_text|>", "x<|end_of_text|>y <|end_of_text|> z", "<|end_of_text|<|end_of_text|>|>",
    "keep [MASK]  this[MASK]", "wordy word words word", "  stripme  after", "Tools: <tool>call</tool>", "…“”‘’–—•",
    "a" * 300, " " * 70 + "x", "\n" * 40, "ab" * 200 + "é" * 50,
]

DECODE = [[0, 1, 2, 3], [5, 200, 130], [255, 254, 100, 101], list(range(0, 300, 7)), [160, 161, 162, 70, 227]]


def train(tokenizer: Tokenizer, vocabulary: int, special) -> Tokenizer:
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def digits_tokenizer() -> Tokenizer:
    """As SmolLM's: digits one by one, then GPT-2's pattern; nothing added around a text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return train(tokenizer, 420, ["<|begin_of_text|>", "<|end_of_text|>"])


def gpt2_tokenizer() -> Tokenizer:
    """As GPT-2's, with a prefix space, and added tokens of every kind."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    train(tokenizer, 400, ["<|end_of_text|>"])
    tokenizer.add_tokens(
        [
            AddedToken("word", single_word=True, normalized=True),
            AddedToken("stripme", lstrip=True, rstrip=True, normalized=False),
            AddedToken("<tool>", normalized=True), AddedToken("</tool>", normalized=False),
        ]
    )
    tokenizer.add_special_tokens([AddedToken("[MASK]", lstrip=True, normalized=False, special=True)])
    return tokenizer


def llama3_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    train(tokenizer, 450, ["<|begin_of_text|>", "<|end_of_text|>"])
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|> $B:1",
                special_tokens=[("<|begin_of_text|>", 0)],
            ),
        ]
    )
    return tokenizer


def qwen2_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return train(tokenizer, 430, ["<|end_of_text|>"])


TOKENIZERS = {
    "digits": digits_tokenizer, "gpt2": gpt2_tokenizer, "llama3": llama3_tokenizer, "qwen2": qwen2_tokenizer,
}


def make_tokenizer(name: str) -> None:
    folder = fresh(HERE / "tokenizers" / name)
    TOKENIZERS[name]().save(str(folder / "tokenizer.json"))
    if name == "gpt2":  # the older way to write merges, one string each
        text = json.loads((folder / "tokenizer.json").read_text())
        text["model"]["merges"] = [" ".join(pair) for pair in text["model"]["merges"]]
        (folder / "tokenizer.json").write_text(json.dumps(text, ensure_ascii=False, indent=1))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    write_json(
        folder / "golden.json",
        {
            "vocabulary_size": tokenizer.get_vocab_size(),
            "texts": [
                {
                    "text": text,
                    "ids": (ids := tokenizer.encode(text).ids),
                    "ids_without_special": tokenizer.encode(text, add_special_tokens=False).ids,
                    "decoded": tokenizer.decode(ids, skip_special_tokens=False),
                    "decoded_skipping_special": tokenizer.decode(ids, skip_special_tokens=True),
                }
                for text in TEXTS
            ],
            "decode": [{"ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=False)} for ids in DECODE],
        },
    )


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in MODELS:
        make_model(name)
    for name in CASES:
        make_case(name)
    for name in TRAINING:
        make_training(name)
    make_rules()
    for name in TOKENIZERS:
        make_tokenizer(name)
    write_json(HERE / "tokenizers" / "corpus.json", {"texts": CORPUS})
    write_json(
        HERE / "index.json",
        {
            "versions": {
                "python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__,
                "peft": peft.__version__, "tokenizers": tokenizers.__version__, "safetensors": safetensors.__version__,
            },
            "models": list(MODELS), "cases": list(CASES), "training": list(TRAINING), "tokenizers": list(TOKENIZERS),
        },
    )


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # PEFT writes its target modules in the order of a Python set
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, __file__])
    main()
