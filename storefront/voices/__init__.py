"""What people say to each other: reviews and their answers."""
