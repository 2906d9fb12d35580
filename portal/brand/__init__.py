"""How a partner looks: palette, typeface, and the addresses pages use."""
