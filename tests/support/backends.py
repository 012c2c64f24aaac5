"""Gradients as the backend of Keras computes them, in float64: what ours are compared with."""

import contextlib

import keras
import numpy as np

# On JAX and PyTorch, some functions of Keras (tanh, matmul …) turn float64 into float32.
TOLERANCE = 1e-6 if keras.backend.backend() == "tensorflow" else 1e-5


@contextlib.contextmanager
def double_precision():
    """Let JAX have float64 numbers; TensorFlow and PyTorch have them anyway."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


def value_and_gradients(function, *arrays):
    """A function of tensors that returns one number: its value, and its gradient in each argument."""
    compute = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]
    with double_precision():
        tensors = [keras.ops.convert_to_tensor(np.array(array, dtype=float)) for array in arrays]
        value, gradients = compute(function, tensors)
        to_numpy = keras.ops.convert_to_numpy
        return float(to_numpy(value)), [to_numpy(gradient) for gradient in gradients]


def _tensorflow(function, tensors):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = function(*tensors)
    return value, tape.gradient(value, tensors, unconnected_gradients="zero")


def _jax(function, tensors):
    import jax

    return jax.value_and_grad(function, argnums=tuple(range(len(tensors))))(*tensors)


def _torch(function, tensors):
    import torch

    tensors = [tensor.detach().requires_grad_() for tensor in tensors]
    value = function(*tensors)
    gradients = torch.autograd.grad(value, tensors, allow_unused=True, materialize_grads=True)
    return value.detach(), gradients
