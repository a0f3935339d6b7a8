"""Similarity of campaigns and creatives: filters on metadata, embedders, the campaign tree."""
