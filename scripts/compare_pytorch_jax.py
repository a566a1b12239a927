"""The MLP study in JAX, as a separate process: compare_pytorch_jax.py TASK; see compare_pytorch_studies.py.

Trials train 16 at a time by vmap in one jitted loop, which takes its batches from the bytes of the data set.
"""

import functools
import itertools
import json
import math
import sys

import jax
import jax.numpy as jnp
import numpy as np

from compare_pytorch_speed import read_mnist

MEAN, STD = 0.1307, 0.3081
GROUP = 16
WIDTHS = (784, 100, 100, 100, 10)
MOMENTUM, EPS = 0.1, 1e-5


def initial(random):
    """PyTorch's: uniform within 1 / sqrt(fan_in). No bias before a norm."""

    def uniform(inputs, *shape):
        return random.uniform(-1, 1, shape).astype(np.float32) / np.float32(math.sqrt(inputs))

    def filled(value):
        return [np.full(width, value, np.float32) for width in WIDTHS[1:-1]]

    weights = [uniform(inputs, inputs, outputs) for inputs, outputs in itertools.pairwise(WIDTHS)]
    norms, running = zip(filled(1), filled(0)), zip(filled(0), filled(1))
    return {"weights": weights, "bias": uniform(WIDTHS[-2], WIDTHS[-1]), "norms": [*norms]}, [*running]


def normalized(pixels):
    return pixels.astype(jnp.float32) * (1 / (255 * STD)) - MEAN / STD


def logits(parameters, running, x, training):
    """With the running statistics as they are after it: of the batch where it trains, the same where it doesn't."""
    after = []
    for weight, (gain, shift), (mean, variance) in zip(parameters["weights"], parameters["norms"], running):
        x = x @ weight
        if training:
            count, batch_mean, batch_variance = len(x), x.mean(0), x.var(0)
            after.append((
                (1 - MOMENTUM) * mean + MOMENTUM * batch_mean,
                (1 - MOMENTUM) * variance + MOMENTUM * batch_variance * count / (count - 1),
            ))
            mean, variance = batch_mean, batch_variance
        x = jax.nn.relu((x - mean) * (gain * jax.lax.rsqrt(variance + EPS)) + shift)
    return x @ parameters["weights"][-1] + parameters["bias"], after


def loss(parameters, running, x, labels):
    y, after = logits(parameters, running, x, training=True)
    return -jnp.take_along_axis(jax.nn.log_softmax(y), labels[:, None], 1).mean(), after


def train(start, lr, order, images, labels):
    """One trial: order is steps x batch_size."""

    def step(state, chosen):
        parameters, running = state
        x = normalized(images[chosen])
        (value, running), gradients = jax.value_and_grad(loss, has_aux=True)(parameters, running, x, labels[chosen])
        return (jax.tree.map(lambda p, g: p - lr * g, parameters, gradients), running), value

    state, losses = jax.lax.scan(step, start, order)
    return state, jnp.isfinite(losses).all()


def correct(state, images, labels):
    def of_part(part):
        pixels, expected = part
        return (logits(*state, normalized(pixels), training=False)[0].argmax(1) == expected).sum()

    return jax.lax.map(of_part, (images.reshape(-1, 100, 784), labels.reshape(-1, 100))).sum()


@jax.jit
def group(starts, rates, orders, train_set, test_set):
    states, finite = jax.vmap(functools.partial(train, images=train_set[0], labels=train_set[1]))(starts, rates, orders)
    return jax.vmap(functools.partial(correct, images=test_set[0], labels=test_set[1]))(states), finite


def batches(random, task):
    images, steps, size = task["train_images"], task["steps"], task["batch_size"]
    epochs = math.ceil(steps * size / images)
    order = np.concatenate([random.permutation(images) for _ in range(epochs)])[: steps * size]
    return order.reshape(steps, size).astype(np.int32)


def main():
    task = json.loads(sys.argv[1])
    assert task["model"] == "mlp" and all(trial["norm"] == "batch" for trial in task["trials"])

    def on_device(split, count=None):
        images, labels = read_mnist(task["data_dir"], split)
        return jnp.asarray(images[:count].reshape(-1, 784)), jnp.asarray(labels[:count].astype(np.int32))

    train_set, test_set = on_device("train", task["train_images"]), on_device("t10k")
    accuracies = {}
    for first in range(0, len(task["trials"]), GROUP):
        trials = task["trials"][first : first + GROUP]
        randoms = [np.random.default_rng(trial["seed"]) for trial in trials]
        starts = jax.tree.map(lambda *leaves: np.stack(leaves), *(initial(random) for random in randoms))
        rates = np.array([trial["lr"] for trial in trials], np.float32)
        orders = np.stack([batches(random, task) for random in randoms])
        right, finite = group(starts, rates, orders, train_set, test_set)
        for trial, count, is_finite in zip(trials, right.tolist(), finite.tolist()):
            accuracies[trial["label"]] = count / len(test_set[1]) if is_finite else None
    print(json.dumps({"accuracies": accuracies, "versions": {"jax": jax.__version__}}))


if __name__ == "__main__":
    main()
