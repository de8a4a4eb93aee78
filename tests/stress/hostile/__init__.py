"""`make hostile`: attacks and habits that once got in, lost rows, or left rows wrong while every check was green."""
