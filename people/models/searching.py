"""How PostgreSQL looks for people."""

from django.db import models

ACCENTED = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ"
PLAIN = "aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy"


class PlainNames(models.Func):
    """A person's names in one line, small letters without accents, a space before each.

    ``translate`` stands in for ``unaccent``, which PostgreSQL does not let into an index.
    """

    template = f"translate(lower(' ' || %(expressions)s), '{ACCENTED}', '{PLAIN}')"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()
