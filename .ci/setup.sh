# What ./tablekey, tests/run and .ci/run share: finding out whether the machine has the packages, and
# building a preset once, quietly, with its log in a file. It is sourced; the caller has set
#   root   the folder of the project      me   the name to speak under
# and everything said here goes to stderr. POSIX sh, so that a machine without bash still gets to read
# the list of packages.
#
# Environment:
#   TABLEKEY_JOBS               compile with so many jobs instead of what cores and memory allow
#   TABLEKEY_ASSUME_PACKAGES=1  do not look for packages: for other systems, where they are installed
#   TABLEKEY_OS_RELEASE         read this file instead of /etc/os-release (for the tests)

packages_program="g++ cmake ninja-build pkg-config libboost1.81-dev libssl-dev capnproto libcapnp-dev
  libfmt-dev libcli11-dev libyaml-dev nlohmann-json3-dev libzstd-dev zlib1g-dev"
packages_tests="catch2 librapidcheck-dev libbenchmark-dev jq protobuf-compiler"
packages_clang="clang-19 lld-19 libclang-rt-19-dev"

# Nothing could be set up: the exit code for "cannot read or write" of every command.
exit_setup=3

say() { printf '%s: %s\n' "$me" "$*" >&2; }

stop() {
  say "$@"
  exit "$exit_setup"
}

# --- packages -------------------------------------------------------------------------------------

is_debian_12() {
  release=${TABLEKEY_OS_RELEASE:-/etc/os-release}
  [ -r "$release" ] && (
    # shellcheck disable=SC1090
    . "$release"
    [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ]
  )
}

# Prints those of the given packages that are not installed.
missing_packages() {
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' | tr '\n' ' ')
  for package in "$@"; do
    case " $installed" in
      *" $package "*) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

# Sets as_root to what makes a command run as root, or stops with the command to type.
become_root() {
  as_root=
  [ "$(id -u)" = 0 ] && return 0
  if command -v sudo >/dev/null 2>&1; then
    as_root=sudo
    sudo -n true 2>/dev/null && return 0
    (: </dev/tty) 2>/dev/null && return 0 # sudo can ask for the password itself
  fi
  say "these Debian packages are missing, and installing them needs root:"
  stop "  sudo apt-get install -y --no-install-recommends $*"
}

apt_get() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# Makes sure of the given packages; says what it installs, and nothing if there is nothing to install.
ensure_packages() {
  [ "${TABLEKEY_ASSUME_PACKAGES:-}" = 1 ] && return 0
  if ! is_debian_12; then
    say "this sets itself up on Debian 12 only. The packages it needs there are:"
    printf '%s ' "$@" | fold -s -w 88 | sed 's/^/    /' >&2
    echo >&2
    say "with their like installed, call this again with TABLEKEY_ASSUME_PACKAGES=1"
    exit "$exit_setup"
  fi
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  become_root "$missing"
  say "installing Debian packages (once): $missing"
  log=$root/build/packages.log
  make_build_folder
  removed=$(apt_get -s --no-install-recommends install $missing 2>/dev/null |
    sed -n 's/^Remv \([^ ]*\).*/\1/p' | tr '\n' ' ')
  [ -z "$removed" ] || say "they replace: $removed"
  # The lists of packages may be absent (a fresh container) or old: then fetch them and try again.
  apt_get install -y --no-install-recommends $missing >"$log" 2>&1 && return 0
  if apt_get update >>"$log" 2>&1 &&
    apt_get install -y --no-install-recommends $missing >>"$log" 2>&1; then
    return 0
  fi
  tail -n 20 "$log" >&2
  stop "apt-get could not install them; its whole output is in $log"
}

# --- building -------------------------------------------------------------------------------------

make_build_folder() {
  mkdir -p "$root/build" 2>/dev/null || stop "cannot make the folder $root/build"
}

# As many jobs as there are cores, but no more than the memory holds at 1.5 GB a job.
jobs_of_this_machine() {
  if [ -n "${TABLEKEY_JOBS:-}" ]; then
    printf '%s' "$TABLEKEY_JOBS"
    return
  fi
  jobs=$(nproc)
  megabytes=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null)
  case $limit in
    '' | *[!0-9]*) ;;
    *) [ $((limit / 1048576)) -lt "$megabytes" ] && megabytes=$((limit / 1048576)) ;;
  esac
  room=$((megabytes / 1500))
  [ "$room" -lt "$jobs" ] && jobs=$room
  [ "$jobs" -lt 1 ] && jobs=1
  printf '%s' "$jobs"
}

# Runs a command with its output added to $log, and on a terminal shows how far ninja or ctest is.
logged() {
  if ! [ -t 2 ]; then
    "$@" >>"$log" 2>&1 </dev/null
    return
  fi
  { "$@" 2>&1 </dev/null; printf 'exit status %s\n' $?; } | tee -a "$log" |
    while IFS= read -r line; do
      case $line in
        \[*/*\]*) printf '\r\033[K%s: building %s' "$me" "${line%%]*}]" >&2 ;;
        *[0-9]/*' Test '*'#'*) printf '\r\033[K%s: tests %s' "$me" "${line%% Test *}" >&2 ;;
      esac
    done
  printf '\r\033[K' >&2
  [ "$(tail -n 1 "$log")" = 'exit status 0' ]
}

# Whether the preset was configured here (a folder that was moved was not) with the presets of today.
is_configured() {
  cache=$root/build/$1/CMakeCache.txt
  [ -f "$root/build/$1/build.ninja" ] &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" 2>/dev/null &&
    [ -z "$(find "$root/CMakePresets.json" -newer "$cache")" ]
}

configure_preset() {
  is_configured "$1" && return 0
  (cd "$root" && logged cmake --fresh --preset "$1") && touch "$root/build/$1/CMakeCache.txt"
}

compile_preset() {
  (cd "$root" && NINJA_STATUS='[%f/%t] ' \
    logged cmake --build "build/$1" --parallel "$(jobs_of_this_machine)")
}

# Configures and builds a preset, one caller at a time; the log of the build is build/PRESET/build.log.
# With a second argument, a command, nothing is done if that succeeds once it is our turn. On failure
# prints the compiler's messages and where the log is, and returns 1.
build_preset() {
  make_build_folder
  (
    flock -n 9 || { say "waiting for another build of $1"; flock 9; }
    [ -n "${2:-}" ] && $2 && exit 0
    mkdir -p "$root/build/$1"
    log=$root/build/$1/build.log
    stamp=$root/build/$1/built.stamp
    : >"$log"
    : >"$stamp.new" # the time before the build, so that a change made during it is seen by the next
    if configure_preset "$1" 9>&- && compile_preset "$1" 9>&-; then
      mv "$stamp.new" "$stamp"
      exit 0
    fi
    rm -f "$stamp.new"
    what_went_wrong "$log" >&2
    say "the build failed; its whole output is in $log"
    exit 1
  ) 9>"$root/build/$1.lock"
}

# From the first failure in a log on, at most 200 lines of it.
what_went_wrong() {
  awk '/^FAILED: |^CMake Error|^ninja: error/ { shown = 1 }
       shown && count < 200 { print; ++count }
       { last[NR % 40] = $0 }
       END { if (!shown) for (i = NR - 39; i <= NR; ++i) if (i > 0) print last[i % 40] }' "$1"
}
