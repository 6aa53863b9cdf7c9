"""``wattlab tune``: the cheapest recipe to a target on this machine, by search."""
