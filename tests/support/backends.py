"""Gradients as the backend of Keras computes them, in float64: what ours are compared with."""

import contextlib

import keras
import numpy as np


@contextlib.contextmanager
def double_precision():
    """JAX computes in float32 unless it is told otherwise; TensorFlow and PyTorch need nothing."""
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
        assert keras.backend.standardize_dtype(value.dtype) == "float64"
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
