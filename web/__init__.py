"""The door for people and programs that look: a live board, one dossier, sealed files for the one-stop software.

Reads the ledger and the store, and writes into neither: work is done by `workers`, which this package does not know.

    refusals                     what this door refuses, and with which HTTP status
    words  ranges  failures  log Vietnamese for pages; the part of a file; guesses counted; the log
    tokens  released             who may ask; what a sealed manifest lets out
    board  single                what is shown of all dossiers, and of one
    answers  numbers             sealed bytes and problems as HTTP; what Prometheus is told
    guard                        stands before everything: who asks, which headers, every error
    routes/  pages/              the addresses; templates, one style sheet, one script
    app  serve  cli              all of it put together; a process; the command `sohoa web`
"""
