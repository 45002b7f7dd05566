"""From a cart to an order: pricing, holds, placing."""
