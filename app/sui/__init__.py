"""What a utility reports to the Superintendencia de Servicios Públicos (SUI): facts of a case, columns, the sheet."""
