"""Caps, hats, scarves, hoods, turbans, helmets and headphones."""
