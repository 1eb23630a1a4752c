/* The bytes of the default model between two symbols, aligned as a memory-mapped file would be. */
    .section .rodata
    .balign 4096
    .globl bantam_built_in_model_begin
bantam_built_in_model_begin:
    .incbin BANTAM_DEFAULT_MODEL
    .globl bantam_built_in_model_end
bantam_built_in_model_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
