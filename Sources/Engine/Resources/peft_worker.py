"""The worker of lorascope's PEFT engine: trains, answers and is timed as it is told, one JSON object a line.

Requests come on standard input, and each gets one line back on standard output. Nothing else is written there: what libraries print goes to standard error.
docs/gpu.md describes the protocol.
"""

import sys

# `python -c` puts the present folder first, where a file of the user's could stand for a library.
sys.path = [place for place in sys.path if place]

import importlib.metadata
import json
import math
import os
import resource
import signal
import time

PROTOCOL = 1
PACKAGES = ["torch", "transformers", "peft", "safetensors", "bitsandbytes"]

# Ctrl-C is the parent's to hear: it asks for a checkpoint first.
signal.signal(signal.SIGINT, signal.SIG_IGN)
out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


class Refusal(Exception):
    """What is told in one line, without the place in this file."""

    def __init__(self, text, cause="environment"):
        super().__init__(text)
        self.cause = cause


def say(what, **fields):
    out.write(json.dumps({"type": what, **fields}, allow_nan=False, separators=(",", ":")) + "\n")
    out.flush()


def number(value):
    """JSON has no word for what is not finite."""
    value = float(value)
    if math.isnan(value):
        return "nan"
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def hello():
    fields = {
        "protocol": PROTOCOL, "python": sys.version.split()[0], "executable": sys.executable,
        "packages": {name: version(name) for name in PACKAGES}, "cuda": [], "problems": [],
    }
    for name in ["torch", "transformers", "peft", "safetensors"]:
        if fields["packages"][name] is None:
            continue
        try:
            __import__(name)
        except Exception as error:
            fields["problems"].append(f"{name}: {type(error).__name__}: {error}".replace("\n", " ")[:300])
    if "torch" in sys.modules:
        import torch

        for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
            facts = torch.cuda.get_device_properties(index)
            fields["cuda"].append({"name": facts.name, "bytes": facts.total_memory})
    say("hello", **fields)


