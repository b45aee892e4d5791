# Shared by scripts/run, scripts/test and .ci/run: sourced, not started.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${INLAY_BUILD:-$root/build/release}

say() { printf 'inlay: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# install_packages [test] [check]: installs what is missing of scripts/packages.txt.
install_packages() {
    command -v dpkg-query >/dev/null ||
        fail "this script installs Debian packages, and dpkg is not here. Install what scripts/packages.txt names, then run: cmake --preset release && ninja -C build/release"
    local missing=() name purpose
    while read -r name purpose; do
        [[ -z $name || $name == \#* ]] && continue
        [[ -n $purpose && " $* " != *" $purpose "* ]] && continue
        dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed ||
            missing+=("$name")
    done <"$root/scripts/packages.txt"
    ((${#missing[@]} == 0)) && return
    local sudo=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "these packages are missing and need root to install: ${missing[*]}"
        sudo=(sudo)
        say "sudo may ask for your password to install: ${missing[*]}"
    else
        say "installing: ${missing[*]}"
    fi
    local log
    log=$(mktemp)
    { "${sudo[@]}" apt-get update -qq &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        fail "the packages could not be installed (full output: $log). Wanted: ${missing[*]}"
    }
    rm -f "$log"
}

# build_release [targets…]: configures once, with the options of INLAY_CMAKE if there are, and builds
# what changed. INLAY_BUILD names another folder than build/release.
build_release() {
    local log=$root/build/build.log
    mkdir -p "$root/build"
    if [[ ! -f $build/build.ninja ]]; then
        say "configuring in ${build#"$root"/}"
        (cd "$root" && cmake --preset release -B "$build" ${INLAY_CMAKE:-}) >"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            fail "the configuration failed (full output: build/build.log)"
        }
    fi
    if ! ninja -C "$build" -n "$@" 2>/dev/null | grep -q 'no work to do'; then
        say "building (the first time takes some minutes; output: build/build.log)"
    fi
    ninja -C "$build" "$@" >"$log" 2>&1 || {
        grep -A 12 -m 3 -E 'FAILED|error:' "$log" >&2
        fail "the build failed (full output: build/build.log)"
    }
}
