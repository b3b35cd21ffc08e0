"""The clinic group as a TOML file: reading, checking, loading and writing it."""
