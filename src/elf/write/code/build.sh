#!/bin/sh
# Compiles trap.c and init.c for each machine, into trap/MACHINE.bin and
# init/MACHINE.bin. The bytes are part of the stub format: other bytes are another
# format version. Needs clang, lld and llvm-objcopy 19.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # MACHINE TRIPLE [FLAG...]
    machine=$1 triple=$2
    shift 2
    for code in trap init; do
        clang-19 --target="$triple" "$@" -Oz -fpic -ffreestanding -fno-builtin \
            -fno-stack-protector -fomit-frame-pointer -fno-exceptions \
            -fno-asynchronous-unwind-tables -Wall -Wextra -Werror \
            -c "$code.c" -o "$work/code.o"
        ld.lld-19 -T flat.ld --entry=entry -o "$work/code" "$work/code.o"
        llvm-objcopy-19 -O binary -j .flat "$work/code" "$code/$machine.bin"
    done
}

build x86_64 x86_64-linux-gnu -fcf-protection=branch
build i386 i386-linux-gnu -fcf-protection=branch
build aarch64 aarch64-linux-gnu -mcmodel=tiny -mbranch-protection=bti
build arm armv7a-linux-gnueabi -marm -march=armv5te -mfloat-abi=soft
build riscv64 riscv64-linux-gnu -march=rv64im -mabi=lp64 -mno-relax
build ppc64le powerpc64le-linux-gnu -mcpu=power8
build s390x s390x-linux-gnu -march=z10
build loongarch64 loongarch64-linux-gnu
