"""Everything that is sent: the outbox, delivery, words, and the worklist for people."""
