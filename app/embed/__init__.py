"""Everything between a foreign web page and a leaf: the gate, the loader, the assets, the pages without script."""
