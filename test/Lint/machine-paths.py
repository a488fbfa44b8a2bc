"""Text that belongs to one machine: absolute paths of a user, hosts."""

import lint

PATH = r"(?<![\w.\-%}])/(?:work|root|home|Users)/\w"
HOST = r"https?://(?!(?:[\w-]+\.)*(?:llvm\.org|arxiv\.org|github\.com|apache\.org|w3\.org)\b)"

lint.finish(
    "committed text speaks of the project alone",
    lint.grep(f"{PATH}|{HOST}", lint.files()),
)
