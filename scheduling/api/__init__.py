"""The door for programs: the REST API of scheduling."""
