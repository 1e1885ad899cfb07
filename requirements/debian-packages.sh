#!/usr/bin/env bash
# Install the Debian or Ubuntu packages that are missing. Usage: debian-packages.sh run|test|bench
set -euo pipefail

packages=(ca-certificates tesseract-ocr tesseract-ocr-vie tesseract-ocr-script-viet tesseract-ocr-osd poppler-utils)
[ "${1:-run}" != run ] && packages+=(qpdf openssl softhsm2 postgresql ceph-mon ceph-osd ceph-common radosgw rabbitmq-server redis-server libfaketime)
# OCRmyPDF, which the benchmark runs against, will not start without it; nothing of ours uses it.
[ "${1:-run}" = bench ] && packages+=(ghostscript)

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
right_python() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if ! command -v dpkg-query >/dev/null; then
  echo "sohoa: this is no Debian or Ubuntu. Install by hand: ${packages[*]}, Liberation fonts 2, Python 3.11 or newer with venv." >&2
  command -v tesseract >/dev/null && command -v pdftoppm >/dev/null && exit 0
  exit 1
fi

missing=()
for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done

# Liberation 2 has all Vietnamese letters, version 1 has not; newer releases dropped the 2 from the name.
fonts=(/usr/share/fonts/truetype/liberation2 /usr/share/fonts/truetype/liberation)
[ -e "${fonts[0]}/LiberationSerif-Regular.ttf" ] || [ -e "${fonts[1]}/LiberationSerif-Regular.ttf" ] || missing+=(fonts-liberation2)

if ! { right_python python3 || right_python python3.11 || right_python python3.12 || right_python python3.13; }; then
  missing+=(python3 python3-venv)
fi

[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
  else
    echo "sohoa: these packages are missing, and this user may not install them: ${missing[*]}" >&2
    echo "sohoa: ask an administrator for: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
fi

echo "sohoa: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 "$@" >/dev/null; }
apt update
if ! apt-cache show fonts-liberation2 >/dev/null 2>&1; then missing=("${missing[@]/fonts-liberation2/fonts-liberation}"); fi
apt install --no-install-recommends "${missing[@]}"
# Ubuntu 22.04 has Python 3.10 by default, and 3.11 beside it.
if ! { right_python python3 || right_python python3.11; }; then apt install --no-install-recommends python3.11 python3.11-venv; fi
