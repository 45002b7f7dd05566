"""What groups tell those who bought from them: written, read by somebody else, sent once to each, public."""
