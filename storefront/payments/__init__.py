"""What Stripe did with the money."""
