"""What the laws are held with: flows driven by hand, a vendor without a network, a watch on I/O."""
