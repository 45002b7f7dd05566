"""What people say to each other: reviews, questions, and their answers."""
