"""Visitwell as an app on a phone (progressive web app), and its pages without a network."""
