#!/usr/bin/env python3
"""Writes families/ with PyTorch, transformers and PEFT: a tiny random model of each family that lorascope reads, with logits,
LoRA gradients and greedy continuations.

    pip install torch transformers peft
    python Tests/Fixtures/make_families.py [name ...]

Sizes are odd on purpose. Weights are large enough that soft caps, windows and scalings show in the logits: for each feature
`without` names changes to config.json that switch it off, and how far that moves the logits is written down.
"""

import json
import sys

import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from make_fixtures import HERE, batch_loss, fresh, greedy, packed_logits, rows_for, save_peft, write_json

QKV, GATED = ["q_proj", "k_proj", "v_proj"], ["gate_proj", "up_proj", "down_proj"]
SPLIT = QKV + ["o_proj"] + GATED
# Longer than every window; several sequences, so that packing is tested.
SHAPES = [(11, 4), (2, 1), (19, 7)]

COMMON = dict(
    vocab_size=53, hidden_size=20, intermediate_size=26, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0, rms_norm_eps=1e-5,
)
LLAMA3 = dict(
    rope_type="llama3", rope_theta=100.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=16,
)

# name: (class prefix, configuration, LoRA targets, {feature: changes to config.json that switch it off})
FAMILIES = {
    "llama3": (
        "Llama", dict(head_dim=10, rope_parameters=LLAMA3), SPLIT,
        {"llama3 scaling": {"rope_parameters": {"rope_type": "default", "rope_theta": 100.0}}},
    ),
    "llama-linear-bias": (
        "Llama",
        dict(
            hidden_size=21, head_dim=6, num_attention_heads=3, num_key_value_heads=1, attention_bias=True, mlp_bias=True, hidden_act="gelu",
            tie_word_embeddings=True, rope_parameters=dict(rope_type="linear", rope_theta=100.0, factor=3.0),
        ),
        SPLIT,
        {
            "linear scaling": {"rope_parameters": {"rope_type": "default", "rope_theta": 100.0}},
            "gelu": {"hidden_act": "silu"},
        },
    ),
    "mistral": (
        "Mistral", dict(head_dim=6, sliding_window=5, rope_parameters=dict(rope_type="default", rope_theta=100.0)), SPLIT,
        {"sliding window": {"sliding_window": None}},
    ),
    "smollm3": (
        "SmolLM3",
        dict(
            hidden_size=24, num_hidden_layers=3, no_rope_layer_interval=2, tie_word_embeddings=True,
            rope_parameters=dict(rope_type="default", rope_theta=100.0),
        ),
        SPLIT,
        {"layers without RoPE": {"no_rope_layers": [1, 1, 1]}},
    ),
    "qwen2": (
        "Qwen2",
        dict(
            hidden_size=24, num_hidden_layers=3, use_sliding_window=True, sliding_window=6, max_window_layers=1, tie_word_embeddings=True,
            rope_parameters=dict(rope_type="default", rope_theta=100.0),
        ),
        SPLIT,
        {
            "window of upper layers": {
                "use_sliding_window": False, "sliding_window": None, "layer_types": ["full_attention"] * 3,
            },
            "window of upper layers only": {"layer_types": ["sliding_attention"] * 3},
        },
    ),
    "qwen3": (
        "Qwen3",
        dict(head_dim=14, num_key_value_heads=1, rope_parameters=dict(rope_type="default", rope_theta=100.0)),
        SPLIT, {},
    ),
    "phi3": (
        "Phi3",
        dict(
            num_attention_heads=2, num_key_value_heads=1, sliding_window=9,
            rope_parameters=dict(rope_type="default", rope_theta=100.0, partial_rotary_factor=0.6),
        ),
        ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"],
        {
            "partial rotary": {
                "rope_parameters": {"rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": 1.0},
                "partial_rotary_factor": 1.0,
            },
            "sliding window": {"sliding_window": None},
        },
    ),
    "phi3-longrope": (
        "Phi3",
        dict(
            num_attention_heads=2, num_key_value_heads=2, original_max_position_embeddings=32, max_position_embeddings=128,
            rope_parameters=dict(
                rope_type="longrope", rope_theta=100.0, short_factor=[1.0, 1.3, 1.9, 2.4, 3.1], long_factor=[4.0] * 5,
            ),
        ),
        ["qkv_proj", "o_proj"],
        {"longrope": {"rope_parameters": {"rope_type": "default", "rope_theta": 100.0}}},
    ),
    "gemma2": (
        "Gemma2",
        dict(
            num_hidden_layers=3, head_dim=6, sliding_window=5, query_pre_attn_scalar=9, attn_logit_softcapping=3.0,
            final_logit_softcapping=4.0, rope_parameters=dict(rope_type="default", rope_theta=100.0),
        ),
        SPLIT,
        {
            "attention soft cap": {"attn_logit_softcapping": None},
            "logit soft cap": {"final_logit_softcapping": None},
            "alternating windows": {"layer_types": ["full_attention"] * 3},
            "attention scale": {"query_pre_attn_scalar": 6},
            "tanh of GELU": {"hidden_activation": "silu"},
        },
    ),
    "gemma3": (
        "Gemma3",
        dict(
            num_hidden_layers=3, head_dim=10, num_key_value_heads=1, sliding_window=5, sliding_window_pattern=3,
            query_pre_attn_scalar=7,
            rope_parameters={
                "full_attention": dict(rope_type="linear", factor=2.0, rope_theta=1000.0),
                "sliding_attention": dict(rope_type="default", rope_theta=50.0),
            },
        ),
        SPLIT,
        {
            "local theta": {
                "rope_parameters": {
                    "full_attention": dict(rope_type="linear", factor=2.0, rope_theta=1000.0),
                    "sliding_attention": dict(rope_type="default", rope_theta=1000.0),
                },
            },
            "scaling of the global layers": {
                "rope_parameters": {
                    "full_attention": dict(rope_type="default", rope_theta=1000.0),
                    "sliding_attention": dict(rope_type="default", rope_theta=50.0),
                },
            },
            "alternating windows": {"layer_types": ["full_attention"] * 3},
        },
    ),
    "olmo2": (
        "Olmo2", dict(hidden_size=24, num_key_value_heads=2, rope_parameters=dict(rope_type="default", rope_theta=100.0)), SPLIT, {},
    ),
    "olmo3": (
        "Olmo3",
        dict(
            hidden_size=24, num_hidden_layers=4, sliding_window=5,
            rope_parameters={
                "full_attention": dict(
                    rope_type="yarn", rope_theta=500.0, factor=4.0, original_max_position_embeddings=16, beta_fast=3.0, beta_slow=0.6,
                    attention_factor=1.3,
                ),
                "sliding_attention": dict(rope_type="default", rope_theta=50.0),
            },
        ),
        SPLIT,
        {
            "YaRN of the global layers": {
                "rope_parameters": {
                    "full_attention": dict(rope_type="default", rope_theta=500.0),
                    "sliding_attention": dict(rope_type="default", rope_theta=50.0),
                },
            },
            "alternating windows": {"layer_types": ["full_attention"] * 4},
        },
    ),
    "llama-yarn": (
        "Llama",
        dict(
            head_dim=14,
            rope_parameters=dict(
                rope_type="yarn", rope_theta=100.0, factor=6.0, original_max_position_embeddings=12, beta_fast=1.5, beta_slow=0.2, truncate=False,
                mscale=1.0, mscale_all_dim=0.5,
            ),
        ),
        SPLIT,
        {
            "YaRN": {"rope_parameters": dict(rope_type="default", rope_theta=100.0)},
            "whole pairs at the ramp's ends": {
                "rope_parameters": dict(
                    rope_type="yarn", rope_theta=100.0, factor=6.0, original_max_position_embeddings=12, beta_fast=1.5, beta_slow=0.2, mscale=1.0, mscale_all_dim=0.5,
                ),
            },
            "attention factor": {
                "rope_parameters": dict(
                    rope_type="yarn", rope_theta=100.0, factor=6.0, original_max_position_embeddings=12, beta_fast=1.5, beta_slow=0.2, truncate=False,
                ),
            },
        },
    ),
    "granite": (
        "Granite",
        dict(
            hidden_size=24, embedding_multiplier=3.0, attention_multiplier=0.7, residual_multiplier=0.6, logits_scaling=2.5, attention_bias=True,
            tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=100.0),
        ),
        SPLIT,
        {
            "embedding multiplier": {"embedding_multiplier": 1.0}, "attention multiplier": {"attention_multiplier": 0.2},
            "residual multiplier": {"residual_multiplier": 1.0}, "logits scaling": {"logits_scaling": 1.0},
        },
    ),
    "granite-hybrid": (
        "GraniteMoeHybrid",
        dict(
            hidden_size=24, num_local_experts=0, num_experts_per_tok=0, shared_intermediate_size=22, layer_types=["full_attention"] * 2,
            embedding_multiplier=2.0, attention_multiplier=0.4, residual_multiplier=0.5, logits_scaling=3.0,
            position_embedding_type="rope", rope_parameters=dict(rope_type="default", rope_theta=100.0),
            mamba_n_heads=4, mamba_d_head=12,
        ),
        QKV + ["o_proj", "input_linear", "output_linear"],
        {"RoPE": {"position_embedding_type": None}, "residual multiplier": {"residual_multiplier": 1.0}},
    ),
    "ministral3": (
        "Ministral3",
        dict(
            head_dim=10, sliding_window=None,
            rope_parameters=dict(
                rope_type="yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=32, beta_fast=3.0, beta_slow=0.7,
                mscale=1.0, mscale_all_dim=1.0, llama_4_scaling_beta=0.1,
            ),
        ),
        SPLIT,
        {"YaRN": {"rope_parameters": dict(rope_type="default", rope_theta=100.0, llama_4_scaling_beta=0.0, original_max_position_embeddings=32)}},
    ),
    "exaone4": (
        "Exaone4",
        dict(
            hidden_size=24, num_hidden_layers=3, sliding_window=5, sliding_window_pattern=3,
            rope_parameters=dict(rope_type="default", rope_theta=100.0),
        ),
        SPLIT,
        {"windows": {"layer_types": ["full_attention"] * 3, "sliding_window": None}},
    ),
    "hunyuan": (
        "HunYuanDenseV1",
        dict(
            head_dim=14, num_key_value_heads=1,
            rope_parameters=dict(rope_type="dynamic", rope_theta=100.0, alpha=20.0, factor=1.0),
        ),
        SPLIT,
        {"alpha": {"rope_parameters": dict(rope_type="default", rope_theta=100.0)}},
    ),
    "lfm2": (
        "Lfm2",
        dict(
            hidden_size=20, intermediate_size=39, block_multiple_of=9, block_ffn_dim_multiplier=1.1, num_hidden_layers=4, norm_eps=1e-5,
            num_attention_heads=2, num_key_value_heads=1, layer_types=["conv", "full_attention", "conv", "conv"],
            rope_parameters=dict(rope_type="default", rope_theta=100.0),
        ),
        QKV + ["out_proj", "in_proj", "w1", "w2", "w3"],
        {"theta": {"rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}}, "epsilon": {"norm_eps": 0.3}},
    ),
    "qwen3_5": (
        "Qwen3_5",
        dict(
            num_hidden_layers=4, num_attention_heads=2, num_key_value_heads=1, head_dim=16, linear_num_key_heads=2, linear_num_value_heads=4,
            linear_key_head_dim=7, linear_value_head_dim=18, linear_conv_kernel_dim=3,
            layer_types=["linear_attention", "full_attention", "linear_attention", "linear_attention"],
            rope_parameters=dict(rope_type="default", rope_theta=100.0, partial_rotary_factor=0.25, mrope_section=[1, 1, 0]),
        ),
        SPLIT + ["in_proj_qkv", "in_proj_z", "in_proj_b", "in_proj_a", "out_proj"],
        {
            "part that turns": {"rope_parameters": dict(rope_type="default", rope_theta=100.0, partial_rotary_factor=0.5, mrope_section=[2, 1, 1])},
            "epsilon": {"rms_norm_eps": 0.3},
        },
    ),
    "gpt2": (
        "GPT2",
        dict(
            vocab_size=53, n_embd=20, n_inner=27, n_layer=2, n_head=4, n_positions=31, bos_token_id=1, eos_token_id=2,
            resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, layer_norm_epsilon=1e-4,
        ),
        ["c_attn", "attn.c_proj", "c_fc", "mlp.c_proj"],
        {"tanh of GELU": {"activation_function": "silu"}, "epsilon": {"layer_norm_epsilon": 0.3}},
    ),
}


def make(name: str) -> None:
    prefix, settings, targets, without = FAMILIES[name]
    config_class = getattr(transformers, prefix + ("TextConfig" if prefix in ("Gemma3", "Qwen3_5") else "Config"))
    model_class = getattr(transformers, prefix + ("LMHeadModel" if prefix == "GPT2" else "ForCausalLM"))
    config = config_class(**(settings if prefix == "GPT2" else {**COMMON, **settings}))
    torch.manual_seed(700)
    model = model_class(config)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            norm = "norm" in key or ".ln_" in key
            gemma = prefix.startswith("Gemma")
            centred = gemma or prefix == "Qwen3_5" and "linear_attn" not in key
            if key.endswith("bias"):
                parameter.copy_(0.3 * torch.randn_like(parameter))
            elif norm:
                parameter.copy_((0.0 if centred else 1.0) + 0.3 * torch.randn_like(parameter))
            else:
                scale = 0.08 if gemma and "embed_tokens" in key else 0.35
                parameter.copy_(scale * torch.randn_like(parameter))
    folder = fresh(HERE / "families" / name)
    # GPT-2 and Llama stay FP32, Mistral is FP16, the others are BF16.
    element = {"GPT2": torch.float32, "Llama": torch.float32, "Mistral": torch.float16}.get(prefix, torch.bfloat16)
    model.to(element).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    rows = rows_for(model.config.vocab_size, 800, SHAPES)
    prompts = [rows[0]["tokens"][:3], rows[2]["tokens"][:13]]
    tensors = {"logits": packed_logits(model, rows)}
    case = {"rows": rows, "greedy": greedy(model, prompts, 8)}

    torch.manual_seed(900)
    adapted = get_peft_model(
        model, LoraConfig(task_type="CAUSAL_LM", r=2, lora_alpha=3, target_modules=targets, fan_in_fan_out=prefix == "GPT2")
    )
    with torch.no_grad():
        for key, parameter in adapted.named_parameters():
            if "lora_B" in key:
                parameter.copy_(0.2 * torch.randn_like(parameter))
    save_peft(adapted, folder / "adapter", name)
    adapted.eval()
    tensors["adapted.logits"] = packed_logits(adapted, rows)
    loss, count = batch_loss(adapted, rows)
    (loss / count).backward()
    for key, parameter in adapted.named_parameters():
        if parameter.requires_grad:
            tensors["gradient." + key.replace(".default.", ".")] = parameter.grad
    case["adapted_greedy"] = greedy(adapted, prompts, 8)
    case["loss"], case["loss_tokens"] = float((loss / count).detach()), count

    case["without"] = []
    original = (folder / "config.json").read_text()
    for feature, changes in without.items():
        (folder / "config.json").write_text(json.dumps({**json.loads(original), **changes}))
        changed = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        difference = float((packed_logits(changed, rows) - tensors["logits"]).abs().max())
        assert difference > 0.01, (name, feature, difference)
        case["without"].append({"feature": feature, "config": changes, "difference": difference})
    (folder / "config.json").write_text(original)
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, folder / "reference.safetensors")
    write_json(folder / "case.json", case)
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    gaps = [g for entry in case["greedy"] + case["adapted_greedy"] for g in entry["gaps"]]
    print(name, f"{size / 1000:.0f} KB, smallest gap {min(gaps)}", {e["feature"]: round(e["difference"], 3) for e in case["without"]})


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or FAMILIES:
        make(name)
