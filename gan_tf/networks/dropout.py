"""Stateless dropout: its random numbers are an input of the network."""

import keras
from keras import ops


class Dropout(keras.layers.Layer):
    """Dropout whose uniform random numbers are passed in by the caller.

    Call it with ``[features, uniform]``, where ``uniform`` has the shape of ``features`` and holds
    float32 numbers in [0, 1): a feature is dropped where its number is below ``rate``, and the
    others are divided by the share that is kept. The caller controls the randomness, so a resumed
    run or a second device needs no seed state in the layer. It drops in inference too: only
    discriminators contain it, and they are only trained.

    Source: Srivastava et al., "Dropout" (2014), in the inverted form of Keras.

    Args:
      rate: share of the features to drop, 0 <= rate < 1.
      dtype: dtype policy of the features.
    """

    def __init__(self, rate: float, dtype=None):
        # Uniform numbers in bfloat16 would be too coarse.
        super().__init__(dtype=dtype, autocast=False)
        self.rate = rate

    def call(self, inputs):
        """Drop features; see the class."""
        features, uniform = inputs
        is_kept = ops.cast(uniform >= self.rate, features.dtype)
        return features * is_kept / (1.0 - self.rate)

    def compute_output_shape(self, input_shape):
        """Return the output shape for the shapes of the two inputs."""
        return input_shape[0]
