        .text
        .globl "NAME", plain
        .type "NAME", @function
        .type plain, @function
"NAME":
plain:  ret
        .section .note.GNU-stack,"",@progbits
