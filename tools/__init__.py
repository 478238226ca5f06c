"""What keeps the checkout going: its virtual environments, and the versions that they hold."""
