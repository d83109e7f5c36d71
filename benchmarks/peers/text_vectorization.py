"""Keras's TextVectorization over tf.data, batched, on as many threads as it likes; padding and truncating after."""

import sys

import keras
import numpy as np
import tensorflow as tf

corpus, output = sys.argv[1:]
lines = tf.data.TextLineDataset(corpus).batch(8192)
vectorize = keras.layers.TextVectorization(output_sequence_length=50)
vectorize.adapt(lines.prefetch(tf.data.AUTOTUNE))
batches = lines.map(vectorize, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
ids = np.concatenate([batch.astype(np.int32) for batch in batches.as_numpy_iterator()])
np.savez(output, token_ids=ids, padding_mask=ids != 0)
