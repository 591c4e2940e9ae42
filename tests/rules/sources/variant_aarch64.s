        .text
        .globl variant, normal
        .variant_pcs variant
        .type variant, %function
        .type normal, %function
variant:
normal: ret
