"""Dropout without a state of its own: its random numbers are an input of the network."""

import keras
from keras import ops


class Dropout(keras.layers.Layer):
    """Sets a share of its features to zero and divides the others by the share that is kept.

    Called with ``[features, uniform]``; ``uniform`` has the shape of ``features`` and numbers in
    [0, 1), float32: a feature is dropped where its number is below ``rate``. So whoever calls the
    network decides the randomness, and a resumed run or a second device needs no seed from here.
    It drops whether or not it is training; only discriminators have it, and they only train.

    Source: Srivastava et al., "Dropout" (2014), in the inverted form that Keras has as well.

    Args:
      rate: share of the features that are dropped, 0 <= rate < 1.
      dtype: of the features.
    """

    def __init__(self, rate: float, dtype=None):
        # Uniform numbers in bfloat16 would be too coarse.
        super().__init__(dtype=dtype, autocast=False)
        self.rate = rate

    def call(self, inputs):
        """See the class."""
        features, uniform = inputs
        kept = ops.cast(uniform >= self.rate, features.dtype)
        return features * kept / (1.0 - self.rate)

    def compute_output_shape(self, input_shape):
        """Shape of what ``call`` returns, for shapes of its inputs."""
        return input_shape[0]
