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
finds_its_configs() { usr/bin/bnexp check quickstart; }

build=$2
it "every config is in share/bnexp/configs" has_every_config
it "the report's page and chart library are in share/bnexp/report" has_report_assets
it "the program finds LibTorch" finds_its_libraries
it "the program finds its configs" finds_its_configs
finish
