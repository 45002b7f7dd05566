"""The studio: where producer groups run what they sell here."""
