// Brings the board up to date every two seconds, while somebody looks at it. Without this script the page reloads itself.
"use strict";
{
  const EVERY = 2000; // milliseconds
  const frozen = document.getElementById("frozen");
  let shown = document.getElementById("board").innerHTML;

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.pathname, {headers: {Accept: "text/html"}, signal: AbortSignal.timeout(10000)});
      if (!answer.ok) throw new Error(answer.status);
      const board = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
      frozen.hidden = true;
      if (board.innerHTML === shown) return;
      shown = board.innerHTML;
      const focused = document.activeElement?.getAttribute("href"); // who goes through the links by keyboard stays there
      document.getElementById("board").replaceChildren(...board.childNodes);
      if (focused) [...document.querySelectorAll("#board a")].find(link => link.getAttribute("href") === focused)?.focus();
    } catch {
      frozen.hidden = false;
    }
  };

  const again = () => setTimeout(() => refresh().finally(again), EVERY);
  again();
  document.addEventListener("visibilitychange", refresh);
}
