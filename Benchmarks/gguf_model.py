"""Writes a random Llama of one of the benchmark's shapes as GGUF, for llama-bench, or a random LoRA adapter of it.

    pip install gguf
    python gguf_model.py --shape 135M --type BF16 --out model.gguf
    python gguf_model.py --shape 135M --type F32 --adapter qkv,o_proj --rank 16 --seed 1 --out adapter.gguf

The model has no vocabulary, since only speed is asked, unless --vocabulary makes one up: llama-server writes its answers as text.
"""

import argparse

import gguf
import numpy

from shapes import GROUPS, SHAPES

parser = argparse.ArgumentParser()
parser.add_argument("--shape", choices=SHAPES, required=True)
parser.add_argument("--type", choices=["BF16", "F32"], required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--vocabulary", action="store_true", help="of made-up words")
parser.add_argument("--adapter", help="write an adapter instead, on these module groups: " + ",".join(GROUPS))
parser.add_argument("--rank", type=int, default=16)
parser.add_argument("--seed", type=int, default=0)
arguments = parser.parse_args()

shape = SHAPES[arguments.shape]
hidden, wide = shape["hidden_size"], shape["intermediate_size"]
queries = shape["num_attention_heads"] * shape["head_dim"]
keys = shape["num_key_value_heads"] * shape["head_dim"]
half = arguments.type == "BF16"

LINEARS = {
    "q_proj": ("attn_q", queries, hidden), "k_proj": ("attn_k", keys, hidden), "v_proj": ("attn_v", keys, hidden),
    "o_proj": ("attn_output", hidden, queries), "gate_proj": ("ffn_gate", wide, hidden), "up_proj": ("ffn_up", wide, hidden),
    "down_proj": ("ffn_down", hidden, wide),
}

writer = gguf.GGUFWriter(arguments.out, "llama")
random = numpy.random.default_rng(arguments.seed)


def matrix(name, rows, columns):
    values = random.standard_normal((rows, columns), dtype=numpy.float32) * 0.02
    if half:
        packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.BF16)
        writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.BF16)
    else:
        writer.add_tensor(name, values)


def norm(name):
    writer.add_tensor(name, numpy.ones(hidden, dtype=numpy.float32))


def vocabulary():
    """Tokens as SentencePiece has them: three special ones, the bytes, and a word for each other number."""
    words = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % byte for byte in range(256)]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.BYTE] * 256
    rest = shape["vocab_size"] - len(words)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(words + ["\u2581w%d" % place for place in range(rest)])
    writer.add_token_scores([0.0] * len(words) + [-1.0 - place for place in range(rest)])
    writer.add_token_types(kinds + [gguf.TokenType.NORMAL] * rest)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)


def model():
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16 if half else gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(shape["vocab_size"])
    writer.add_context_length(2048)
    writer.add_embedding_length(hidden)
    writer.add_block_count(shape["num_hidden_layers"])
    writer.add_feed_forward_length(wide)
    writer.add_head_count(shape["num_attention_heads"])
    writer.add_head_count_kv(shape["num_key_value_heads"])
    writer.add_rope_dimension_count(shape["head_dim"])
    writer.add_rope_freq_base(shape["rope_theta"])
    writer.add_layer_norm_rms_eps(1e-5)
    if arguments.vocabulary:
        vocabulary()
    else:
        writer.add_tokenizer_model("none")
    matrix("token_embd.weight", shape["vocab_size"], hidden)
    norm("output_norm.weight")
    for layer in range(shape["num_hidden_layers"]):
        block = "blk.%d." % layer
        norm(block + "attn_norm.weight")
        norm(block + "ffn_norm.weight")
        for name, rows, columns in LINEARS.values():
            matrix(block + name + ".weight", rows, columns)


def adapter():
    """As llama.cpp's convert_lora_to_gguf.py makes one of a PEFT folder; alpha is the rank."""
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(arguments.rank))
    for layer in range(shape["num_hidden_layers"]):
        for group in arguments.adapter.split(","):
            for linear in GROUPS[group]:
                name, rows, columns = LINEARS[linear]
                matrix("blk.%d.%s.weight.lora_a" % (layer, name), arguments.rank, columns)
                matrix("blk.%d.%s.weight.lora_b" % (layer, name), rows, arguments.rank)


if arguments.adapter:
    adapter()
else:
    model()
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
