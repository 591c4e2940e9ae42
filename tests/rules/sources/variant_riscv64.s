        .text
        .globl variant, normal
        .variant_cc variant
        .type variant, %function
        .type normal, %function
variant:
normal: ret
