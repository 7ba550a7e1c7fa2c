"""The form of Resolución 1519 de 2020 looked at as its auditors do: item by item on the live pages, with evidence."""
