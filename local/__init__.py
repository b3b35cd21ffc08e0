"""What installs, starts and checks everything on one machine, for the demo and development."""
