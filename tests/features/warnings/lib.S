// The library says something to those who link with a symbol.
//# build: gcc -shared $S/lib.S -Wl,-soname,libx.so -o libx.so

        .text
        .globl risky, old, harmless
        .type risky, @function
        .type old, @function
        .type harmless, @function
risky:  movl $1, %eax
        ret
old:    movl $2, %eax
        ret
harmless: movl $3, %eax
        ret
        .section .gnu.warning.risky,"",@progbits
        .ascii "`risky' is dangerous, better use `harmless'"
        .section .gnu.warning.old,"",@progbits
        .ascii "`old' is going to be removed"
        .section .note.GNU-stack,"",@progbits
