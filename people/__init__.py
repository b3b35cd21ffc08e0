"""Accounts, patients, who may act for whom, consent, and the audit trail."""
