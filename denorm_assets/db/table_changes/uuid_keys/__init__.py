"""Text identifiers that become `uuid` columns: expand, fill, switch, contract."""
