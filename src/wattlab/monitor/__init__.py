"""The machine watched: power, load, memory, temperature and clocks, again and again, recorded and served."""
