        .data
        .balign 4
        .globl singleton, ordinary
        .type singleton, @gnu_unique_object
        .size singleton, 4
singleton: .long 11
        .type ordinary, @object
        .size ordinary, 4
ordinary: .long 12
        .text
        .globl risky
        .type risky, @function
risky:  movl $13, %eax
        ret
        .size risky, . - risky
        .section .gnu.warning.risky,"",@progbits
        .ascii "risky is risky"
        .section .note.GNU-stack,"",@progbits
