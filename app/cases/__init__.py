"""The case file (expediente): rules, deadlines and numbers of petitions."""
