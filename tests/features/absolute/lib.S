// A symbol that is a number, and stays it wherever the library is loaded.
//# build: gcc -shared $S/lib.S -Wl,-soname,libx.so -o libx.so
//# expect-library: symbol serial ABS

        .globl serial, nothing
        serial = 0x1234
        .text
        .type nothing, @function
nothing: ret
        .section .note.GNU-stack,"",@progbits
