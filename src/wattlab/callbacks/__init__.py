"""What other libraries' training loops tell us, and what they get back: `wattlab.keras`, `torch`, `lightning`, …."""
