"""What several commands use: output, progress and targets."""
