#!/usr/bin/env python3
"""Writes gguf/ with the gguf package, PyTorch and transformers: every type's values, tiny models in GGUF files with their logits,
and tokenizers in GGUF metadata with the ids of texts.

    pip install torch transformers gguf
    python Tests/Fixtures/make_gguf.py

A model's matrices are quantised by the package, taken back with its `dequantize`, rounded to BF16 where they were quantised, and put into
the transformers model whose logits are the reference. Where transformers reads the file itself, it must find the same weights.
"""

import json

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint
from transformers.tokenization_utils_base import generate_merges

from make_fixtures import HERE, fresh, packed_logits, rows_for, write_json
from make_families import COMMON

OUT = HERE / "gguf"
READ = [Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q4_K, Type.Q5_K, Type.Q6_K]


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


# --- types ----------------------------------------------------------------------------------------------------------------

# Where the FP16 scales of a block lie.
SCALES = {Type.Q8_0: [0], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2],
          Type.Q6_K: [208]}


def write_types():
    """Blocks of random bytes, so that every bit counts; scales are random halves, subnormal ones among them."""
    random = numpy.random.default_rng(1)
    writer = gguf.GGUFWriter(OUT / "types.gguf", "llama")
    values = {}
    for kind in READ:
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        rows, columns = 3, 256 * (2 if elements == 256 else 1)
        if elements == 1:
            floats = random.standard_normal((rows, columns), dtype=numpy.float32)
            floats[0, :4] = [0.0, -0.0, 6e-8, 1e-6]
            data = gguf.quantize(floats, kind)
        else:
            data = random.integers(0, 256, (rows, columns // elements, size), dtype=numpy.uint8)
            for place in SCALES[kind]:
                halves = random.standard_normal((rows, columns // elements)).astype(numpy.float16)
                halves[0, 0] = 3e-7
                data[:, :, place:place + 2] = halves[..., None].view(numpy.uint8)
            data = data.reshape(rows, -1)
        name = kind.name.lower() + ".weight"
        writer.add_tensor(name, data, raw_dtype=kind)
        values[name] = torch.from_numpy(numpy.ascontiguousarray(gguf.dequantize(data, kind)).reshape(rows, columns))
    finish(writer)
    save_file(values, OUT / "types.safetensors")


# --- models ---------------------------------------------------------------------------------------------------------------

SMALL = {**COMMON, "vocab_size": 61, "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2}
PLAIN = dict(rope_type="default", rope_theta=100.0)
LLAMA3 = dict(rope_type="llama3", rope_theta=100.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=16)
# name: (class prefix, architecture, configuration, type of a matrix by its place in the file)
MODELS = {
    "llama": ("Llama", "llama", dict(head_dim=16, rope_parameters=LLAMA3), [Type.Q4_0, Type.Q8_0, Type.Q4_1, Type.F16]),
    "llama-bias": ("Llama", "llama", dict(
        attention_bias=True, mlp_bias=True, tie_word_embeddings=True,
        rope_parameters=dict(rope_type="linear", rope_theta=100.0, factor=3.0)), [Type.F32, Type.BF16]),
    "qwen2": ("Qwen2", "qwen2", dict(
        tie_word_embeddings=True,
        rope_parameters=dict(rope_type="yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=16)),
        [Type.Q5_0, Type.Q5_1]),
    "qwen3": ("Qwen3", "qwen3", dict(head_dim=8, rope_parameters=PLAIN), [Type.Q8_0, Type.BF16]),
    "gemma3": ("Gemma3Text", "gemma3", dict(
        head_dim=16, num_hidden_layers=7, query_pre_attn_scalar=16, sliding_window=5, tie_word_embeddings=True,
        rope_parameters=dict(full_attention=dict(rope_type="linear", rope_theta=1000.0, factor=2.0),
                             sliding_attention=dict(rope_type="default", rope_theta=100.0))), [Type.Q4_1, Type.Q8_0]),
    "lfm2": ("Lfm2", "lfm2", dict(
        num_hidden_layers=4, layer_types=["conv", "full_attention", "conv", "conv"], block_multiple_of=32, norm_eps=1e-5, conv_L_cache=4,
        tie_word_embeddings=True, rope_parameters=PLAIN), [Type.Q4_0, Type.Q8_0, Type.BF16]),
}
PARTS = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "self_attn.out_proj": "attn_output", "self_attn.q_layernorm": "attn_q_norm", "self_attn.k_layernorm": "attn_k_norm",
    "operator_norm": "attn_norm", "feed_forward.w1": "ffn_gate", "feed_forward.w3": "ffn_up", "feed_forward.w2": "ffn_down",
    "conv.conv": "shortconv.conv", "conv.in_proj": "shortconv.in_proj", "conv.out_proj": "shortconv.out_proj",
}


def named(name, is_gemma):
    """llama.cpp's name of a weight."""
    outer = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight",
             "model.embedding_norm.weight": "token_embd_norm.weight"}
    if name in outer:
        return outer[name]
    _, _, layer, rest = name.split(".", 3)
    module, part = rest.rsplit(".", 1)
    norms = {"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
             "post_feedforward_layernorm": "post_ffw_norm"} if is_gemma else {"post_attention_layernorm": "ffn_norm", "ffn_norm": "ffn_norm"}
    return f"blk.{layer}.{ {**PARTS, **norms}[module]}.{part}"


def permuted(values, heads):
    """As convert_hf_to_gguf.py writes q and k of a Llama: the halves of a head alternate."""
    return values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def restored(values, heads):
    return values.reshape(heads, values.shape[0] // heads // 2, 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def describe(writer, config, architecture, feed_forward=None):
    rope = config.rope_parameters
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    is_lfm2 = architecture == "lfm2"  # as conversion/lfm2.py has it
    key_heads = config.num_key_value_heads
    writer.add_feed_forward_length(feed_forward or config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv([0 if kind == "conv" else key_heads for kind in config.layer_types] if is_lfm2 else key_heads)
    writer.add_layer_norm_rms_eps(config.norm_eps if is_lfm2 else config.rms_norm_eps)
    if is_lfm2:
        writer.add_vocab_size(config.vocab_size)
        writer.add_shortconv_l_cache(config.conv_L_cache)
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    if head * config.num_attention_heads != config.hidden_size:
        writer.add_key_length(head)
        writer.add_value_length(head)
    if architecture == "llama":
        writer.add_rope_dimension_count(head)
        writer.add_vocab_size(config.vocab_size)
    if architecture == "gemma3":
        writer.add_sliding_window(config.sliding_window)
        writer.add_float32("gemma3.rope.freq_base_swa", rope["sliding_attention"]["rope_theta"])
        rope = rope["full_attention"]
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope["rope_type"] in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    if rope["rope_type"] == "llama3":
        plain = 1.0 / (rope["rope_theta"] ** (numpy.arange(0, head, 2, dtype=numpy.float64) / head))
        waves = 2 * numpy.pi / plain
        low = rope["original_max_position_embeddings"] / rope["low_freq_factor"]
        high = rope["original_max_position_embeddings"] / rope["high_freq_factor"]
        smooth = (rope["original_max_position_embeddings"] / waves - rope["low_freq_factor"]) / (
            rope["high_freq_factor"] - rope["low_freq_factor"])
        between = 1 / ((1 - smooth) / rope["factor"] + smooth)
        divisors = numpy.where(waves < high, 1.0, numpy.where(waves > low, rope["factor"], between))
        writer.add_tensor("rope_freqs.weight", divisors.astype(numpy.float32))


def write_model(name):
    prefix, architecture, changes, types = MODELS[name]
    torch.manual_seed(sum(map(ord, name)))
    config = getattr(__import__("transformers"), prefix + "Config")(**{**SMALL, **changes})
    model = getattr(__import__("transformers"), prefix.removesuffix("Text") + "ForCausalLM")(config).eval()
    folder = fresh(OUT / name)
    writer = gguf.GGUFWriter(folder / "model.gguf", architecture)
    state = model.state_dict()
    describe(writer, config, architecture, next((len(values) for own, values in state.items() if own.endswith("w1.weight")), None))
    is_gemma = architecture == "gemma3"
    kinds, place = {}, 0
    for own, parameter in state.items():
        if own == "lm_head.weight" and config.tie_word_embeddings:
            continue
        is_norm = "norm" in own
        values = torch.randn(parameter.shape) * (0.3 if is_norm or parameter.dim() == 1 else 0.5)
        if is_norm and not is_gemma:
            values += 1
        heads = None
        if architecture == "llama":
            heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(own.split(".")[-2])
        is_convolution = "conv.conv" in own  # which llama.cpp has as a matrix, and never quantises
        stored = (values.squeeze(1) if is_convolution else values).numpy() + (1 if is_norm and is_gemma else 0)
        stored = numpy.ascontiguousarray(permuted(stored, heads) if heads else stored).astype(numpy.float32)
        kind = Type.F32
        if parameter.dim() > 1 and not is_convolution:
            kind, place = types[place % len(types)], place + 1
        data = gguf.quantize(stored, kind)
        writer.add_tensor(named(own, is_gemma), data, raw_dtype=kind)
        kinds[named(own, is_gemma)] = kind.name
        back = torch.from_numpy(numpy.array(gguf.dequantize(data, kind)).reshape(stored.shape))
        if heads:
            back = torch.from_numpy(restored(back.numpy(), heads).copy())
        if is_norm and is_gemma:
            back = back - 1
        if gguf.GGML_QUANT_SIZES[kind][0] > 1:
            back = back.to(torch.bfloat16).float()
        with torch.no_grad():
            parameter.copy_(back.reshape(parameter.shape))
    finish(writer)
    if architecture == "qwen3" or architecture == "gemma3" or not changes.get("attention_bias"):
        check_against_transformers(folder / "model.gguf", model)
    rows = rows_for(config.vocab_size, 5, [(11, 1), (3, 1), (19, 1)])
    save_file({"logits": packed_logits(model, rows).contiguous()}, folder / "reference.safetensors")
    write_json(folder / "case.json", {"rows": rows, "types": kinds})


def check_against_transformers(path, model):
    """What transformers itself makes of the file: the same weights, before they are rounded."""
    found = load_gguf_checkpoint(str(path), return_tensors=True, model_to_load=model)["tensors"]
    mine = model.state_dict()
    compared = 0
    for name, values in found.items():
        if name in mine:
            assert torch.allclose(values.float(), mine[name], rtol=2 ** -8, atol=1e-6), name
            compared += 1
    assert compared >= len(mine) - 1, (compared, len(mine))


# --- tokenizers -----------------------------------------------------------------------------------------------------------

# Folder of tokenizers/families and its name in `tokenizer.ggml.pre`.
BYTE_LEVEL = {"gpt2": "gpt-2", "llama3": "llama-bpe", "qwen3": "qwen2", "smollm2": "smollm", "tekken": "tekken"}
NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6
TEMPLATE = "{{ bos_token }}{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{{ eos_token }}{% endfor %}"


def listed(settings):
    """All tokens by id, and their kinds."""
    ids = dict(settings["model"]["vocab"])
    kinds = {}
    for token in settings["added_tokens"]:
        ids[token["content"]] = token["id"]
        kinds[token["content"]] = CONTROL if token["special"] else USER
    unknown = settings["model"].get("unk_token")
    if unknown:
        kinds[unknown] = UNKNOWN
    tokens = sorted(ids, key=ids.get)
    assert [ids[token] for token in tokens] == list(range(len(tokens)))
    return tokens, [kinds.get(token, BYTE if token.startswith("<0x") else NORMAL) for token in tokens]


def write_byte_level(name):
    settings = json.loads((HERE / "tokenizers/families" / name / "tokenizer.json").read_text())
    tokens, kinds = listed(settings)
    writer = gguf.GGUFWriter(OUT / "tokenizers" / f"{name}.gguf", "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(BYTE_LEVEL[name])
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) if isinstance(pair, list) else pair for pair in settings["model"]["merges"]])
    special = [place for place, kind in enumerate(kinds) if kind == CONTROL]
    start = tokens.index("<|begin_of_text|>") if name == "llama3" else tokens.index("<s>") if name == "tekken" else special[0]
    writer.add_bos_token_id(start)
    writer.add_eos_token_id(special[-1])
    # What llama-bpe does unasked.
    if name != "llama3":
        writer.add_add_bos_token(name == "tekken")
    writer.add_chat_template(TEMPLATE)
    finish(writer)


def write_sentencepiece(name):
    """Scores take the place of merges; the merges of the reference are those that transformers makes of the scores."""
    settings = json.loads((HERE / "tokenizers/families" / name / "tokenizer.json").read_text())
    tokens, kinds = listed(settings)
    scores = [0.0 if kind in (UNKNOWN, CONTROL, BYTE) else -1000.0 if kind == USER else -float(place) for place, kind in enumerate(kinds)]
    writer = gguf.GGUFWriter(OUT / "tokenizers" / f"{name}.gguf", "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token.replace("▁", " ") if kind == USER else token for token, kind in zip(tokens, kinds)])
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    bos = "<bos>" if name == "gemma" else "<s>"
    writer.add_bos_token_id(tokens.index(bos))
    writer.add_eos_token_id(tokens.index("<eos>" if name == "gemma" else "</s>"))
    writer.add_unk_token_id(tokens.index("<unk>"))
    if name == "gemma":
        writer.add_add_space_prefix(False)
    finish(writer)
    settings["model"]["vocab"] = {token: place for place, token in enumerate(tokens)}
    ranks = {token: float("inf") if kind == USER else score for token, kind, score in zip(tokens, kinds, scores)}
    skipped = [token for token, kind in zip(tokens, kinds) if kind not in (NORMAL, USER)]
    settings["model"]["merges"] = generate_merges(settings["model"]["vocab"], ranks, skipped)
    for token in settings["added_tokens"]:
        token["normalized"] = token["rstrip"] = token["lstrip"] = False
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    texts = json.loads((HERE / "tokenizers/families/texts.json").read_text())
    texts = texts if isinstance(texts, list) else texts["texts"]
    write_json(OUT / "tokenizers" / f"{name}.json", {
        "ids": [tokenizer.encode(text).ids for text in texts], "decoded": [tokenizer.decode(tokenizer.encode(text).ids) for text in texts]})


def main():
    fresh(OUT)
    write_types()
    for name in MODELS:
        write_model(name)
    fresh(OUT / "tokenizers")
    for name in BYTE_LEVEL:
        write_byte_level(name)
    for name in ["llama2", "gemma"]:
        write_sentencepiece(name)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