class Worker:
    """A base with an adapter or without one."""

    def __init__(self, plan):
        import torch
        import transformers

        self.torch = torch
        self.plan = plan
        self.device = torch.device(plan["device"])
        self.release = tuple(int(part) for part in version("transformers").split(".")[:2])
        # What transformers call the cache that goes from one token to the next.
        self.cache_name = "cache" if self.release >= (5, 24) else "past_key_values"
        torch.set_num_threads(max(1, plan["threads"]))
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self.base = self.load_base()
        self.base.requires_grad_(False)
        self.layers = []
        self.parameters = {}
        self.optimizer = None
        self.model = self.base
        if plan.get("adapter"):
            self.attach()
        self.model.eval()

    # The model.

    def load_base(self):
        torch, plan = self.torch, self.plan
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(plan["model"], local_files_only=True, trust_remote_code=False)
        dtype = torch.bfloat16 if plan["bf16"] else torch.float32
        options = {"dtype" if self.release >= (4, 56) else "torch_dtype": dtype}
        # The fused kernels leave out the soft cap of attention.
        if getattr(config, "attn_logit_softcapping", None):
            options["attn_implementation"] = "eager"
        if plan.get("load_in") == "4bit":
            if version("bitsandbytes") is None:
                raise Refusal("load-in 4bit needs the package bitsandbytes: pip install bitsandbytes, or leave it out")
            from transformers import BitsAndBytesConfig

            options["quantization_config"] = BitsAndBytesConfig(
                load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
            )
            options["device_map"] = {"": str(self.device)}
        if plan["sees"]:
            from transformers import AutoModelForImageTextToText as Auto
        else:
            from transformers import AutoModelForCausalLM as Auto
        model = Auto.from_pretrained(plan["model"], config=config, local_files_only=True, trust_remote_code=False, **options)
        if plan.get("load_in") == "4bit":
            from peft import prepare_model_for_kbit_training

            return prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
        return model.to(self.device)

    def attach(self):
        from peft import PeftModel
        from peft.tuners.lora import LoraLayer

        torch, plan = self.torch, self.plan
        self.model = PeftModel.from_pretrained(self.base, plan["adapter"], is_trainable=True)
        modules = dict(self.base.named_modules())
        slots = {entry["module"]: entry for entry in plan["modules"]}
        found = {name for name, module in modules.items() if isinstance(module, LoraLayer)}
        if found != set(slots):
            odd = sorted(found.symmetric_difference(slots))
            raise Refusal(f"PEFT adapts other modules than were asked for: {', '.join(odd[:4])}", "data")
        rates = {}
        for name in sorted(found):
            layer, entry = modules[name], slots[name]
            parent, _, own = name.rpartition(".")
            self.layers.append((modules[parent], own, layer))
            tensors = {"lora_A": layer.lora_A["default"].weight, "lora_B": layer.lora_B["default"].weight}
            if "default" in getattr(layer, "lora_magnitude_vector", {}):
                tensors["lora_magnitude_vector"] = layer.lora_magnitude_vector["default"].weight
            for kind, tensor in tensors.items():
                tensor.requires_grad_(True)
                self.parameters[f"{entry['slot']}.{kind}"] = tensor
                rates.setdefault(entry["rate_b"] if kind == "lora_B" else entry["rate_a"], []).append(tensor)
        others = [name for name, tensor in self.model.named_parameters() if tensor.requires_grad]
        if len(others) != len(self.parameters):
            raise Refusal("PEFT trains other tensors than the adapter's own", "data")
        self.optimizer = torch.optim.AdamW(
            [{"params": tensors, "lr": rate, "peak": rate} for rate, tensors in rates.items()],
            betas=tuple(plan["betas"]), eps=plan["epsilon"], weight_decay=plan["weight_decay"],
        )

    def wear(self, adapted):
        """Puts the base's own layers in the adapted ones' places, or these back: without an adapter is without its wrappers."""
        for parent, name, layer in self.layers:
            setattr(parent, name, layer if adapted else layer.base_layer)

    # Training. The base's own dropout stays off, as in lorascope's own engine; the adapter's is on in steps.

    def dropout(self, on):
        for _, _, layer in self.layers:
            layer.lora_dropout.train(on)

    def loss_sum(self, batch):
        """The sum of the cross-entropies of a packed batch, each sequence in a row of its own, padded at its end."""
        torch = self.torch
        starts = batch["starts"]
        spans = list(zip(starts, starts[1:]))
        longest = max(end - start for start, end in spans)
        ids = torch.zeros((len(spans), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        targets = torch.full_like(ids, -1)
        for row, (start, end) in enumerate(spans):
            ids[row, : end - start] = torch.tensor(batch["tokens"][start:end])
            targets[row, : end - start] = torch.tensor(batch["targets"][start:end])
            mask[row, : end - start] = 1
        ids, mask, targets = ids.to(self.device), mask.to(self.device), targets.to(self.device)
        logits = self.base(input_ids=ids, attention_mask=mask, use_cache=False).logits
        return torch.nn.functional.cross_entropy(
            logits.flatten(0, 1)[targets.flatten() >= 0].float(), targets[targets >= 0], reduction="sum"
        )

    def step(self, request):
        torch, plan = self.torch, self.plan
        self.wear(True)
        self.dropout(True)
        self.optimizer.zero_grad(set_to_none=True)
        total = 0.0
        for index, batch in enumerate(request["batches"]):
            # By the batch's number, so that a run that goes on has the masks that it would have had.
            torch.manual_seed((plan["seed"] * 1_000_003 + request["step"] * len(request["batches"]) + index) % (1 << 63))
            loss = self.loss_sum(batch)
            total += float(loss.detach())
            (loss / request["loss_tokens"]).backward()
        self.dropout(False)
        squares = sum(float(t.grad.double().square().sum()) for t in self.parameters.values() if t.grad is not None)
        norm = math.sqrt(squares) if squares >= 0 else math.nan
        sound = math.isfinite(total) and math.isfinite(norm)
        if sound:
            if plan["clip"] > 0:
                scale = min(1.0, plan["clip"] / (norm + 1e-6))
                for tensor in self.parameters.values():
                    if tensor.grad is not None:
                        tensor.grad.mul_(scale)
            for group in self.optimizer.param_groups:
                group["lr"] = group["peak"] * request["rate_factor"]
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        say("step", step=request["step"] + 1, loss_sum=number(total), gradient_norm=number(norm), updated=sound, **self.memory())

    def loss(self, request):
        with self.torch.no_grad():
            self.wear(True)
            say("loss", loss_sum=number(self.loss_sum(request["batch"])), **self.memory())

    def moments(self, tensor):
        state = self.optimizer.state.get(tensor) or {}
        zero = self.torch.zeros_like(tensor)
        return state.get("exp_avg", zero), state.get("exp_avg_sq", zero)

    def save(self, request):
        from safetensors.torch import save_file

        tensors = {}
        for name, tensor in self.parameters.items():
            first, second = self.moments(tensor)
            shape = (tensor.numel(), 1) if name.endswith("lora_magnitude_vector") else tensor.shape
            for part, value in [("weight", tensor), ("first_moment", first), ("second_moment", second)]:
                tensors[f"{name}.{part}"] = value.detach().to("cpu", self.torch.float32).reshape(shape).contiguous().clone()
        save_file(tensors, request["path"])
        say("saved", path=request["path"])

    def restore(self, request):
        from safetensors.torch import load_file

        torch, tensors = self.torch, load_file(request["path"])
        with torch.no_grad():
            for name, tensor in self.parameters.items():
                parts = [tensors[f"{name}.{part}"] for part in ("weight", "first_moment", "second_moment")]
                weight, first, second = (part.reshape(tensor.shape).to(tensor.device, tensor.dtype) for part in parts)
                tensor.copy_(weight)
                self.optimizer.state[tensor] = {
                    "step": torch.tensor(float(request["step"])), "exp_avg": first, "exp_avg_sq": second,
                }
        say("restored", step=request["step"])

    # Answers.

    def forward(self, ids, cache, **more):
        if cache is not None:
            more[self.cache_name] = cache
        result = self.base(input_ids=ids, use_cache=True, **more)
        own = self.cache_name if hasattr(result, self.cache_name) else "past_key_values"
        return result.logits, getattr(result, own)

    def generate(self, request):
        torch = self.torch
        self.wear(request["adapted"])
        prompts = request["prompts"]
        with torch.inference_mode():
            answers = self.greedy(prompts, request["max_new_tokens"], set(request["stop"]))
        say("answers", tokens=[tokens for tokens, _ in answers], finite=[finite for _, finite in answers], **self.memory())

    def greedy(self, prompts, most, stop):
        """Greedy decoding of prompts together, padded at their front; half of them at a time where a GPU's memory is short."""
        try:
            return self.greedy_together(prompts, most, stop)
        except self.torch.cuda.OutOfMemoryError:
            if len(prompts) == 1:
                raise
        self.torch.cuda.empty_cache()
        half = len(prompts) // 2
        return self.greedy(prompts[:half], most, stop) + self.greedy(prompts[half:], most, stop)

    def greedy_together(self, prompts, most, stop):
        torch = self.torch
        longest = max(len(prompt) for prompt in prompts)
        ids = torch.zeros((len(prompts), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt) :] = torch.tensor(prompt)
            mask[row, longest - len(prompt) :] = 1
        ids, mask = ids.to(self.device), mask.to(self.device)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        answers, finite = [[] for _ in prompts], [True] * len(prompts)
        live, cache = [True] * len(prompts), None
        for _ in range(most):
            logits, cache = self.forward(ids, cache, attention_mask=mask, position_ids=positions)
            logits = logits[:, -1].float()
            sound, best = torch.isfinite(logits).all(1).tolist(), logits.argmax(1)
            for row, token in enumerate(best.tolist()):
                if not live[row]:
                    continue
                if not sound[row]:
                    live[row] = finite[row] = False
                elif token in stop:
                    live[row] = False
                else:
                    answers[row].append(token)
            if not any(live):
                break
            ids, positions = best[:, None], positions[:, -1:] + 1
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
        return list(zip(answers, finite))

    # Latency: milliseconds of each token, at batch 1 with a cache, after the prompt and some tokens that are not counted.

    def block(self, request):
        torch = self.torch
        self.wear(request["adapted"])

        def now():
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)
            return time.perf_counter()

        times = []
        with torch.inference_mode():
            ids = torch.tensor([request["prompt"]], device=self.device)
            logits, cache = self.forward(ids, None)
            for _ in range(request["warmup"] + request["tokens"]):
                start = now()
                ids = logits[:, -1].argmax(1, keepdim=True)
                logits, cache = self.forward(ids, cache)
                times.append(1000 * (now() - start))
        say("block", milliseconds=times[request["warmup"] :])

    def memory(self):
        """Bytes that this process holds now and held at most; of a GPU those of the GPU."""
        if self.device.type == "cuda":
            cuda = self.torch.cuda
            return {"memory": cuda.memory_allocated(self.device), "peak_memory": cuda.max_memory_allocated(self.device)}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        try:
            with open("/proc/self/statm") as file:
                return {"memory": int(file.read().split()[1]) * resource.getpagesize(), "peak_memory": peak}
        except OSError:
            return {"memory": peak, "peak_memory": peak}


def answer(worker, request):
    kind = request.get("type")
    if kind == "plan":
        worker = Worker(request)
        say(
            "prepared", device=str(worker.device), parameters=sum(t.numel() for t in worker.parameters.values()),
            base_parameters=sum(t.numel() for t in worker.base.parameters() if not t.requires_grad), **worker.memory(),
        )
        return worker
    handlers = ["step", "loss", "save", "restore", "generate", "block"]
    if kind not in handlers:
        raise Refusal(f"unknown request {kind!r}", "protocol")
    if worker is None:
        raise Refusal(f"the request {kind!r} came before a plan", "protocol")
    getattr(worker, kind)(request)
    return worker


def main():
    hello()
    worker = None
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("type") == "quit":
            break
        try:
            worker = answer(worker, request)
        except Refusal as error:
            say("error", cause=error.cause, text=str(error))
        except Exception as error:
            import traceback

            traceback.print_exc()
            # By name: torch's own error only exists where torch does.
            cause = "memory" if type(error).__name__ == "OutOfMemoryError" or isinstance(error, MemoryError) else "internal"
            text = str(error).split("\n")[0][:300]
            say("error", cause=cause, text=f"{type(error).__name__}: {text}" if text else type(error).__name__)


main()
