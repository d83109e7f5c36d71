"""Texts to compare tokenizers on, kind by kind.

A row holds one context only: one that a shortcut leaves to the original would hide what it does to the others.
"""

import random
import string
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, product

from fidelity import material
from padcli.tokenizers.characters import byte_characters

# What once had other ids than the original gives.
_BY_HAND = (
    "o $0,000", "a ....", "x ====", "zzz zzz", "so tired \U0001faea ok", "a \ufe70b", "a \u203e", " \U0001fa57", "και",
    "\ua7da\u1c89", "\U0001f6d8 \U000323b0", "\u0897\u088f", "a \u2007a", "a \u2581b", "日 本\u0301", "a\u0344b\u0958",
    "we've-1SHOUT\u2009\u1806-Thee\u0301\ue217\u05e9", "\U00011f34\U0001e4ec", "a [CLS] b [SEP]", "The <s> cat</s>",
    "\ufb03 \u0e33 \u0130", "a\u088fb", "1\U00011db02", "a\U000323b0b", "a\u1acfb",
    "a\u200b  b", "a \u200b \u200b b", "a\u0085  b\u2028 c", "a <cat> b <CAT>  c", "a <Cat>! b",
)  # fmt: skip
BLOCK = 4096
_PACKED = 8
# Code points with rows of their own, those of large ranges that all tables treat alike (ideographs, syllables, private
# ones), of which several stand in a row, and the rest of Unicode, of which each tokenizer sees a part.
_ALIKE = (
    (0x3400, 0x4DC0), (0x4E00, 0xA48D), (0xAC00, 0xD7A4), (0xE000, 0xF900), (0x12000, 0x16100), (0x17000, 0x18D80),
    (0x1B300, 0x1BC00), (0x1BD00, 0x1CC00), (0x1D800, 0x1DA00), (0x20000, 0x34000), (0xE0000, 0xE0200),
)  # fmt: skip
_REST = ((0x34000, 0xE0000), (0xE0200, sys.maxunicode + 1))

