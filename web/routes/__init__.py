"""The addresses, by who asks there: people (`pages`), programs (`api`), machines that watch over us (`machine`)."""
