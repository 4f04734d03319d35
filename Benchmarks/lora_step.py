"""PyTorch + PEFT: one LoRA training step, eager or with torch.compile, FP32 or bf16.

The peer's side of `Benchmarks/compare`, which keeps it running and asks for steps in turn with the other side's. AdamW,
random weights, fixed batch. It writes one JSON line when it is ready; then reads lines such as

    {"steps": 2, "loss_share": 1.0}

and answers each with the seconds of its steps and the process's peak memory.

    pip install torch transformers peft
    echo '{"steps": 2, "loss_share": 1.0}' | python lora_step.py --shape 5M --batch 8 --length 128 --threads 2
"""

import argparse
import json
import os
import sys
import time

from shapes import GROUPS, SHAPES

parser = argparse.ArgumentParser()
parser.add_argument("--shape", choices=SHAPES, default="5M")
parser.add_argument("--targets", default="all")
parser.add_argument("--rank", type=int, default=16)
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--length", type=int, default=128)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--warmup", type=int, default=1)
parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
parser.add_argument("--compile", action="store_true")
arguments = parser.parse_args()

os.environ["OMP_NUM_THREADS"] = str(arguments.threads)

import peft  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402

torch.set_num_threads(arguments.threads)
torch.manual_seed(0)
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


def loss_of(batch, targets):
    return model(input_ids=batch, labels=targets, use_cache=False).loss


forward = torch.compile(loss_of) if arguments.compile else loss_of


def steps(count, loss_share):
    labels = tokens.clone()
    labels[:, : int(round(arguments.length * (1 - loss_share)))] = -100
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        forward(tokens, labels).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return seconds


def peak_memory():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


steps(arguments.warmup, 1.0)
print(json.dumps({"versions": "PyTorch %s, transformers %s, PEFT %s" % (
    torch.__version__, transformers.__version__, peft.__version__)}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"seconds": steps(request["steps"], request["loss_share"]),
                      "tokens": arguments.batch * arguments.length, "peak_memory_bytes": peak_memory()}), flush=True)
