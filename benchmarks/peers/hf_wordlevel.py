"""Hugging Face tokenizers: a WordLevel model trained on the text, then applied in batches, on all cores."""

import sys
from pathlib import Path

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

BATCH = 8192
FILTERS = r'[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~\t\n]'  # Keras's

corpus, output = sys.argv[1:]
with Path(corpus).open(encoding="utf-8", newline="\n") as file:
    texts = [line.removesuffix("\n").removesuffix("\r") for line in file]
batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), normalizers.Replace(Regex(FILTERS), " ")])
tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
trainer = trainers.WordLevelTrainer(vocab_size=10**9, special_tokens=["[PAD]", "[UNK]"], show_progress=False)
tokenizer.train_from_iterator(iter(batches), trainer, length=len(texts))
tokenizer.enable_truncation(50, direction="left")
tokenizer.enable_padding(length=50)
ids, masks = [], []
for batch in batches:
    encodings = tokenizer.encode_batch_fast(batch)
    ids.append(np.array([encoding.ids for encoding in encodings], np.int32))
    masks.append(np.array([encoding.attention_mask for encoding in encodings], np.bool_))
np.savez(output, token_ids=np.concatenate(ids), padding_mask=np.concatenate(masks))
