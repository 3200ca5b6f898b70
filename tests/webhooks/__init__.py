"""Webhooks: signatures, addresses, times and the sender, against receivers on this machine that behave
badly."""
