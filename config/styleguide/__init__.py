"""The style guide: one page that new screens are made from."""
