"""Names and certificates: what the zone holds and the internet answers."""
