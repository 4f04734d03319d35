"""Writes what transformers makes of small templates with the constructs that real ones have: who says what, and where.

`pip install transformers jinja2 tokenizers`, then `python Tests/Fixtures/chat/make_chat_masks.py`. `masks.json` holds the templates
and conversations and, for each pair of them, `text` (null where the template raises an exception), for each turn of the
assistant's the `prompts` that it follows, and for templates with `{% generation %}` their `spans` in UTF-8 bytes and, for each
tokenizer of `../tokenizers`, `ids` and `mask` of `apply_chat_template(..., return_assistant_tokens_mask=True)`.
"""

import json
import pathlib

import jinja2
import transformers
from transformers.utils import chat_template_utils

HERE = pathlib.Path(__file__).parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}
TOKENIZERS = ["gpt2", "llama3", "qwen2"]

# Headers and ends of one kind, so that only the construct differs.
ASK = "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
OTHERS = "<|{{ m.role }}|>\n{{ m.content }}<|end|>\n"

TEMPLATES = {
    # Content and end of turn in blocks of their own.
    "two-blocks": "{% for m in messages %}{% if m.role == 'assistant' %}<|assistant|>\n{% generation %}{{ m.content }}"
    "{% endgeneration %}{% generation %}<|end|>\n{% endgeneration %}{% else %}" + OTHERS + "{% endif %}{% endfor %}" + ASK,
    # An end of text in a block after the last turn.
    "end-block": "{% for m in messages %}{% if m.role == 'assistant' %}<|assistant|>\n{% generation %}{{ m.content }}<|end|>\n"
    "{% endgeneration %}{% else %}" + OTHERS + "{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>\n"
    "{% elif messages[-1].role == 'assistant' %}{% generation %}{{ eos_token }}{% endgeneration %}{% else %}{{ eos_token }}{% endif %}",
    # The end of turn is not the assistant's.
    "end-outside": "{% for m in messages %}<|{{ m.role }}|>\n{% if m.role == 'assistant' %}{% generation %}{{ m.content }}"
    "{% endgeneration %}{% else %}{{ m.content }}{% endif %}<|end|>\n{% endfor %}" + ASK,
    # The header is.
    "header-inside": "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}<|assistant|>\n{{ m.content }}<|end|>\n"
    "{% endgeneration %}{% else %}" + OTHERS + "{% endif %}{% endfor %}" + ASK,
    # The header in a block of its own before the content's.
    "header-block": "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}<|assistant|>\n{% endgeneration %}"
    "{% generation %}{{ m.content }}<|end|>{% endgeneration %}\n{% else %}" + OTHERS + "{% endif %}{% endfor %}" + ASK,
    # A block more where there are thoughts.
    "thought-block": "{% for m in messages %}{% if m.role == 'assistant' %}<|assistant|>\n{% if '</think>' in m.content %}{% generation %}"
    "{{ m.content.split('</think>')[0] }}</think>{% endgeneration %}{% endif %}{% generation %}{{ m.content.split('</think>')[-1] }}<|end|>"
    "{% endgeneration %}\n{% else %}" + OTHERS + "{% endif %}{% endfor %}" + ASK,
    # Another end token after the last turn than after those before it.
    "return-end": "{% for m in messages %}{% if m.role == 'assistant' %}<|assistant|>\n{% generation %}{{ m.content }}"
    "{% if loop.last and not add_generation_prompt %}<|return|>{% else %}<|end|>{% endif %}{% endgeneration %}\n{% else %}" + OTHERS
    + "{% endif %}{% endfor %}" + ASK,
    # Marked, and the system's text goes away once the last question is answered.
    "system-last-marked": "{% set s = messages[0].content if messages[0].role == 'system' else '' %}{{ bos_token }}{% for m in messages %}"
    "{% if m.role == 'user' %}[INST]{% if loop.last and s %}{{ s + '\n\n' }}{% endif %}{{ m.content }}[/INST]"
    "{% elif m.role == 'assistant' %}{% generation %}{{ m.content + eos_token }}{% endgeneration %}{% endif %}{% endfor %}",
    # The same without blocks.
    "system-last": "{% set s = messages[0].content if messages[0].role == 'system' else '' %}{{ bos_token }}{% for m in messages %}"
    "{% if m.role == 'user' %}[INST]{% if loop.last and s %}{{ s + '\n\n' }}{% endif %}{{ m.content }}[/INST]"
    "{% elif m.role == 'assistant' %}{{ m.content + eos_token }}{% endif %}{% endfor %}",
    # Thoughts, the empty ones too, of the last turn only.
    "thoughts-last": "{% for m in messages %}{% if m.role == 'assistant' %}{% set t = m.content.split('</think>')[0].split('<think>')[-1]"
    " if '</think>' in m.content else '' %}{% set c = m.content.split('</think>')[-1].lstrip('\n') %}<|assistant|>\n{% if loop.last %}<think>\n"
    "{{ t.strip('\n') }}\n</think>\n\n{% endif %}{{ c }}<|end|>\n{% else %}" + OTHERS + "{% endif %}{% endfor %}" + ASK,
    # A prompt that begins a thought, answers that lack it.
    "forced-thought": "{{ bos_token }}{% for m in messages %}{% if m.role == 'assistant' %}<|Assistant|>{{ m.content.split('</think>')[-1] }}"
    "{{ eos_token }}{% elif m.role == 'user' %}<|User|>{{ m.content }}{% else %}{{ m.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|Assistant|><think>\n{% endif %}",
    # Laid out to be read: white space is left over.
    "laid-out": "{{ bos_token }}\n{% for m in messages %}\n    {{ '<|' + m.role + '|>\\n' + m.content | trim + '<|end|>\\n' }}\n{% endfor %}\n\n"
    "{% if add_generation_prompt %}\n    {{ '<|assistant|>\\n' }}\n{% endif %}",
    # The next header whether asked for or not, and never.
    "always-asks": "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}{{ '<|assistant|>\\n' }}",
    "never-asks": "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}",
    # An end of text besides, after the end of turn.
    "end-besides": "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% else %}{{ eos_token }}{% endif %}",
    "no-system": "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for m in messages %}"
    "<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}" + ASK,
    "tools-defined": "{% if tools is defined %}{% for t in tools %}{{ t }}{% endfor %}{% endif %}{% for m in messages %}" + OTHERS
    + "{% endfor %}" + ASK,
}


