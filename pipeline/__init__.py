"""The digitisation of dossiers: what one is, what comes next, how each stage is done, and the doors to it.

Read from the inside out; each may use what stands above it, never what stands below.

    model  errors                     the nouns; everything that can go wrong
    plan  completeness  turns         pure: steps by name, the verdict, whose turn a page takes (standard library only)
    filed  manifest(_files)           pure too: a document on its way, and what the sealed record says of it
    schemas/  messages/  rules/       published formats; every Vietnamese sentence; what the law asks, with its dates
    settings                          the environment, read once
    ticket  deposit  catalogue(_tables)   what stations and offices give us, trusted in nothing
    pictures  pdf_pages  assembly/    pages opened; PDF/A built
    engines  stage  stages/  crew     what a stage is, one module each, the child processes that do them
    works  pages  closing  driver     steps done once each; the lanes; a dossier from door to record
    handout  checking  audit  doctor  records given out, verified, read again; the installation tried
    translate  log  wiring            foreign errors made ours; the log; which store, key and engine are used
    cli/                              the command `sohoa`

The three tools `ocr`, `signing` and `storage` know nothing of this package.
"""
