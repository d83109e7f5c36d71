"""Hugging Face tokenizers: a tokenizer.json applied in batches, on all cores; 128 tokens per row, padded at the end."""

import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

BATCH = 8192

tokenizer_file, corpus, output = sys.argv[1:]
with Path(corpus).open(encoding="utf-8", newline="\n") as file:
    texts = [line.removesuffix("\n").removesuffix("\r") for line in file]
tokenizer = Tokenizer.from_file(tokenizer_file)
tokenizer.enable_truncation(128)
tokenizer.enable_padding(length=128)
ids, masks = [], []
for start in range(0, len(texts), BATCH):
    encodings = tokenizer.encode_batch_fast(texts[start : start + BATCH], add_special_tokens=False)
    ids.append(np.array([encoding.ids for encoding in encodings], np.int32))
    masks.append(np.array([encoding.attention_mask for encoding in encodings], np.bool_))
np.savez(output, token_ids=np.concatenate(ids), padding_mask=np.concatenate(masks))
