"""What the program would create, recorded offline, and the checks and tables made from that."""
