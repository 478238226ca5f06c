"""Nets and predictions from elsewhere: prediction files, other people's training loops, checked inputs."""
