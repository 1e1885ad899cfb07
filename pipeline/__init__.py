"""The digitisation of dossiers: what one is, what comes next, how each stage is done, and the doors to it.

Read from the inside out; each may use what stands above it, never what stands below.

    model  errors                     the nouns; everything that can go wrong
    plan  completeness  turns         pure: steps by name, the verdict, whose turn a page takes (standard library only)
    separators  splitting             pure: what a separator sheet says, and which sides of a stack make which paper
    notices                           pure too: what the one-stop software is told, and how that is signed
    filed  manifest(_files)           pure too: a document on its way, and what the sealed record says of it
    schemas/  messages/  rules/       published formats; every Vietnamese sentence; what the law asks, with its dates
    settings  config_file  secret  clock   the environment and the file of settings, read once; what time it is
    ticket  deposit  catalogue(_tables)   what stations and offices give us, trusted in nothing
    pictures  pdf_pages  assembly/    pages opened; PDF/A built
    engines  stage  stages/  crew     what a stage is, one module each, the child processes that do them
    hands                             the threads that dossiers share, in turn
    books  works  versions            what is written down, in which order; steps done once each; a record's versions
    reception  stack  opening  pages  closing   deposits kept; the lanes of a dossier
    driver  lanes                     a dossier from door to record: in one go, or lane by lane for a queue
    keeping  renewal  batches         filed dossiers kept provable: renewed in time, stamped together
    separator_sheets                  separator sheets printed
    handout  judging  checking        records given out; verified, by children that may be killed
    audit  rebuild  backup            records read again; the ledger told again by the store; both copied
    doctor  reports/                  the installation tried; what was verified, for people
    translate  log  readiness         foreign errors made ours; the log; what must be there to work
    identities  trust_sets  stores  house  wiring   which key, roots, store and ledger are used
    cli/                              the command `sohoa`

The three tools `ocr`, `signing` and `storage` know nothing of this package.
"""
