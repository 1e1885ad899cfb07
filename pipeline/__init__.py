"""The digitisation pipeline."""
