"""Asks the door for people and programs as if over a line, without one."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class WebClient:
    """Each request is asked on a loop of its own, from *peer*; *headers* go with each."""

    def __init__(self, app: FastAPI, *, peer: str = "127.0.0.1", headers: dict[str, str] | None = None) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(peer, 50_000))
        self._headers = {"Host": "localhost:8351"} | (headers or {})

    def request(self, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://localhost:8351") as client:
                return await client.request(method, path, headers=self._headers | (headers or {}))

        return asyncio.run(ask())

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.request("GET", path, headers)

    def head(self, path: str) -> Any:
        return self.request("HEAD", path)
