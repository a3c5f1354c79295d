# shellcheck shell=bash
# Makes the container test possible: a Docker engine, and a base image with a Java runtime to build the project's
# Dockerfile on where there is no registry to pull from. To be sourced; what it starts, it stops when the shell ends.
# Never fails the caller: what is missing is said, and the container test is then skipped with a message.
#
# Exports: DOCKER_HOST (only if it started an engine), SAMARA_CONTAINER_BASE (the base image), TESTCONTAINERS_*.
# Keeps:   the base image as a tar in ${XDG_CACHE_HOME:-~/.cache}/samara-ci, so that the next run does not build it again.
# Measured on 2 cores: about 20 s for the packages, 60 s for the base image when it is not cached, 5 s when it is.

SAMARA_CONTAINER_BASE_NAME=samara-ci-base:bookworm
SAMARA_CONTAINER_CACHE="${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/samara-ci"
SAMARA_CONTAINER_STEP_SECONDS=300

containers_say() { printf 'containers: %s\n' "$*" >&2; }

# Installs Debian packages.
containers_install_packages() {
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    containers_say "cannot install $*: needs root and apt-get"
    return 1
  fi
  containers_say "installing $*"
  {
    timeout "$SAMARA_CONTAINER_STEP_SECONDS" apt-get -qq update
    DEBIAN_FRONTEND=noninteractive timeout "$SAMARA_CONTAINER_STEP_SECONDS" \
      apt-get -qq install -y --no-install-recommends "$@"
  } >"$SAMARA_CONTAINER_WORK/install.log" 2>&1 && return 0
  containers_say "installing failed:"
  tail -n 5 "$SAMARA_CONTAINER_WORK/install.log" >&2
  return 1
}

containers_install_engine() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  [ "${#missing[@]}" -eq 0 ] || containers_install_packages "${missing[@]}"
}

# Starts an engine of our own in a temporary folder. Where the kernel's overlay does not work, the plain (slow) driver.
containers_start_engine() {
  local driver attempt
  for driver in overlay2 vfs; do
    dockerd --storage-driver "$driver" --data-root "$SAMARA_CONTAINER_WORK/data" \
      --exec-root "$SAMARA_CONTAINER_WORK/exec" --pidfile "$SAMARA_CONTAINER_WORK/docker.pid" \
      -H "unix://$SAMARA_CONTAINER_WORK/docker.sock" >"$SAMARA_CONTAINER_WORK/dockerd.log" 2>&1 &
    SAMARA_CONTAINER_ENGINE=$!
    for attempt in $(seq 1 60); do
      if docker -H "unix://$SAMARA_CONTAINER_WORK/docker.sock" info >/dev/null 2>&1; then
        export DOCKER_HOST="unix://$SAMARA_CONTAINER_WORK/docker.sock"
        containers_say "engine started with $driver after $((attempt / 2)) s"
        return 0
      fi
      kill -0 "$SAMARA_CONTAINER_ENGINE" 2>/dev/null || break
      sleep 0.5
    done
    containers_stop_engine
  done
  containers_say "dockerd does not start:"
  tail -n 5 "$SAMARA_CONTAINER_WORK/dockerd.log" >&2
  return 1
}

containers_stop_engine() {
  [ -n "${SAMARA_CONTAINER_ENGINE:-}" ] || return 0
  kill "$SAMARA_CONTAINER_ENGINE" 2>/dev/null
  wait "$SAMARA_CONTAINER_ENGINE" 2>/dev/null
  SAMARA_CONTAINER_ENGINE=
}

# Debian with a Java runtime. The runtime is installed inside a container, since its set-up needs a mounted /proc.
containers_make_base() {
  local tree="$SAMARA_CONTAINER_WORK/tree" mirror="${SAMARA_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
  containers_say "making the base image (once; kept in the cache)"
  {
    timeout "$SAMARA_CONTAINER_STEP_SECONDS" debootstrap --variant=minbase bookworm "$tree" "$mirror" \
      && tar -C "$tree" -c . | docker import - samara-ci-debian:bookworm \
      && rm -rf "$tree" \
      && containers_add_java \
      && mkdir -p "$SAMARA_CONTAINER_CACHE" \
      && docker save -o "$SAMARA_CONTAINER_CACHE/base.tar.part" "$SAMARA_CONTAINER_BASE_NAME" \
      && mv "$SAMARA_CONTAINER_CACHE/base.tar.part" "$SAMARA_CONTAINER_CACHE/base.tar"
  } >"$SAMARA_CONTAINER_WORK/base.log" 2>&1 && return 0
  containers_say "making the base image failed:"
  tail -n 5 "$SAMARA_CONTAINER_WORK/base.log" >&2
  return 1
}

containers_add_java() {
  DOCKER_BUILDKIT=0 timeout "$SAMARA_CONTAINER_STEP_SECONDS" \
    docker build --network host -t "$SAMARA_CONTAINER_BASE_NAME" - <<'DOCKERFILE'
FROM samara-ci-debian:bookworm
RUN apt-get -qq update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends openjdk-17-jre-headless \
 && rm -rf /var/lib/apt/lists/*
DOCKERFILE
}

containers_have_base() {
  docker image inspect "$SAMARA_CONTAINER_BASE_NAME" >/dev/null 2>&1 && return 0
  if [ -f "$SAMARA_CONTAINER_CACHE/base.tar" ]; then
    docker load -q -i "$SAMARA_CONTAINER_CACHE/base.tar" >/dev/null && return 0
    containers_say "the cached base image cannot be loaded; making it again"
  fi
  command -v debootstrap >/dev/null || containers_install_packages debootstrap || return 1
  containers_make_base
}

containers_clean_up() {
  local mount
  [ -n "${SAMARA_CONTAINER_WORK:-}" ] || return 0
  containers_stop_engine
  # The engine leaves a mounted network namespace behind.
  awk -v under="$SAMARA_CONTAINER_WORK/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r \
    | while IFS= read -r mount; do umount "$mount"; done
  rm -rf --one-file-system "$SAMARA_CONTAINER_WORK"
}

containers_prepare() {
  SAMARA_CONTAINER_WORK="$(mktemp -d "${TMPDIR:-/tmp}/samara-ci.XXXXXX")" || return 1
  trap containers_clean_up EXIT
  if ! docker info >/dev/null 2>&1; then
    containers_install_engine && containers_start_engine || return 1
  fi
  containers_have_base || return 1
  export SAMARA_CONTAINER_BASE="$SAMARA_CONTAINER_BASE_NAME"
  # No helper image is pulled: neither the reaper nor the one that the library checks the engine with.
  export TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_CHECKS_DISABLE=true
  export TESTCONTAINERS_TINYIMAGE_CONTAINER_IMAGE="$SAMARA_CONTAINER_BASE_NAME"
}

containers_prepare || containers_say "no engine or no base image: the container test will be skipped"
