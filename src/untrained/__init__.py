"""Training-free neural architecture search: indicators, their fusion, and the machine-checked claims of eight papers."""
