"""The address for a patient's own calendar."""
