"""The queue: whoever waits for deposits, hands out the work, does it, and picks up what was left lying.

```
 inboxes ─▶ watch ─▶ [ opening ] ─▶ [ paging ] × pages ─▶ [ closing ] ─▶ [ sealing ]     key-holding machines only
             ▲          ▲ turns of stations, same-day first                    │
             │          └────────────── sweep: what is undone is sent again    │
             └──────────── removed from the inbox once the manifest stands ◀───┘
```

`model` has the nouns and the ports, `patience`, `settling` and `sweep` decide and do nothing else, `actors` and `watch`
do and decide nothing; by `memory` and `courtesy` the processes of one machine know of each other. Messages carry names:
the queue may lose or repeat any of them. What a dossier is, and how its steps are done, is told by `pipeline`; nothing
of it is known here. `relay` sends what the one-stop software is told.
"""

from __future__ import annotations
