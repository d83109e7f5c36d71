"""Text that the tokenizers of the zoo are trained on, and real text to compare them on."""

import json
import os
import random
from functools import cache
from pathlib import Path

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
_SCRIPTS = (
    "aeiouy stn",
    "αβγδεικλμνοπρστυωάέήίόύώς",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "אבגדהוזחטיכלמנסעפצקרשת",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويَُِّ",
    "कखगघचछजटडतदनपबमयरलवसहािीुूेैोौ्ंँ",
    "กขคงจชซญดตถทธนบปผพมยรลวสหอะาิีึุูเแโใไ่้",
    "あいうえおかきくけこさしすせそたちつてと。、",
    "アイウエオカキクケコサシスセソ・ー",
    "的一是不了人我在有他这为之大来以个中上",
    "가나다라마바사아자차카타파하은는이을",
    "😀😂🤣😍👍🏽❤️🎉🚀‍",
    "ﬁﬂﬀ①②Ⅷ½²ｆｕｌｌ㈱㍿ＡＢ",
    "éèêëàâäçñöøåßæœÅÉÜ",
)
_CODE = (
    "def encode(text, *, maxlen=50):\n    return [ids[word] for word in text.split(' ')]\n",
    "for (int i = 0; i < n; ++i) {\n\t\tsum += a[i] * b[i];  // what is it?\n}\n",
    "{'name': \"x\", 'values': [1, 2.50, 3e-10], 'url': 'https://example.com/a?b=c&d=1#e'}",
    "<p class=\"note\">It's $1,000.00, isn't it?</p>\r\n\r\n",
    "I'm you're he'll we've I'd THEY'RE ... --- === ,,, !!! ??? *** ### ((( ))) ''' \"\"\" ``quoted''",
)


@cache
def lines() -> tuple[str, ...]:
    """All lines that the project ships."""
    files = (SAMPLE_DATA / name for name in ("multilingual.txt", "reviews.txt"))
    return tuple(line for file in files for line in file.read_text("utf-8").splitlines())


@cache
def training_lines() -> tuple[str, ...]:
    """The shipped lines and made-up ones: words of many scripts, runs of one character, code."""
    chance = random.Random(7)
    made = [" ".join(_word(chance, script) for _ in range(8)) for script in _SCRIPTS for _ in range(30)]
    runs = [
        " ".join(char * chance.randint(1, 9) for _ in range(6))
        for char in "0123459.=-_*#!?/\\zaeohxé。1"
        for _ in range(8)
    ]
    spaces = [f"a{' ' * chance.randint(2, 9)}b{chance.choice(['', '  '])}\tc" for _ in range(40)]
    return (*lines(), *made, *runs, *spaces, *_CODE * 6)


def _word(chance: random.Random, letters: str) -> str:
    return "".join(chance.choice(letters) for _ in range(chance.randint(1, 6)))


@cache
def real_lines() -> tuple[str, ...]:
    """Shipped text, and that of the `*.jsonl` in the folder that PADCLI_TOKENIZERS names."""
    folder = Path(os.environ.get("PADCLI_TOKENIZERS", "/nowhere"))
    records = [
        json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()
    ]
    found = [value for record in records for value in record.values() if isinstance(value, str)]
    return (*lines(), *_CODE, *found)
