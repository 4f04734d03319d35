"""Writes what transformers asks a model that sees: a question with pictures in and beside its text, in the model's chat template.

After `make_image_fixtures.py`, with the same packages: `python Tests/Fixtures/images/make_asked_fixtures.py`. `asked.json` holds for
each template (`parts`: the processor's own; `either`: one that takes a string as well as parts, and writes a picture otherwise
than the word) and question the ids with tiled pictures.
"""

import json
import re

import transformers
from transformers.image_utils import load_image

from make_image_fixtures import HERE, PICTURES, TEMPLATE, processor

EITHER = (
    "<|im_start|>{% for m in messages %}{{ m['role'] | capitalize }}:{% if m['content'] is string %} {{ m['content'] }}"
    "{% else %}{% for p in m['content'] %}{% if p['type'] == 'image' %}<image>{% else %} {{ p['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)

QUESTIONS = [
    ("<image>What is this?", ["37x23.png"]),
    ("<image>What is this?", ["50x30.png"]),
    ("<image>", ["16x16.png"]),
    ("What is this?<image>", ["30x50.png"]),
    ("Look: <image> What?", ["1x1.png"]),
    ("<image><image>Which is larger?", ["16x16.png", "30x50.png"]),
    ("<image> A <image> B", ["90x7.png", "7x90.png"]),
    ("A<image>\n<image>B", ["rgb8.png", "101x3.png"]),
    ("No picture.", []),
]


def parts(text):
    pieces = re.split("(<image>)", text)
    return [{"type": "image"} if p == "<image>" else {"type": "text", "text": p} for p in pieces if p]


def main():
    both = processor(True)
    results = []
    for name, template in [("parts", TEMPLATE), ("either", EITHER)]:
        for text, names in QUESTIONS:
            content = parts(text) if names or name == "parts" else text
            written = both.apply_chat_template(
                [{"role": "user", "content": content}], chat_template=template, add_generation_prompt=True)
            images = [load_image(str(PICTURES / n)) for n in names]
            ids = both(text=written, images=images or None)["input_ids"][0]
            results.append({"template": name, "text": text, "pictures": names, "ids": [int(i) for i in ids]})
    out = {"versions": {"transformers": transformers.__version__}, "either": EITHER, "asked": results}
    (HERE / "asked.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
    print(len(results), "questions")


if __name__ == "__main__":
    main()
