"""Files and tables for BI tools: the schema of an export, and where it is written to."""
