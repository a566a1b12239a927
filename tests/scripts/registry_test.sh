#!/usr/bin/env bash
# scripts/setup with the real npm and pip, on a machine where both are told of a company's own registry: a local one here,
# which has packages that are nowhere else.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

# A checkout of the scripts whose report needs one npm package, in a home of its own.
checkout() {
  home=$(mktemp -d -p "$sandbox")
  repo=$home/repo
  mkdir -p "$repo/reports" "$home/bin"
  cp -r "$source_dir/scripts" "$repo"
  echo '{"name": "r", "version": "1.0.0", "dependencies": {"bnexp-no-such": "1.0.0"}}' >"$repo/reports/package.json"
  cat >"$repo/reports/package-lock.json" <<'LOCK'
{"name": "r", "version": "1.0.0", "lockfileVersion": 2, "requires": true, "packages": {
  "": {"name": "r", "version": "1.0.0", "dependencies": {"bnexp-no-such": "1.0.0"}},
  "node_modules/bnexp-no-such": {"version": "1.0.0"}}}
LOCK
  torch_config "$home/torch"
}

# torch_config DIR: what makes scripts/setup take DIR for a LibTorch.
torch_config() {
  mkdir -p "$1"
  echo '# LibTorch' >"$1/TorchConfig.cmake"
  echo 'set(PACKAGE_VERSION "2.13.0")' >"$1/TorchConfigVersion.cmake"
}

# setup SETTING...: scripts/setup with those environment variables and none of ours.
setup() { env -i PATH="$home/bin:$PATH" HOME="$home" "$@" "$repo/scripts/setup" </dev/null; }

# --- npm ------------------------------------------------------------------------------------------------------------

# Serves the package on a free port, which it writes to $sandbox/port, and notes what it is asked for.
serve_npm() {
  mkdir -p "$sandbox/package"
  echo '{"name": "bnexp-no-such", "version": "1.0.0"}' >"$sandbox/package/package.json"
  tar -C "$sandbox" -czf "$sandbox/package.tgz" package
  node -e '
    const fs = require("fs"), sandbox = process.argv[1];
    const server = require("http").createServer((request, response) => {
      fs.appendFileSync(sandbox + "/requests", request.url + "\n");
      const base = "http://127.0.0.1:" + server.address().port;
      if (request.url.endsWith(".tgz")) return response.end(fs.readFileSync(sandbox + "/package.tgz"));
      response.end(JSON.stringify({name: "bnexp-no-such", "dist-tags": {latest: "1.0.0"}, versions: {"1.0.0": {
        name: "bnexp-no-such", version: "1.0.0", dist: {tarball: base + "/company/package.tgz"}}}}));
    });
    server.listen(0, "127.0.0.1", () => {
      fs.writeFileSync(sandbox + "/port.new", String(server.address().port));
      fs.renameSync(sandbox + "/port.new", sandbox + "/port");
    });' "$sandbox" &
  server=$!
  trap 'kill $server; rm -rf "$sandbox"' EXIT
  for _ in {1..100}; do
    [ ! -e "$sandbox/port" ] || return 0
    sleep 0.1
  done
  return 1
}

# npm_reads FILE SETTING...: npm asks the registry that FILE names.
npm_reads() {
  checkout
  local file=$home/$1
  shift
  rm -f "$sandbox/requests"
  mkdir -p "$(dirname "$file")"
  echo "registry=http://127.0.0.1:$(cat "$sandbox/port")/company/" >"$file"
  setup Torch_DIR="$home/torch" "${@//HOME/$home}" || { cat "$repo/.deps/log/npm-reports.log" && return 1; }
  [ -e "$repo/reports/node_modules/bnexp-no-such/package.json" ] || return
  expect_text "$(cat "$sandbox/requests")" /company/bnexp-no-such
}

# --- pip ------------------------------------------------------------------------------------------------------------

# Wheels of what scripts/setup asks pip for, in $sandbox/wheels, and an index of them in $sandbox/index.
make_wheels() {
  mkdir -p "$sandbox/wheels"
  torch_config "$sandbox/wheel/torch/share/cmake/Torch"
  touch "$sandbox/wheel/torch/__init__.py"
  python3 - "$sandbox" <<'PYTHON'
import pathlib, sys, zipfile
sandbox = pathlib.Path(sys.argv[1])
for name, version in (("torch", "2.13.0+cpu"), ("numpy", "1.0")):
    file = f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info/"
    with zipfile.ZipFile(sandbox / "wheels" / file, "w") as wheel:
        for path in (sandbox / "wheel").glob(f"{name}/**/*"):
            wheel.write(path, path.relative_to(sandbox / "wheel"))
        wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", "")
    page = sandbox / "index" / name
    page.mkdir(parents=True)
    (page / file).write_bytes((sandbox / "wheels" / file).read_bytes())
    (page / "index.html").write_text(f'<a href="{file.replace("+", "%2B")}">{file}</a>')
PYTHON
}

# A checkout whose report needs nothing, on a machine whose Python has no torch.
pip_checkout() {
  checkout
  rm "$repo/reports/package-lock.json"
  local python
  for python in python3 python; do
    printf '#!/bin/bash\n[[ "$*" != *find_spec* ]] && exec %q "$@"\n' "$(command -v python3)" >"$home/bin/$python"
    chmod +x "$home/bin/$python"
  done
}

# pip_finds SETTING...: scripts/setup gets LibTorch by pip.
pip_finds() {
  setup "$@" || { cat "$repo/.deps/log/torch.log" && return 1; }
  expect_text "$(cat "$repo/.deps/torch")" "$repo/.deps/venv/lib/"
}

# pip_configuration FILE: one that names our wheels alone, whatever the machine's own says.
pip_configuration() {
  mkdir -p "$(dirname "$1")"
  printf '[global]\nindex-url = file://%s/index\nextra-index-url =\nfind-links =\n' "$sandbox" >"$1"
}

reads_index_variable() {
  pip_checkout
  pip_finds PIP_CONFIG_FILE=/dev/null PIP_INDEX_URL="file://$sandbox/index" PIP_USER=1
}

reads_links_variable() {
  pip_checkout
  pip_finds PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS="$sandbox/wheels"
}

reads_user_configuration() {
  pip_checkout
  pip_configuration "$home/.config/pip/pip.conf"
  pip_finds
}

reads_environment_configuration() {
  pip_checkout
  pip_configuration "$home/own/pip.conf"
  pip_finds VIRTUAL_ENV="$home/own"
}

refuses_other_place() {
  pip_checkout
  local output
  ! output=$(setup PIP_CONFIG_FILE=/dev/null PIP_NO_INDEX=1 PIP_FIND_LINKS="$sandbox/wheels" PIP_TARGET="$home/target" 2>&1) || return
  expect_text "$output" "pip did not install torch into $repo/.deps/venv" && [ ! -e "$repo/.deps/torch" ]
}

serve_npm
it "npm's global configuration names the registry" npm_reads prefix/etc/npmrc NPM_CONFIG_PREFIX=HOME/prefix
it "npm's user configuration names the registry" npm_reads .npmrc
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
  make_wheels
  it "PIP_INDEX_URL names the index, and PIP_USER does no harm" reads_index_variable
  it "PIP_FIND_LINKS names a folder, without an index" reads_links_variable
  it "pip's user configuration names the index" reads_user_configuration
  it "an active virtual environment's configuration names the index" reads_environment_configuration
  it "a pip that installs elsewhere is told apart from one that fails" refuses_other_place
else
  echo "skipped: pip, for this machine's Python makes no virtual environments"
fi
finish
