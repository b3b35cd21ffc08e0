"""How static files are named where they are collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# import { ask } from "./api.js";  in what we write ourselves: libraries bring modules that name
# files which they did not bring.
OWN_IMPORTS = ("js/*.js", ((r"""(?P<matched>from "(?P<url>\./[^"]+)";)""", 'from "%(url)s";'),))


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Compressed, and named by their content, so that a browser may keep them for good.

    So are the modules that a module imports: after a deployment no new one meets an old one.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, OWN_IMPORTS)
