"""The reference: the forty-line script that padcli replaces, with the installed Keras and nothing clever."""

from keras.src.legacy.preprocessing.text import Tokenizer
from keras.utils import pad_sequences


def fit(texts, **options):
    tokenizer = Tokenizer(oov_token="[UNK]", **options)
    tokenizer.fit_on_texts(texts)
    return tokenizer


def padded(texts, *, maxlen=None, padding="pre", truncating="pre", pad_id=0, **options):
    sequences = fit(texts, **options).texts_to_sequences(texts)
    ids = pad_sequences(sequences, maxlen=maxlen, padding=padding, truncating=truncating, value=pad_id)
    return ids, sequences
