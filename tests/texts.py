"""Texts made by hypothesis: all of Unicode, and often what is hard to lower-case, to split or to filter."""

import json

from hypothesis import strategies as st

# Sigmas (their lower case depends on neighbours), letters whose lower case is longer, ASCII or of another plane, white
# space of every kind, line breaks that are none for padcli, filter characters, combining marks and joiners.
TRICKY = "ΣσςAaİıKÅßẞſ𐐀🜁é\u0301\u200d\ufeff'.:·-_,!"
TRICKY += "\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000 \x00\x7f"
WORDS = ["the", "The", "cat", "ΟΔΟΣ", "ΣΑΣ.Α", "[UNK]", "[PAD]", "İstanbul", "don't", "naïve", "日本語", "a-b", "K"]

# No surrogates, which UTF-8 cannot hold.
chars = st.one_of(st.sampled_from(TRICKY), st.characters(exclude_categories=["Cs"]))
any_text = st.one_of(
    st.text(chars, max_size=30),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(chars, max_size=6)), max_size=12).map(" ".join),
)
line_text = any_text.map(lambda text: text.replace("\n", " ").rstrip("\r"))

texts = st.lists(any_text, min_size=1, max_size=12)
lines = st.lists(line_text, min_size=1, max_size=12)


def as_jsonl(texts):
    return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)


def as_text(lines):
    return "".join(line + "\n" for line in lines)
