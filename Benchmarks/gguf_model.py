"""Writes a random Llama of one of the benchmark's shapes as GGUF, for llama-bench. It has no vocabulary: only speed is asked.

    pip install gguf
    python gguf_model.py --shape 135M --type BF16 --out model.gguf
"""

import argparse

import gguf
import numpy

from shapes import SHAPES

parser = argparse.ArgumentParser()
parser.add_argument("--shape", choices=SHAPES, required=True)
parser.add_argument("--type", choices=["BF16", "F32"], required=True)
parser.add_argument("--out", required=True)
arguments = parser.parse_args()

shape = SHAPES[arguments.shape]
hidden, wide = shape["hidden_size"], shape["intermediate_size"]
queries = shape["num_attention_heads"] * shape["head_dim"]
keys = shape["num_key_value_heads"] * shape["head_dim"]
half = arguments.type == "BF16"

writer = gguf.GGUFWriter(arguments.out, "llama")
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
writer.add_tokenizer_model("none")

random = numpy.random.default_rng(0)


def matrix(name, rows, columns):
    values = random.standard_normal((rows, columns), dtype=numpy.float32) * 0.02
    if half:
        packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.BF16)
        writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.BF16)
    else:
        writer.add_tensor(name, values)


def norm(name):
    writer.add_tensor(name, numpy.ones(hidden, dtype=numpy.float32))


matrix("token_embd.weight", shape["vocab_size"], hidden)
norm("output_norm.weight")
for layer in range(shape["num_hidden_layers"]):
    block = "blk.%d." % layer
    norm(block + "attn_norm.weight")
    norm(block + "ffn_norm.weight")
    for name, rows, columns in [
        ("attn_q", queries, hidden), ("attn_k", keys, hidden), ("attn_v", keys, hidden),
        ("attn_output", hidden, queries), ("ffn_gate", wide, hidden), ("ffn_up", wide, hidden),
        ("ffn_down", hidden, wide),
    ]:
        matrix(block + name + ".weight", rows, columns)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
