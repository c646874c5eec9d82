"""Archives: runs that are killed, throughput of processes and Ray, and what large ones cost."""
