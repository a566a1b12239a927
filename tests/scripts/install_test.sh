#!/usr/bin/env bash
# Usage: install_test.sh CMAKE BUILD_FOLDER. What cmake --install puts where, and that it works from there.
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

"$1" --install "$2" --prefix "$sandbox/usr" >/dev/null
cd "$sandbox"

has_every_config() {
  for config in "$source_dir"/configs/*.yaml; do
    cmp "$config" "usr/share/bnexp/configs/${config##*/}" || return
  done
}
has_report_assets() { diff -r --exclude='.*' "$build/share/bnexp/report" usr/share/bnexp/report; }
finds_its_libraries() { env -u LD_LIBRARY_PATH usr/bin/bnexp --version; }
prefers_libraries_beside_it() {
  mkdir -p usr/lib/bnexp
  ln -s "$(ldd usr/bin/bnexp | awk '$1 == "libc10.so" { print $3 }')" usr/lib/bnexp
  expect_text "$(ldd usr/bin/bnexp)" "libc10.so => $sandbox/usr/bin/../lib/bnexp/libc10.so"
}
finds_its_configs() { usr/bin/bnexp check quickstart; }

build=$2
it "every config is in share/bnexp/configs" has_every_config
it "the report's page and chart library are in share/bnexp/report" has_report_assets
it "the program finds LibTorch" finds_its_libraries
it "the program prefers the libraries in lib/bnexp, as in a container" prefers_libraries_beside_it
it "the program finds its configs" finds_its_configs
finish
