"""The script that padcli replaces: Keras's Tokenizer, `pad_sequences`, `np.savez`."""

import sys
from pathlib import Path

import numpy as np
from keras.src.legacy.preprocessing.text import Tokenizer  # `tf.keras.preprocessing.text.Tokenizer`
from keras.utils import pad_sequences

corpus, output = sys.argv[1:]
with Path(corpus).open(encoding="utf-8", newline="\n") as file:
    texts = [line.removesuffix("\n").removesuffix("\r") for line in file]
tokenizer = Tokenizer(oov_token="[UNK]")
tokenizer.fit_on_texts(texts)
sequences = tokenizer.texts_to_sequences(texts)
ids = pad_sequences(sequences, maxlen=50, padding="post")
lengths = np.fromiter(map(len, sequences), np.int32, len(sequences))
np.savez(output, token_ids=ids, padding_mask=np.arange(50) < lengths[:, None], lengths=lengths)
