"""``wattlab target``: time, energy and epochs until recipes reach an accuracy, as censored data over seeds."""
