"""Input from outside: prediction files, other training loops, and the user's nets and arrays."""
