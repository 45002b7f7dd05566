"""What worries people: told in confidence by anyone, looked into by admins, with the party's money held if need be."""
