"""Tables, weights and other files: written whole or not at all, and unfinished work that can be taken up."""
