"""How a patient pays."""
