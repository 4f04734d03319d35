"""PyTorch + PEFT: tokens per second of one LoRA training step, eager and torch.compile.

The peer's side of `Benchmarks/compare`. Random weights; AdamW; loss on every token (or on the last share of each
sequence); median of the steps after the warm-up. Prints one JSON object.

    pip install torch transformers peft
    python lora_step.py --shape 5M --targets all --batch 8 --length 128 --threads 2
"""

import argparse
import json
import os
import statistics
import time

parser = argparse.ArgumentParser()
parser.add_argument("--shape", choices=["5M", "135M", "builtin"], default="5M")
parser.add_argument("--targets", default="all")
parser.add_argument("--rank", type=int, default=16)
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--length", type=int, default=128)
parser.add_argument("--loss-share", type=float, default=1.0)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=12)
parser.add_argument("--warmup", type=int, default=4)
parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
parser.add_argument("--compile", action="store_true")
arguments = parser.parse_args()

os.environ["OMP_NUM_THREADS"] = str(arguments.threads)

import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

torch.set_num_threads(arguments.threads)
torch.manual_seed(0)

SHAPES = {
    "5M": dict(hidden_size=256, num_hidden_layers=6, num_attention_heads=8, num_key_value_heads=4, head_dim=32,
               intermediate_size=704, vocab_size=2048),
    "135M": dict(hidden_size=576, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3, head_dim=64,
                 intermediate_size=1536, vocab_size=49152),
    "builtin": dict(hidden_size=192, num_hidden_layers=6, num_attention_heads=6, num_key_value_heads=3, head_dim=32,
                    intermediate_size=512, vocab_size=1536),
}
GROUPS = {
    "qkv": ["q_proj", "k_proj", "v_proj"], "o_proj": ["o_proj"], "fc1": ["gate_proj", "up_proj"],
    "fc2": ["down_proj"],
}
names = GROUPS if arguments.targets == "all" else arguments.targets.split(",")
modules = [module for name in names for module in GROUPS[name]]

configuration = transformers.LlamaConfig(**SHAPES[arguments.shape], tie_word_embeddings=True, attention_bias=False,
                                         max_position_embeddings=2048)
model = transformers.LlamaForCausalLM(configuration).to(getattr(torch, arguments.dtype))
model = peft.get_peft_model(model, peft.LoraConfig(r=arguments.rank, lora_alpha=2 * arguments.rank,
                                                   target_modules=modules))
model.train()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
tokens = torch.randint(0, configuration.vocab_size, (arguments.batch, arguments.length))
labels = tokens.clone()
labels[:, : int(round(arguments.length * (1 - arguments.loss_share)))] = -100


def loss_of(batch, targets):
    return model(input_ids=batch, labels=targets, use_cache=False).loss


forward = torch.compile(loss_of) if arguments.compile else loss_of
times = []
for step in range(arguments.warmup + arguments.steps):
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    forward(tokens, labels).backward()
    optimizer.step()
    if step >= arguments.warmup:
        times.append(time.perf_counter() - start)

with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
median = statistics.median(times)
print(json.dumps({
    "peer": "PyTorch %s, transformers %s, PEFT %s" % (torch.__version__, transformers.__version__, peft.__version__),
    "mode": "torch.compile" if arguments.compile else "eager", "dtype": arguments.dtype, "shape": arguments.shape,
    "targets": arguments.targets, "rank": arguments.rank, "threads": arguments.threads,
    "tokens_per_second": arguments.batch * arguments.length / median, "median_step_seconds": median,
    "peak_memory_bytes": peak,
}))
