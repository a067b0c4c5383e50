"""`python -m app.config` writes what is made of the table of settings."""

from app.config.reference import ROOT, documents

for path, text in documents().items():
    path.write_text(text)
    print(f"Wrote {path.relative_to(ROOT)}.")
