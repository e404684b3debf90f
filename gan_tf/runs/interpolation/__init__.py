"""Pictures of what lies between two generated images: PNG grids and a closed loop as a GIF."""
