# dependents.awk PAIRS PACKAGES SOURCES: for each update of PAIRS how many source
# packages of a release build-depend on its development packages, which is what
# is compiled again if the interface is another, and how many depend on it in any
# way, when they are built or when what they are built with runs: what Nix builds
# again today. PACKAGES and SOURCES are indices of the release.

# The first alternatives, without versions, architectures and profiles.
function names(field, list,    parts, count, i) {
  count = split(field, parts, /,/)
  for (i = 1; i <= count; i++) {
    sub(/^[ \t]+/, "", parts[i])
    sub(/[ \t:(|\[<].*/, "", parts[i])
    if (parts[i] != "") list[parts[i]]
  }
}
function edge(from, to) { next_of[from] = next_of[from] " " to }

FNR == 1 { file++ }

file == 1 && /^[^# ]/ { update[++updates] = $1; lines = 0 }
file == 1 && /^ / && ++lines == 1 {
  for (i = 1; i <= NF; i++) {
    sub(/=.*/, "", $i)
    if ($i ~ /-dev$/) dev[updates] = dev[updates] " " $i
  }
}

# A field with its continuation lines.
file > 1 && /^[^ \t]/ { key = $1; value = $0; sub(/^[^:]*: */, "", value); field[key] = value }
file > 1 && /^[ \t]/ && key ~ /^(Binary|Build-Depends|Depends)/ { field[key] = field[key] $0 }

file == 2 && NF == 0 {
  split("", needed)
  names(field["Depends:"] "," field["Pre-Depends:"], needed)
  for (name in needed) edge("binary " name, "binary " field["Package:"])
  split("", field)
}
file == 3 && NF == 0 {
  source = field["Package:"]
  if (!(source in seen)) {
    seen[source]
    split("", made)
    names(field["Binary:"], made)
    for (name in made) edge("source " source, "binary " name)
    split("", needed)
    names(field["Build-Depends:"] "," field["Build-Depends-Arch:"] "," field["Build-Depends-Indep:"], needed)
    # Whatever is compiled needs what nobody names (Debian Policy, 4.2).
    if (field["Architecture:"] != "all") names("libc6-dev, gcc, g++, make, dpkg-dev", needed)
    for (name in needed) {
      edge("binary " name, "source " source)
      users[name] = users[name] " " source
    }
  }
  split("", field)
}

END {
  for (i = 1; i <= updates; i++) {
    split("", direct)
    count = split(dev[i], packages, " ")
    for (j = 1; j <= count; j++) {
      many = split(users[packages[j]], some, " ")
      for (k = 1; k <= many; k++) if (some[k] != update[i]) direct[some[k]]
    }
    print update[i], length(direct), reached("source " update[i])
  }
}

# How many sources can be reached, but for the one to start with.
function reached(start,    queue, first, last, visited, found, node, all, count, i) {
  queue[last = 1] = start
  visited[start]
  for (first = 1; first <= last; first++) {
    node = queue[first]
    count = split(next_of[node], all, " ")
    for (i = 1; i < count; i += 2) {
      node = all[i] " " all[i + 1]
      if (!(node in visited)) {
        visited[node]
        queue[++last] = node
        if (all[i] == "source") found++
      }
    }
  }
  return found + 0
}
