"""Tables, weights and other files, written atomically, and work that can be resumed."""
