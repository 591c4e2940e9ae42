#!/bin/sh
# Compiles trap.c for each machine into the file of that name, *.bin. The bytes
# are part of the stub format: other bytes are another format version.
# Needs clang, lld and llvm-objcopy 19.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # FILE TRIPLE [FLAG...]
    file=$1 triple=$2
    shift 2
    clang-19 --target="$triple" "$@" -Os -fpic -ffreestanding -fno-builtin \
        -fno-stack-protector -fomit-frame-pointer -fno-exceptions \
        -fno-asynchronous-unwind-tables -Wall -Wextra -Werror \
        -c trap.c -o "$work/trap.o"
    ld.lld-19 -T trap.ld --entry=trap -o "$work/trap" "$work/trap.o"
    llvm-objcopy-19 -O binary -j .flat "$work/trap" "$file.bin"
}

build x86_64 x86_64-linux-gnu -fcf-protection=branch
build i386 i386-linux-gnu -fcf-protection=branch
build aarch64 aarch64-linux-gnu -mcmodel=tiny -mbranch-protection=bti
build arm armv7a-linux-gnueabi -marm -march=armv5te -mfloat-abi=soft
build riscv64 riscv64-linux-gnu -march=rv64i -mabi=lp64 -mno-relax
build ppc64le powerpc64le-linux-gnu -mcpu=power8
build s390x s390x-linux-gnu -march=z10
build loongarch64 loongarch64-linux-gnu
