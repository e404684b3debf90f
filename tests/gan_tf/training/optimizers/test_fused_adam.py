"""The fused kernel against Keras' composed update."""

import keras
import numpy as np

from gan_tf.training.optimizers.fused_adam import FusedAdam


def test_fused_adam_equals_keras_adam_over_many_steps():
    generator = np.random.default_rng(0)
    start = generator.normal(size=(5, 3)).astype(np.float32)
    gradients = generator.normal(size=(20, 5, 3)).astype(np.float32)
    results = []
    for kind in (keras.optimizers.Adam, FusedAdam):
        rate = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
        optimizer = kind(rate, beta_1=0.5, beta_2=0.9)
        variable = keras.Variable(start)
        for gradient in gradients:
            optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        results.append([np.asarray(v) for v in (variable, *optimizer.variables)])
    for plain, fused in zip(*results, strict=True):
        np.testing.assert_allclose(fused, plain, rtol=1e-5, atol=1e-6)
    assert np.abs(results[0][0] - start).max() > 0.1
