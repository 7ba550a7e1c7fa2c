"""The search index behind add, remove and query: public content only, thrown away and rebuilt from SQL at will."""
