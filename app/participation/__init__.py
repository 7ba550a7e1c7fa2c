"""What every participation exercise ends with, whichever widget it was held in: its closing record."""
