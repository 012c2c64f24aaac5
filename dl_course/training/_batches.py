"""The examples of an epoch, in a random order that is known from the seed and the epoch's number."""

import keras
import numpy as np

__all__ = ["Batches"]


class Batches(keras.utils.PyDataset):
    """Whole batches of a data set; those left over at the end of an epoch are left out of it.

    Args:
        data: A `Dataset`.
        batch_size: Examples in a batch; no more than there are.
        seed: Of the order.
    """

    def __init__(self, data, batch_size, seed):
        super().__init__()
        self.data, self.seed = data, seed
        self.batch_size = min(batch_size, len(data))
        self.shuffle(epoch=0)

    def shuffle(self, epoch):
        """Take the order of that epoch, whatever came before."""
        self.order = np.random.default_rng([self.seed, epoch]).permutation(len(self.data))

    def __len__(self):
        return len(self.data) // self.batch_size

    def __getitem__(self, index):
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.data.images[chosen], self.data.labels[chosen]
