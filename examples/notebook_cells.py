"""Cells of a notebook, as Jupyter, VS Code and Spyder run them; as a script it opens a window for each picture.

::

    jupyter console --existing    # or open this file in an editor that knows the "# %%" marks
"""

# %% a picture with its faces
from runtime import Predictor, read_image, show

image = read_image("photo.jpg")
predictor = Predictor()
faces = predictor(image)
show(image, faces)

# %% a face alone: its points as a drawing
faces[0]

# %% an aligned crop
faces[0].align(image, 256, "ffhq")
