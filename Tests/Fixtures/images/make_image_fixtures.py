#!/usr/bin/env python3
"""Writes pictures in every form that is read, and what Pillow and transformers make of them.

    pip install transformers pillow numpy tokenizers jinja2 num2words
    python Tests/Fixtures/images/make_image_fixtures.py

`pictures/` holds PNG and JPEG files, `goldens.json` by name what `transformers.image_utils.load_image` decodes (`pixels`, hexadecimal),
resized pictures and processed ones as SHA-256 of their bytes (uint8 and little-endian float32), and token ids of prompts with
pictures from `Idefics3Processor`. `processor/` is a model's folder without the model: a small tokenizer with the tokens for
pictures, and the processor's files as transformers writes them.
"""

import hashlib
import json
import pathlib
import shutil
import struct
import zlib

import numpy as np
import PIL
import transformers
from PIL import Image
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Idefics3Processor, PreTrainedTokenizerFast
from transformers.image_utils import load_image
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil
from transformers.models.smolvlm.processing_smolvlm import get_image_prompt_string

HERE = pathlib.Path(__file__).parent
PICTURES = HERE / "pictures"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(height, width, seed):
    """Edges, slopes and noise: everything that a filter may get wrong."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    slopes = np.stack([255 * x / max(1, width - 1), 255 * y / max(1, height - 1), 8 * (x + y) % 256], -1)
    blocks = np.where(((x // 5 + y // 4) % 2 == 0)[..., None], slopes, 255 - slopes)
    noise = rng.integers(-40, 41, (height, width, 3))
    return np.clip(blocks + noise, 0, 255).astype(np.uint8)


def png(samples, depth, kind, extra=b"", interlaced=False):
    """A PNG file of `samples` [height, width, channels], every row unfiltered."""
    height, width, _ = samples.shape

    def rows(part):
        out = b""
        for row in part:
            if depth == 16:
                out += b"\0" + row.astype(">u2").tobytes()
            elif depth == 8:
                out += b"\0" + row.astype(np.uint8).tobytes()
            else:
                bits = ((row.reshape(-1, 1) >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)
                out += b"\0" + np.packbits(bits).tobytes()
        return out

    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        parts = [samples[y::dy, x::dx] for y, x, dy, dx in passes]
        data = b"".join(rows(part) for part in parts if part.shape[0] and part.shape[1])
    else:
        data = rows(samples)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")
    )


def exif(orientation, big=False):
    order = ">" if big else "<"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return (b"MM" if big else b"II") + struct.pack(order + "HIH", 42, 8, 1) + entry + struct.pack(order + "I", 0)


def write_pictures():
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    rng = np.random.default_rng(7)
    wide = rng.integers(0, 65536, (9, 13, 4))
    wide[0, :8, 0] = [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x1FF, 0xFFFF]
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    palette = chunk(b"PLTE", bytes(range(10, 22))) + chunk(b"tRNS", bytes([0, 128]))
    files = {
        "rgb8": png(wide[..., :3] >> 8, 8, 2),
        "rgb8-gamma": png(wide[..., :3] >> 8, 8, 2, gamma),
        "rgb8-key": png(wide[..., :3] >> 8, 8, 2, chunk(b"tRNS", struct.pack(">HHH", *(wide[0, 0, :3] >> 8)))),
        "rgb8-interlaced": png(wide[..., :3] >> 8, 8, 2, interlaced=True),
        "rgba8": png(wide >> 8, 8, 6),
        "rgb16": png(wide[..., :3], 16, 2),
        "rgba16": png(wide, 16, 6),
        "la8": png(wide[..., :2] >> 8, 8, 4),
        "la16": png(wide[..., :2], 16, 4),
        "grey8": png(wide[..., :1] >> 8, 8, 0),
        "grey4": png(wide[..., :1] >> 12, 4, 0),
        "grey2": png(wide[..., :1] >> 14, 2, 0),
        "grey1": png(wide[..., :1] >> 15, 1, 0),
        "palette2": png(wide[..., :1] >> 14, 2, 3, palette),
        "palette2-interlaced": png(wide[..., :1] >> 14, 2, 3, palette, interlaced=True),
        "turned": png(wide[..., :3] >> 8, 8, 2, chunk(b"eXIf", exif(6))),
    }
    for name, data in files.items():
        (PICTURES / f"{name}.png").write_bytes(data)
    photo = Image.fromarray(picture(17, 23, 1))
    photo.save(PICTURES / "444.jpg", quality=85, subsampling=0)
    photo.save(PICTURES / "420.jpg", quality=85, subsampling=2)
    photo.save(PICTURES / "progressive.jpg", quality=60, subsampling=1, progressive=True)
    photo.convert("L").save(PICTURES / "grey.jpg", quality=85)
    photo.convert("CMYK").save(PICTURES / "cmyk.jpg", quality=90)
    small = Image.fromarray(picture(6, 9, 2))
    for orientation in range(1, 9):
        data = b"Exif\0\0" + exif(orientation, big=orientation % 2 == 0)
        small.save(PICTURES / f"turned{orientation}.jpg", quality=90, exif=data)
    for width, height in [(37, 23), (50, 30), (30, 50), (16, 16), (90, 7), (7, 90), (101, 3), (1, 1)]:
        Image.fromarray(picture(height, width, width)).save(PICTURES / f"{width}x{height}.png")


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def decoded():
    result = {}
    for path in sorted(PICTURES.iterdir()):
        if path.stem[0].isdigit() and path.suffix == ".png":
            continue
        pixels = np.array(load_image(str(path)))
        result[path.name] = {"width": pixels.shape[1], "height": pixels.shape[0], "pixels": pixels.tobytes().hex()}
    return result


def resized():
    result = []
    for name, sizes in {
        "37x23.png": [(16, 16), (64, 64), (37, 40), (5, 23), (100, 10), (1, 1), (23, 37), (512, 3)],
        "1x1.png": [(8, 8)],
        "101x3.png": [(64, 64), (2, 2)],
    }.items():
        image = load_image(str(PICTURES / name))
        for width, height in sizes:
            for filter in (1, 2, 3):
                pixels = np.array(image.resize((width, height), resample=filter))
                result.append({"picture": name, "width": width, "height": height, "filter": filter, "sha256": sha(pixels)})
    return result


PROCESSORS = {
    "split": dict(size={"longest_edge": 64}, max_image_size={"longest_edge": 16}),
    "split-alike": dict(size={"longest_edge": 16}, max_image_size={"longest_edge": 16}),
    "whole": dict(size={"longest_edge": 64}, max_image_size={"longest_edge": 16}, do_image_splitting=False),
    "whole-own-size": dict(do_resize=False, max_image_size={"longest_edge": 16}, do_image_splitting=False),
    "split-own-size": dict(do_resize=False, max_image_size={"longest_edge": 16}),
    "exact-bicubic": dict(
        size={"height": 24, "width": 40}, max_image_size={"longest_edge": 16}, resample=3,
        image_mean=[0.48145466, 0.4578275, 0.40821073], image_std=[0.26862954, 0.26130258, 0.27577711],
    ),
    "bilinear-raw": dict(
        size={"longest_edge": 33}, max_image_size={"longest_edge": 16}, resample=2, do_rescale=False, image_mean=127.5,
        image_std=127.5,
    ),
    "rescaled-only": dict(size={"longest_edge": 20}, max_image_size={"longest_edge": 16}, do_normalize=False),
    "long": dict(size={"longest_edge": 5000}, max_image_size={"longest_edge": 2048}, do_image_splitting=False),
}


def processed():
    result = []
    for name, settings in PROCESSORS.items():
        pictures = ["101x3.png"] if name == "long" else [
            "37x23.png", "50x30.png", "30x50.png", "16x16.png", "90x7.png", "7x90.png", "1x1.png", "444.jpg",
        ]
        outcomes = []
        for kind in (Idefics3ImageProcessorPil, SmolVLMImageProcessorPil):
            processor = kind(**settings)
            found = []
            for picture_name in pictures:
                image = load_image(str(PICTURES / picture_name))
                output = processor(image, return_row_col_info=True, return_tensors="np")
                tiles = output["pixel_values"][0].astype("<f4")
                assert output["pixel_attention_mask"].all()
                found.append({
                    "picture": picture_name, "rows": output["rows"][0][0], "columns": output["cols"][0][0],
                    "tiles": [sha(tile) for tile in tiles], "size": tiles.shape[-1], "first": [float(v) for v in tiles[0, :, 0, 0]],
                })
            outcomes.append(found)
        assert outcomes[0] == outcomes[1], name
        fields = json.loads(Idefics3ImageProcessorPil(**settings).to_json_string())
        result.append({"name": name, "config": fields, "results": outcomes[0]})
    return result


TEMPLATE = """\
<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}\
{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}\
{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}\
{% elif part['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>
{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"""

TEXTS = [
    ("<image>", ["16x16.png"]),
    ("<image>What is this?", ["37x23.png"]),
    ("before <image> after", ["50x30.png"]),
    ("two <image>\n<image> of them", ["16x16.png", "30x50.png"]),
    ("<image><image>", ["90x7.png", "7x90.png"]),
    ("\n<image>\n\n", ["37x23.png"]),
    ("none at all\n", []),
]

CONVERSATIONS = [
    ([{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is this?"}]}], ["37x23.png"]),
    ([{"role": "user", "content": [{"type": "text", "text": "Look: "}, {"type": "image"}]},
      {"role": "assistant", "content": [{"type": "text", "text": "A pattern."}]}], ["16x16.png"]),
    ([{"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
      {"role": "user", "content": [{"type": "image"}, {"type": "image"}, {"type": "text", "text": "Which is larger?"}]},
      {"role": "assistant", "content": [{"type": "text", "text": "The second."}]},
      {"role": "user", "content": [{"type": "text", "text": "And this? "}, {"type": "image"}]},
      {"role": "assistant", "content": [{"type": "text", "text": "Smaller."}]}], ["16x16.png", "30x50.png", "1x1.png"]),
    ([{"role": "user", "content": [{"type": "text", "text": "No picture."}]},
      {"role": "assistant", "content": [{"type": "text", "text": "None."}]}], []),
]


def processor(splits):
    folder = HERE / "processor"
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), eos_token="<end_of_utterance>", clean_up_tokenization_spaces=False
    )
    images = Idefics3ImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 16}, do_image_splitting=splits
    )
    return Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=TEMPLATE)


def write_processor():
    folder = HERE / "processor"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(["What is this? A pattern.\n\n", "Which is larger? The second.\n\n"] * 20, trainer)
    rows = [f"<row_{row + 1}_col_{column + 1}>" for row in range(4) for column in range(4)]
    special = ["<|im_start|>", "<end_of_utterance>", "<fake_token_around_image>", "<image>", "<global-img>"] + rows
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    tokenizer.save(str(folder / "tokenizer.json"))
    both = processor(True)
    both.save_pretrained(folder)
    # As older versions write it, and most folders have it.
    both.image_processor.save_pretrained(folder)
    (folder / "processor_config.json").write_text(
        json.dumps({"image_seq_len": 4, "processor_class": "Idefics3Processor"}, indent=2) + "\n"
    )


def prompts():
    result = []
    for splits in (False, True):
        both = processor(splits)
        for text, names in TEXTS:
            images = [load_image(str(PICTURES / name)) for name in names]
            ids = both(text=text, images=images or None)["input_ids"][0]
            result.append({"splits": splits, "text": text, "pictures": names, "ids": [int(i) for i in ids]})
    return result


def conversations():
    both = processor(True)
    result = []
    for messages, names in CONVERSATIONS:
        images = [load_image(str(PICTURES / name)) for name in names]
        for generation in (False, True):
            text = both.apply_chat_template(messages, add_generation_prompt=generation)
            ids = both(text=text, images=images or None)["input_ids"][0]
            result.append({
                "messages": messages, "pictures": names, "add_generation_prompt": generation, "text": text,
                "ids": [int(i) for i in ids],
            })
    return result


def places():
    """SmolVLM's own class, which writes the same."""
    marks = dict(
        fake_token_around_image="<fake_token_around_image>", image_token="<image>", global_image_token="<global-img>"
    )
    return [
        {"rows": rows, "columns": columns, "tokens": count, "text": get_image_prompt_string(rows, columns, count, **marks)}
        for rows, columns, count in [(0, 0, 1), (0, 0, 64), (1, 2, 3), (3, 2, 2), (4, 4, 1)]
    ]


def main():
    write_pictures()
    write_processor()
    goldens = {
        "versions": {"transformers": transformers.__version__, "pillow": PIL.__version__, "numpy": np.__version__},
        "decoded": decoded(), "resized": resized(), "processed": processed(), "places": places(), "prompts": prompts(),
        "conversations": conversations(),
    }
    (HERE / "goldens.json").write_text(json.dumps(goldens, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
