"""Watch logs: a witness that cosigns what it saw grow, and a monitor that reads everything."""
