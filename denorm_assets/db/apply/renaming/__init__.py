"""`rename`: read models under another name, in another system or schema, without loading a row again."""
