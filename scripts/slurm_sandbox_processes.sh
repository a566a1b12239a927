# The processes of the sandbox in $dir; sourced by scripts/slurm_sandbox.
# shellcheck shell=bash disable=SC2154

# A command of Slurm, told of this sandbox.
slurm() { SLURM_CONF=$dir/slurm.conf "$@" 2>/dev/null; }

# Starts a daemon. It inherits only the path and the time zone, because the caller may itself be in a Slurm job.
daemon() {
  env -i PATH="$PATH" SLURM_CONF="$dir/slurm.conf" ${TZ:+TZ="$TZ"} "$@" </dev/null >>"$dir/log/start.log" 2>&1
}

# until_true COMMAND...: repeats the command until it succeeds; fails when that takes longer than $patience seconds.
until_true() {
  local end=$((SECONDS + patience))
  until "$@"; do
    [ $SECONDS -lt $end ] || return
    sleep 0.2
  done
}

# Prints "PID NAME" of each daemon, slurmstepd included. Those of Slurm work in the folder of their log.
daemons() {
  local process name pid
  for process in /proc/[0-9]*; do
    { read -r name <"$process/comm"; } 2>/dev/null || continue
    [[ $name != slurm* ]] || [ "$(readlink "$process/cwd")" != "$dir/log" ] || echo "${process#/proc/} $name"
  done
  pid=$(cat "$dir/munged.pid" 2>/dev/null) || return 0
  ! grep -sqF "$dir/munge.sock" "/proc/$pid/cmdline" || echo "$pid munged"
}

# Prints the PIDs of the jobs' processes: those with a job's variables, and what slurmstepd has started.
job_processes() {
  local files file seeds
  seeds=$(daemons | awk '$2 == "slurmstepd" { print $1 }')
  mapfile -t files < <(grep -slzxF "SLURM_CONF=$dir/slurm.conf" /proc/[0-9]*/environ)
  for file in "${files[@]}"; do
    file=${file%/environ}
    ! grep -sqz '^SLURM_JOB_ID=' "$file/environ" || seeds+=" ${file#/proc/}"
  done
  # A line of stat is: PID (NAME) STATE PARENT GROUP SESSION, and more.
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v seeds="$seeds" '
    BEGIN { split(seeds, list); for (i in list) ours[list[i]] }
    { pid = $1; sub(/.*\) /, ""); if ($1 != "Z") parent[pid] = $2 }
    END {
      do {
        grown = 0
        for (pid in parent) if (!(pid in ours) && parent[pid] in ours) { ours[pid]; grown = 1 }
      } while (grown)
      for (pid in ours) if (pid in parent) print pid
    }'
}

runs() { [[ $(daemons)$'\n' == *" $1"$'\n'* ]]; }
ended() { ! runs "$1"; }

# Ends slurmctld, which saves its state.
end_controller() {
  local pid name
  while read -r pid name; do
    [ "$name" != slurmctld ] || kill "$pid" 2>/dev/null || true
  done < <(daemons)
  until_true ended slurmctld
}

# Kills what there is; fails unless there was nothing.
kill_all() {
  local pids
  mapfile -t pids < <(daemons | cut -d ' ' -f 1; job_processes)
  [ ${#pids[@]} -gt 0 ] || return 0
  kill -KILL "${pids[@]}" 2>/dev/null || true
  return 1
}
