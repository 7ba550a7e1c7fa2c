"""Mail out: a row in the transaction of what it announces, delivered afterwards by a job."""
