"""Screened organisations that receive money, their causes and projects."""
