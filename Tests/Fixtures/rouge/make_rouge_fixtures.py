"""Writes `goldens.json`: a hundred generated pairs of texts with ROUGE-Lsum as `rouge_score` 0.1.2 computes it, and stems of words.

`pip install rouge_score==0.1.2`, then `python Tests/Fixtures/rouge/make_rouge_fixtures.py`.
"""

import json
import pathlib
import random

from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer

STEMS = "relat oper nation decid summar report agenc hope happ troubl fil hopp conflat siz fall control geo theo cri fli di ti".split()
ENDINGS = ["", "s", "ed", "ing", "ational", "ate", "ization", "izer", "iveness", "fulness", "ness", "ies", "y", "ied", "eed",
           "er", "ement", "ion", "logi", "alli", "bli", "fulli", "able", "e", "ll", "icate", "ical", "ous", "ives", "ance", "al"]
PLAIN = "the a of in on and to was is an it Über naïve 42 1,234.5 U.S. don't x2 Kelvin".split()


def word(rng):
    return rng.choice(PLAIN) if rng.random() < 0.4 else rng.choice(STEMS) + rng.choice(ENDINGS)


def text(rng, words):
    out = ""
    for _ in range(rng.randint(0, 5)):
        out += " ".join(rng.choice(words) for _ in range(rng.randint(0, 12)))
        out += rng.choice([".\n", "\n", "\n\n", ". ", "!\r\n", " \t"])
    return out


def main():
    rng = random.Random(7)
    plain = rouge_scorer.RougeScorer(["rougeLsum"])
    stemmed = rouge_scorer.RougeScorer(["rougeLsum"], use_stemmer=True)
    pairs = []
    for _ in range(100):
        words = [word(rng) for _ in range(rng.randint(3, 25))]
        reference, candidate = text(rng, words), text(rng, words)
        if rng.random() < 0.1:
            candidate = reference.upper()
        pairs.append({
            "reference": reference, "candidate": candidate,
            "plain": plain.score(reference, candidate)["rougeLsum"].fmeasure,
            "stemmed": stemmed.score(reference, candidate)["rougeLsum"].fmeasure})
    stemmer = PorterStemmer()
    irregular = "sky skies dying lying tying news innings outing cannings howe proceed exceed succeed yyyyy syzygy toy by".split()
    words = irregular + [s + e for s in STEMS for e in ENDINGS]
    out = {"pairs": pairs, "stems": {w: stemmer.stem(w) for w in words}}
    path = pathlib.Path(__file__).parent / "goldens.json"
    path.write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")
    print(len(pairs), "pairs,", len(words), "stems; mean", sum(p["plain"] for p in pairs) / 100)


if __name__ == "__main__":
    main()
