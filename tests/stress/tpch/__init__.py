"""The 22 queries of TPC-H as read models, kept fresh through its refresh streams."""
