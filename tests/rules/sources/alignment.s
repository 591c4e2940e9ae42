# LEAD bytes of something else decide how aligned `loose` seems to be.
        .data
        .balign 32
        .globl lead, loose, page
        .type lead, %object
        .size lead, LEAD
lead:   .zero LEAD
        .type loose, %object
        .size loose, 4
loose:  .long 3
        .balign 4096
        .type page, %object
        .size page, 8
page:   .quad 4
        .bss
        .balign 128
        .globl wide
        .type wide, %object
        .size wide, 256
wide:   .zero 256
        .section .rodata
        .balign 16
        .globl vector
        .type vector, %object
        .size vector, 16
vector: .zero 16
        .section .note.GNU-stack,"",%progbits
