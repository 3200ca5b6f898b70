"""Who is told: what is sent to subscribers, signed, where it may be sent, and how the sending goes."""
