"""Days in Dagster: what people do there, on a real instance."""
