"""Free times: when a visit could be, and finding one that suits."""
