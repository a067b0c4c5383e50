"""`make up` on this machine: an embedded Postgres and every process of the Procfile."""
