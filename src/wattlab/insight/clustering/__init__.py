"""One clustering looked at: centroids, silhouettes, members, and which classes share a cluster.

How many clusters there should be is what `wattlab.studies.clusters` asks.
"""

from wattlab.insight.clustering.centroids import Centroids, centroids
from wattlab.insight.clustering.clustering import Clustering
from wattlab.insight.clustering.composition import Composition, composition
from wattlab.insight.clustering.finding import find_clusters
from wattlab.insight.clustering.members import Members, members
from wattlab.insight.clustering.silhouette import Silhouette, silhouette

__all__ = [
    "Centroids",
    "Clustering",
    "Composition",
    "Members",
    "Silhouette",
    "centroids",
    "composition",
    "find_clusters",
    "members",
    "silhouette",
]
