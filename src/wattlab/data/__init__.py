"""What is learned from: data sets, how they are read, divided, scaled and dealt out in batches."""

from wattlab.data.catalog import dataset_names, load
from wattlab.data.dataset import Dataset, Part

__all__ = ["Dataset", "Part", "dataset_names", "load"]
