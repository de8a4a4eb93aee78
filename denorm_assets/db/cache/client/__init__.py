"""Cache clients for applications, synchronous and asynchronous."""
