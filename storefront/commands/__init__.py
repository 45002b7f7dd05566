"""The commands of `storefront`, one file an area."""
