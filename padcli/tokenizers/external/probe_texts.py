"""Texts that tokenizers disagree about, to check a fast path against the original before it is trusted."""

import random
import sys
import unicodedata
from collections import defaultdict
from itertools import chain

_JOINING = ("M", "Cf", "Sk", "Lm")
_EACH = 12
_RANDOM_TEXTS = 300

_BY_HAND = [
    "",
    " ",
    "   ",
    "a",
    "The quick brown fox jumps over the lazy dog.",
    " leading",
    "trailing ",
    "  two  spaces   and three  ",
    "tab\tand\t\ttabs",
    "line\nbreaks\n\nand\r\nmore\r",
    "\n",
    "\t \n \r ",
    "a \n b\u00a0c\u2003d\u3000e\u200bf\ufeffg\u2028h\u2029i\u0085j\x0bk\x0cl\x1cm",
    "I'm you're he'll we've I'd 'S 'LL 'Ve don't'll ''' s's",
    "it’s ‘quoted’ “text” — with – dashes… and ™®©",
    "1234567890 12 345 6.78 9,000 1e-5 0x1F ½ ² ①Ⅷ ٣٤ १२",
    "snake_case camelCase SHOUT kebab-case a.b.c a/b?c=d&e#f user@example.com https://example.com/x?y=1#z",
    "if (x == 1) { return a[0]; } // !@#$%^&*()_+-=[]{}|;':\",./<>?`~\\",
    "!!!??? ... --- ___ *** ((())) [[[]]] ,,, ;;; ''' \"\"\"",
    "naïve café Ångström coöperate ÀÉÎÕÜ ß ẞ ſ ﬁ ﬂ ﬀ İstanbul ıI ΑΣ ΑΣΑ ς σ Σ",
    "e\u0301 a\u0308o\u0302 \u0301 \u0301\u0302 x \u0308y n\u0303\u0303\u0303 Å Å Å ḍ\u0307 ḍ\u0307",
    "日本語のテキスト。中文文本，標點！한국어 텍스트 ｆｕｌｌ　ｗｉｄｔｈ ｶﾞｷﾞ ㈱ ㍿",
    "가각 각 \u1100\u1161\u11a8 \u1161 \u11a8",
    "مرحبا بالعالم שלום עולם \u202bRTL\u202c \u200fmarks\u200e หวัดดีครับ ทำ ำ ນໍ້າ ຳ नमस्ते क्षत्रिय",
    "😀 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷🇩 ☺️☺︎ ❤️ 🏽 👩‍ ‍👩 #️⃣ 1️⃣",
    "\x00 \x01\x02 \x1b[0m \x7f \x80\x9f \ufffd \ufffe \uffff \U0010ffff \ue000 \U000e0001 \u0378",
    "\u00ad soft\u00adhyphen zero\u200bwidth\u200cnon\u200djoiner \u2060 word\u2060joiner",
    "▁ ▁a a▁ a▁b ▁▁ Ġ Ġa Ċ ## ##a a##b </w> a</w> <0x0A> <0x41>",
    "<s> </s> <unk> <pad> [CLS] [SEP] [PAD] [UNK] [MASK] <|endoftext|> <|im_start|> <mask>",
    "a" * 99,
    "b" * 100,
    "c" * 101,
    "d" * 500,
    "é" * 101,
    "日" * 101,
    "ab" * 300 + " " + "😀" * 60,
    "x" + " " * 40 + "y" + "\n" * 20 + "z",
    "supercalifragilisticexpialidocious antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
]


def _characters() -> tuple[dict[str, list[str]], list[str]]:
    """Some characters of each category, spread over it, and all that can become one with a space before them."""
    of_category = defaultdict[str, list[str]](list)
    for code in chain(range(0x20000), range(0x20000, sys.maxunicode, 0x1357), range(0xE0000, 0xE0200)):
        of_category[unicodedata.category(chr(code))].append(chr(code))
    del of_category["Cs"]  # surrogates, which UTF-8 cannot hold
    some = {name: chars[:: max(1, len(chars) // _EACH)] for name, chars in of_category.items()}
    return some, [char for name, chars in of_category.items() if name.startswith(_JOINING) for char in chars]


def _texts() -> list[str]:
    some, joining = _characters()
    texts = list(_BY_HAND)
    for chars in some.values():
        texts += [f"a{char}b {char}c d{char} {char} {char}{char} e" for char in chars]
    texts += ["a " + " ".join(f"{char}b" for char in joining[i : i + 20]) for i in range(0, len(joining), 20)]
    # Of everything, side by side; the same in every run.
    chance = random.Random(20)  # noqa: S311 (no secret)
    pool = [char for chars in some.values() for char in chars] + list(" \n'.,-▁eEtTaAoOsS013") * 20
    words = [word for text in _BY_HAND[4:29] for word in text.split(" ")]
    for _ in range(_RANDOM_TEXTS):
        parts = [chance.choice(words) if chance.random() < 0.5 else chance.choice(pool) for _ in range(20)]
        texts.append(chance.choice(["", " "]).join(parts))
    return texts


PROBE_TEXTS = tuple(_texts())
