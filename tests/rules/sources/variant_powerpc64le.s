        .abiversion 2
        .text
        .globl variant, normal
        .type variant, %function
        .type normal, %function
variant:
        addis 2, 12, .TOC.-variant@ha
        addi 2, 2, .TOC.-variant@l
        .localentry variant, . - variant
        blr
normal: blr
