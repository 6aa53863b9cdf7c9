"""How many threads make a training quick, and how many make it cheap."""