# What comes before and after a code point.
_CONTEXTS = (("", ""), ("a", "b"), ("a ", "b"), ("a", " b"), ("a ", " b"), ("1", "1"), (".", "."))
_WHITE = [char for char in map(chr, range(0x3001)) if char.isspace()]
_INVISIBLE = list("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u0301\u0308\u093e\x00\x7f\x80\ufffd")
_COMMON = list("¡¿«»‘’“”„…–—‐·•′″§¶†‡°©®™€£¥¢½²§、。「」！？，：；（）￥・،؟۔।॥־׳")
_ODD = [*_WHITE, *_INVISIBLE, *string.punctuation, *_COMMON, *"▁Ġˈﬁﾞำຳ\ufe70\u203e\u00b4"]
_RUN_CONTEXTS = (
    "{}", "o ${}", "a{}", "{}a", "a {} b", "x{}y", "{0},{0}", " {}", "{} ", "the {}.", "1.{}", "{0} {0}", "é{}", "({})",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What texts are made of: a tokenizer's pieces as it stores them, and the tokens that it looks for in a text."""

    pieces: Sequence[str]
    special: Sequence[str]


def blocks(facts: Facts, *, seed: str, share: float) -> Iterator[tuple[str, list[str]]]:
    """Blocks of texts and their kind, in turn; `share` is how much of everything there is to be."""
    making = {
        kind: islice(make(facts, random.Random(f"{seed} {kind}")), max(16, int(full * share)))
        for kind, (make, full) in KINDS.items()
    }
    while making:
        for kind, rows in list(making.items()):
            block = list(islice(rows, BLOCK))
            if block:
                yield kind, block
            else:
                del making[kind]


def sample(facts: Facts, *, seed: str, rows: int) -> list[str]:
    """Some rows of each kind."""
    return [
        text
        for kind, (make, _) in KINDS.items()
        for text in islice(make(facts, random.Random(f"{seed} {kind} sample")), rows // len(KINDS))
    ]


def code_points(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Every code point of the first two planes, also unassigned ones: alone, doubled, between, beside spaces."""
    for code in _shuffled(chance, _singles()):
        char = chr(code)
        yield char * 2
        for before, after in _CONTEXTS:
            yield before + char + after


def large_ranges(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Code points of large ranges, several neighbours in a row: side by side, between, beside spaces."""
    for codes in _packs(chance, _ALIKE):
        chars = [chr(code) for code in codes]
        yield "".join(chars)
        yield " ".join(chars)
        yield " ".join(f"a{char}b" for char in chars)
        yield " ".join(f"{char}{char}b" for char in chars)


def rest_of_unicode(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Unassigned and private planes, several neighbours in a row."""
    for codes in _packs(chance, _REST):
        yield " ".join(f"a{chr(code)}b {chr(code)}" for code in codes)


_PAIRS = 20  # special tokens that are put beside each other


def beside_special_tokens(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Every code point before and after a special token; white space and punctuation before and after each."""
    if not facts.special:
        return
    for token, other in product(facts.special[:_PAIRS], repeat=2):
        joint = next((n for n in range(min(len(token), len(other)), 0, -1) if token.endswith(other[:n])), 0)
        yield token + other
        yield f"a {token}{other[joint:]} b"
    for token, char in product(facts.special, _ODD):
        yield from (
            f"{token}{char}",
            f"{char}{token}",
            f"a{char}{token}{char}b",
            f"{token}{char}{token}",
            f"a{token} {char}b",
        )
    codes = _shuffled(chance, _singles())
    for start in range(0, len(codes), _PACKED):
        token = chance.choice(facts.special)
        yield " ".join(f"a{chr(code)}{token}{chr(code)}b" for code in codes[start : start + _PACKED])


def pairs(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Every pair of white space and punctuation."""
    found = list(product(_ODD, repeat=2))
    chance.shuffle(found)
    for one, two in found:
        yield from (one + two, f"a{one}{two}b", f"a{one} {two}b", f"a {one}{two} b")


def ties(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Runs of one character and of two, 1 to 40 long, in several contexts."""
    chars = [*string.ascii_letters, *string.digits, *string.punctuation, *"éаα日가😀。・ \n\t"]
    runs = list(product(chars, range(1, 41), _RUN_CONTEXTS))
    chance.shuffle(runs)
    for unit, length, context in runs:
        yield context.format(unit * length)
        if chance.random() < 0.3:
            yield context.format((unit + chance.choice(chars)) * (length // 2 + 1))


def walks(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Random walks over the tokenizer's own pieces."""
    shown, raw = _texts_of(facts.pieces), [piece for piece in facts.pieces if piece]
    while shown:
        pieces = raw if chance.random() < 0.1 else shown
        joint = chance.choice(["", "", "", " "])
        yield joint.join(chance.choice(pieces) for _ in range(chance.randint(1, 8)))


def odd_words(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Words of real text with odd characters put in."""
    words = _words()
    while True:
        start = chance.randrange(len(words) - 4)
        chars = list(" ".join(words[start : start + chance.randint(1, 4)]))
        for _ in range(chance.randint(1, 3)):
            char = chance.choice(_ODD) if chance.random() < 0.6 else chr(_any_code(chance))
            chars.insert(chance.randint(0, len(chars)), char)
        yield "".join(chars)


def real(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Real text, its lines and runs of its words; some with a special token."""
    yield from material.real_lines()
    words = _words()
    while True:
        start = chance.randrange(len(words) - 12)
        chosen = words[start : start + chance.randint(2, 12)]
        if facts.special and chance.random() < 0.1:
            chosen.insert(chance.randint(0, len(chosen)), chance.choice(facts.special))
        yield " ".join(chosen)


def by_hand(facts: Facts, chance: random.Random) -> Iterator[str]:
    """Texts that once had other ids, alone and among words."""
    for text in _BY_HAND:
        yield from (text, f"the {text} is", f"{text}{text}", f"x{text}")


KINDS: dict[str, tuple[Callable[[Facts, random.Random], Iterator[str]], int]] = {
    "by hand": (by_hand, 1_000_000),
    "real text": (real, 15_000),
    "ties": (ties, 60_000),
    "pairs": (pairs, 80_000),
    "words with odd characters": (odd_words, 60_000),
    "walks over pieces": (walks, 60_000),
    "beside special tokens": (beside_special_tokens, 30_000),
    "code points": (code_points, 420_000),
    "large ranges": (large_ranges, 4 * 0x20000 // _PACKED),
    "rest of Unicode": (rest_of_unicode, sys.maxunicode // _PACKED // 4),
}
FULL = 850_000  # about how many rows all of it is


@cache
def _words() -> list[str]:
    return [word for line in material.real_lines() for word in line.split(" ")]


@cache
def _singles() -> list[int]:
    return [
        code
        for code in range(0x20000)
        if not (0xD800 <= code < 0xE000 or any(low <= code < end for low, end in _ALIKE))
    ]


def _shuffled(chance: random.Random, codes: list[int]) -> list[int]:
    return chance.sample(codes, len(codes))


def _packs(chance: random.Random, ranges: tuple[tuple[int, int], ...]) -> Iterator[range]:
    packs = [range(start, min(start + _PACKED, end)) for low, end in ranges for start in range(low, end, _PACKED)]
    chance.shuffle(packs)
    yield from packs


def _any_code(chance: random.Random) -> int:
    code = chance.randrange(chance.choice([0x100, 0x3000, 0x10000, 0x20000, sys.maxunicode]))
    return code if not 0xD800 <= code < 0xE000 else 0x301


def _texts_of(pieces: Sequence[str]) -> list[str]:
    """What the pieces stand for in a text, by whichever of the known notations they are in."""
    byte_of = {char: code for code, char in enumerate(byte_characters())}
    found = []
    for piece in pieces:
        if piece and ("Ġ" in piece or "Ċ" in piece or not piece.isascii()) and all(char in byte_of for char in piece):
            found.append(bytes(byte_of[char] for char in piece).decode(errors="ignore"))
        found.append(piece.replace("▁", " ").removeprefix("##").replace("</w>", " ").replace("Ġ", " "))
    return [text for text in found if text]