def turns(*texts, system=None):
    start = [{"role": "system", "content": system}] if system is not None else []
    return start + [{"role": "user" if i % 2 == 0 else "assistant", "content": t} for i, t in enumerate(texts)]


CONVERSATIONS = {
    "one": turns("Name a fruit.", "Apple"),
    "two": turns("Name a fruit.", "Apple", "Another?", "Pear"),
    "system": turns("Name a fruit.", "Apple", system="Be brief."),
    "three": turns("Grüße 🙂?", "Ähm, 12.", "Again", "Apple", "Again", "Apple", system="Be kind."),
    "thoughts": turns("a?", "<think>\nhm\n</think>\n\nb", "c?", "<think>\nso\n</think>\n\nd"),
    "empty": turns("Name a fruit.", "", "Another?", "Pear"),
    "same": turns("x", "x", "x", "x"),
    "tool": [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": "I look.", "tool_calls": [
            {"type": "function", "function": {"name": "get", "arguments": {"city": "Zürich"}}}]},
        {"role": "tool", "content": "sunny"},
        {"role": "assistant", "content": "It is sunny."},
    ],
}


def render(source, messages, ask, spans):
    texts, found = chat_template_utils.render_jinja_template(
        [messages], chat_template=source, add_generation_prompt=ask, return_assistant_tokens_mask=spans, **TOKENS)
    return texts[0], found[0] if spans else []


def main():
    tokenizers = {
        name: transformers.PreTrainedTokenizerFast(
            tokenizer_file=str(HERE.parent / "tokenizers" / name / "tokenizer.json"), clean_up_tokenization_spaces=False)
        for name in TOKENIZERS
    }
    results = {}
    for name, source in TEMPLATES.items():
        marks = "{% generation %}" in source
        results[name] = {}
        for title, messages in CONVERSATIONS.items():
            row = {"text": None}
            try:
                text, spans = render(source, messages, False, marks)
                row["text"] = text
                row["prompts"] = [
                    render(source, messages[:i], True, False)[0] for i, m in enumerate(messages) if m["role"] == "assistant"]
                # What the last of the conversation's answers was when it was given.
                row["up_to"] = [
                    render(source, messages[:i + 1], False, False)[0] for i, m in enumerate(messages) if m["role"] == "assistant"]
            except (jinja2.exceptions.TemplateError, TypeError) as error:
                row["error"] = str(error)
            if row["text"] is not None and marks:
                row["spans"] = [[len(text[:a].encode()), len(text[:b].encode())] for a, b in spans if b > a]
                row["tokens"] = {}
                for tokenizer_name, tokenizer in tokenizers.items():
                    out = tokenizer.apply_chat_template(
                        messages, chat_template=source, tokenize=True, return_dict=True, return_assistant_tokens_mask=True,
                        **TOKENS)
                    row["tokens"][tokenizer_name] = {"ids": out["input_ids"], "mask": out["assistant_masks"]}
            results[name][title] = row
    out = {
        "versions": {"transformers": transformers.__version__, "jinja2": jinja2.__version__},
        "templates": TEMPLATES, "conversations": CONVERSATIONS, "results": results,
    }
    (HERE / "masks.json").write_text(json.dumps(out, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(sum(len(rows) for rows in results.values()), "rows")


if __name__ == "__main__":
    main()
