# Sohoa in one image, for every role: `sohoa serve --roles read`, `sohoa setup-storage`, `sohoa verify` …
# Nothing is compiled and nothing is chosen while it is built: wheels only, by the hashes of requirements/run.lock.
# The last stage runs as a user without rights, with a root file system that may be read-only: what is written goes to
# /var/lib/sohoa (a volume) and /tmp (a tmpfs).

# --- what a machine needs to run it, by the same script as `make run` -------------------------------------------------
FROM debian:bookworm-20260824-slim AS system
COPY requirements/debian-packages.sh /tmp/debian-packages.sh
RUN /tmp/debian-packages.sh run \
 && rm -rf /tmp/debian-packages.sh /var/lib/apt/lists/* /var/cache/debconf/* /var/log/apt

# --- the virtual environment ------------------------------------------------------------------------------------------
FROM system AS build
WORKDIR /opt/sohoa
COPY . .
# What only builds leaves again with the command that needed it. Modules are compiled here, as nobody may write there.
RUN requirements/make-venv.sh requirements/run.lock \
 && .venv/bin/python -m compileall -q --invalidation-mode unchecked-hash ocr pipeline signing storage web workers \
 && .venv/bin/python -m pip uninstall -q -y hatchling editables trove-classifiers setuptools pip \
 && rm -rf /root/.cache

# --- what is shipped --------------------------------------------------------------------------------------------------
FROM system
RUN apt-get purge -y -q --auto-remove python3-venv \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
 && groupadd --gid 10350 sohoa \
 && useradd --uid 10350 --gid 10350 --no-create-home --home-dir /var/lib/sohoa --shell /usr/sbin/nologin sohoa \
 && install -d -o 10350 -g 10350 -m 0750 /var/lib/sohoa
COPY --from=build /opt/sohoa /opt/sohoa

LABEL org.opencontainers.image.title="Sohoa" \
      org.opencontainers.image.description="Paper dossiers in, sealed records out" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/sohoa/.venv/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SOHOA_VAR=/var/lib/sohoa
WORKDIR /var/lib/sohoa
VOLUME /var/lib/sohoa
# Of `serve`, on the container's own loopback unless SOHOA_HEALTH says otherwise.
EXPOSE 8350
USER 10350:10350
STOPSIGNAL SIGTERM
# Whether it lives. Whether it can work (`/ready`) also depends on servers that starting it again would not mend.
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s --retries=4 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8350/live', timeout=5)"]
ENTRYPOINT ["sohoa"]
CMD ["serve"]
