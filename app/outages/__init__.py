"""The ledger of failures of the entity's medium: what was declared, what arrived late, and who gets three days more.

Source: Ley 1437 de 2011, art. 62, num. 2.
"""
