"""Spend and return: matches what platforms charged with touches, and divides credit by it."""
