"""What scripts/test-peft runs: both engines on tiny models of several families, adapters of each read by the other, and the PEFT engine
interrupted in every way."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

PROGRAM = sys.argv[1]
FAMILIES = Path(__file__).resolve().parent.parent / "Fixtures" / "families"
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789 +-=.,?!:;()/*"


class Place:
    """A folder with the families' models, each with a tokenizer of single characters, and sums to learn."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.data = self.folder / "sums.jsonl"
        sums = [(a, b) for a in range(12) for b in range(6)]
        self.data.write_text("".join(json.dumps({"prompt": f"{a} + {b} = ", "completion": str(a + b)}) + "\n" for a, b in sums))
        self.stores = 0

    def model(self, family):
        place = self.folder / family
        if place.exists():
            return place
        place.mkdir()
        for name in ["config.json", "model.safetensors"]:
            shutil.copy(FAMILIES / family / name, place / name)
        letters = ["Ġ" if letter == " " else letter for letter in CHARACTERS]
        vocabulary = {token: index for index, token in enumerate(["<pad>", "<s>", "</s>"] + letters)}
        tokenizer = Tokenizer(models.BPE(vocabulary, []))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens(["<pad>", "<s>", "</s>"])
        tokenizer.save(str(place / "tokenizer.json"))
        (place / "tokenizer_config.json").write_text(
            json.dumps({"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "tokenizer_class": "PreTrainedTokenizerFast"})
        )
        return place

    def store(self):
        self.stores += 1
        return self.folder / f"store-{self.stores}.sqlite"


def arguments(place, family, store, *more):
    return [
        PROGRAM, "train", "--model", str(place.model(family)), "--data", str(place.data), "--eval-share", "0.25", "--rank", "4",
        "--batch-size", "4", "--sequence-length", "32", "--max-new-tokens", "12", "--lr", "1e-2", "--threads", "1",
        "--store", str(store), "--json", *more,
    ]


PEFT = ["--engine", "peft", "--device", "cpu", "--python", sys.executable]


def run(command, status=0):
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == status, f"{' '.join(command)}\nended with {result.returncode}:\n{result.stderr[-3000:]}"
    return result


def rows(store, query, *values):
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        return connection.execute(query, values).fetchall()


def outputs(store, run):
    return [row[0] for row in rows(store, 'SELECT output FROM examples WHERE run = ? ORDER BY "index"', run)]


def same(name, own, other, texts, tolerance=1e-4):
    """Of two runs losses, texts and scores."""
    losses = [report["losses"] for report in (own, other)]
    assert len(losses[0]) == len(losses[1]), name
    apart = max(abs(a - b) for a, b in zip(*losses))
    assert apart <= tolerance, f"{name}: losses are {apart} apart"
    assert texts[0] == texts[1] and texts[0], f"{name}: {[pair for pair in zip(*texts) if pair[0] != pair[1]][:3]}"
    assert own["score"] == other["score"], f"{name}: {own['score']} against {other['score']}"
    print(
        f"{name}: {len(losses[0])} losses within {apart:.1e} (from {losses[0][0]:.3f} to {losses[0][-1]:.3f}), "
        f"{len(texts[0])} texts and the score {own['score']:.3f} the same"
    )


def parity(place):
    cases = [
        ("llama3", "all", ["--steps", "40", "--schedule", "cosine", "--warmup", "4", "--weight-decay", "0.01"]),
        ("llama3", "qkv,fc2", ["--steps", "20", "--dora", "--lr-ratio", "4", "--gradient-accumulation", "2"]),
        ("llama3", "o_proj@1,fc1", ["--epochs", "1.5", "--rslora", "--no-packing", "--clip", "0.1"]),
        ("gemma2", "all", ["--steps", "40", "--schedule", "linear", "--lr", "5e-3,o_proj=1e-2", "--rank", "4,fc2=2"]),
        ("gemma2", "o_proj", ["--steps", "20", "--clip", "0", "--seed", "3", "--eval-every", "10", "--tuning-share", "0.2"]),
        ("lfm2", "all,conv", ["--steps", "30", "--schedule", "cosine", "--weight-decay", "0.01"]),
        ("lfm2", "o_proj,conv@2-", ["--steps", "15", "--rslora", "--lr-ratio", "4"]),
        # At higher rates the tiny recurrence doubles what rounding makes with every step.
        ("qwen3_5", "all,linear", ["--steps", "20", "--lr", "1e-3", "--schedule", "cosine", "--weight-decay", "0.01"]),
        ("qwen3_5", "o_proj,linear", ["--steps", "12", "--lr", "1e-3", "--dora", "--gradient-accumulation", "2"]),
    ]
    for family, targets, more in cases:
        store = place.store()
        reports = []
        for engine in [[], PEFT]:
            command = arguments(place, family, store, "--targets", targets, "--no-latency", "--no-early-stop", *more, *engine)
            # Of an option that is there twice the last counts in no tool of ours: the case's own takes the common one's place.
            for option in more:
                if option.startswith("--") and command.count(option) > 1:
                    del command[command.index(option) : command.index(option) + 2]
            reports.append(json.loads(run(command).stdout))
        own, other = reports
        assert (own["instruction_set"] != "peft-cpu", other["instruction_set"]) == (True, "peft-cpu")
        same(f"{family} {targets}", own, other, [outputs(store, report["run"]) for report in reports])
        for name in ["base_score", "trainable_parameters", "modules"]:
            assert own[name] == other[name], f"{name}: {own[name]} against {other[name]}"
        if "held_out" in own:
            held = [[point["loss"] for point in report["held_out"]["losses"]] for report in reports]
            assert len(held[0]) == 2 and max(abs(a - b) for a, b in zip(*held)) < 1e-4, held
        tokens = [rows(store, "SELECT tokens FROM steps WHERE run = ? ORDER BY step", report["run"]) for report in reports]
        assert tokens[0] == tokens[1], "the batches differ"


def latency(place):
    store = place.store()
    report = json.loads(run(arguments(place, "llama3", store, "--targets", "all", "--steps", "3", *PEFT)).stdout)
    assert report["tpot_ms"]["p50"] > 0 and report["latency_machine"].startswith("PEFT "), report["latency_machine"]
    print(f"latency: {report['base_tpot_ms']['p50']:.2f} ms a token, {report['overhead_percent']['estimate']:+.0f} %: {report['latency_machine']}")


# Of each family targets that we train and PEFT then opens, and target_modules of an adapter of PEFT's that we open. What is fused or split in one
# family only, or ends alike in two kinds of layers, is where names go wrong.
ADAPTERS = [
    ("lfm2", ["conv", "o_proj", "qkv,conv@2-", "all,conv"], ["in_proj", "out_proj"]),
    ("lfm2", ["fc1,conv"], ["conv.out_proj", "w2"]),
    ("qwen3_5", ["linear", "o_proj", "qkv,fc2,linear@0", "all,linear"], ["in_proj_qkv", "in_proj_z", "in_proj_b", "in_proj_a", "out_proj"]),
    ("qwen3_5", ["fc2,linear_attn.out_proj"], ["q_proj", "linear_attn.in_proj_a", "o_proj"]),
    ("phi3", ["qkv,fc1", "all"], ["qkv_proj", "gate_up_proj"]),
    ("granite-hybrid", ["fc1,fc2"], ["input_linear", "q_proj"]),
    ("qwen3", ["qkv,fc1"], ["k_proj", "up_proj"]),
]


def adapters(place):
    """What one writes is the same adapter to the other: log-probabilities of random tokens within 1e-4, every layer found."""
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM

    generator = random.Random(5)
    rows = [[generator.randrange(3, 50) for _ in range(length)] for length in (19, 7)]

    def base(family):
        return AutoModelForCausalLM.from_pretrained(place.model(family), dtype=torch.float32, attn_implementation="eager").eval()

    def theirs(model):
        with torch.no_grad():
            found = [torch.log_softmax(model(torch.tensor([row])).logits[0], -1) for row in rows]
        return [[float(logs[i, row[i + 1]]) for i in range(len(row) - 1)] for logs, row in zip(found, rows)]

    def ours(family, adapter):
        found = []
        for row in rows:
            tokens = place.folder / "tokens.json"
            tokens.write_text(json.dumps(row))
            command = [PROGRAM, "score", "--model", str(place.model(family)), "--tokens", str(tokens), "--threads", "1", "--json"]
            found.append(json.loads(run(command + (["--adapter", str(adapter)] if adapter else [])).stdout)["logprobs"])
        return found

    def apart(left, right):
        return max(abs(a - b) for x, y in zip(left, right, strict=True) for a, b in zip(x, y, strict=True))

    for number, (family, targets, modules) in enumerate(ADAPTERS):
        plain = ours(family, None)
        assert apart(plain, theirs(base(family))) <= 1e-4, family
        for target in targets:
            store, folder = place.store(), place.folder / f"ours-{number}-{target.replace(',', '-')}"
            command = arguments(place, family, store, "--targets", target, "--steps", "10", "--no-latency", "--no-baseline")
            # High, so that a few steps move the model.
            command[command.index("--lr") + 1] = "5e-2"
            count = json.loads(run(command).stdout)["trainable_parameters"]
            run([PROGRAM, "runs", "export", "1", "--peft", str(folder), "--store", str(store)])
            model = PeftModel.from_pretrained(base(family), folder).eval()
            there = sum(parameter.numel() for name, parameter in model.named_parameters() if "lora_" in name)
            assert there == count, f"{family} {target}: PEFT makes {there} parameters of our {count}"
            found, moved = apart(ours(family, folder), theirs(model)), apart(ours(family, folder), plain)
            assert found <= 1e-4 and moved > 1e-2, f"{family} {target}: {found} apart, {moved} from the base"
            print(f"{family} {target}: ours in PEFT within {found:.1e}, {moved:.2f} from the base")
        folder = place.folder / f"theirs-{number}"
        torch.manual_seed(number)
        model = get_peft_model(base(family), LoraConfig(task_type="CAUSAL_LM", r=3, lora_alpha=5, target_modules=modules))
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name:
                    parameter.copy_(0.2 * torch.randn_like(parameter))
        model.eval().save_pretrained(folder)
        found, moved = apart(ours(family, folder), theirs(model)), apart(ours(family, folder), plain)
        assert found <= 1e-4 and moved > 1e-2, f"{family} {modules}: {found} apart, {moved} from the base"
        print(f"{family} {'+'.join(modules)}: PEFT's here within {found:.1e}, {moved:.2f} from the base")


def wait(condition, process, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, f"it ended with {process.returncode} too early:\n{process.stderr.read()[-2000:]}"
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.01)


def steps(store):
    try:
        return rows(store, "SELECT count(*) FROM steps WHERE run = 1")[0][0]
    except sqlite3.OperationalError:
        return 0


def worker_of(process):
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for path in children for child in path.read_text().split()]


def interrupted(place):
    """A run that is saved, killed, loses its worker and goes on each time comes to the losses that it has undisturbed."""
    options = ["--targets", "all", "--steps", "600", "--no-latency", "--no-baseline", "--dropout", "0.1", *PEFT]
    store = place.store()
    whole = json.loads(run(arguments(place, "llama3", store, *options)).stdout)
    texts = outputs(store, 1)
    store = place.store()
    resume = [PROGRAM, "resume", "--threads", "1", "--store", str(store), "--json"]
    command = arguments(place, "llama3", store, *options)
    for name, ending in [("SIGTERM", 143), ("SIGKILL", -9), ("SIGINT", 130), ("worker", 1)]:
        before = steps(store)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait(lambda: steps(store) != before and steps(store) > (before if name != "SIGINT" else 0) + 20, process)
        workers = worker_of(process)
        if name == "worker":
            assert len(workers) == 1, workers
            os.kill(workers[0], signal.SIGKILL)
        else:
            process.send_signal(getattr(signal, name))
        process.wait(120)
        errors = process.stderr.read()
        assert process.returncode in (ending, 69), f"{name}: {process.returncode}: {errors[-2000:]}"
        state, reason = rows(store, "SELECT state, reason FROM runs WHERE id = 1")[0]
        if name == "worker":
            assert state == "failed" and "by signal 9" in reason, (state, reason)
        elif name != "SIGKILL":
            assert state == "paused", (state, reason)
        end = time.monotonic() + 10
        while any(Path(f"/proc/{worker}/exe").exists() for worker in workers):
            assert time.monotonic() < end, f"{name}: the worker is still there"
            time.sleep(0.05)
        print(f"{name}: after {steps(store)} steps {state}")
        command = resume
    run(command)
    report = json.loads(run([PROGRAM, "runs", "show", "1", "--store", str(store), "--json"]).stdout)
    same("interrupted four times", whole, report, [texts, outputs(store, 1)], 1e-6)


def refused(place):
    store = place.store()
    command = arguments(place, "llama3", store, "--targets", "all", "--steps", "3", *PEFT)
    command[command.index("--python") + 1] = "/nowhere/python"
    result = run(command, 69)
    assert "no Python interpreter '/nowhere/python'" in result.stderr, result.stderr
    command[command.index("--python") + 1] = sys.executable
    command[command.index("--device") + 1] = "cuda"
    import torch

    if not torch.cuda.is_available():
        assert "sees no GPU" in run(command, 69).stderr
    print(run([PROGRAM, "doctor", "--python", sys.executable]).stdout.strip())


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        refused(place)
        adapters(place)
        parity(place)
        latency(place)
        interrupted(place)
    print("test-peft: all of it holds")


main()
