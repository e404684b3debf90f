"""File formats, read and written: images, image folders, TFRecords, tables, manifests."""
