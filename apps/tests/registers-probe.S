/*
 * System calls of every shape, each made with a known value in every register and every register stored right after it.
 *
 * The promise (DESIGN D5): whatever way a system call takes into the library OS, only rax, rcx and r11 may change. That
 * includes rflags with the direction flag set, the 128 bytes below rsp (the red zone of the ABI), the vector registers,
 * and the sites themselves must work when they lie across a cache line or a page, follow each other directly, are entered
 * in their middle, or only look like a system call. registers.c compares the areas; this file only loads and stores.
 *
 *      probe_in / probe_out:   0    rax rbx rcx rdx rsi rdi rbp rsp r8..r15   (16 * 8)
 *                              128  rflags
 *                              192  red zone, [rsp-128, rsp)
 *                              320  ymm0..ymm15 (16 * 32; the upper halves only where probe_has_avx)
 */
	.set	RAX, 0
	.set	RBX, 8
	.set	RCX, 16
	.set	RDX, 24
	.set	RSI, 32
	.set	RDI, 40
	.set	RBP, 48
	.set	RSP, 56
	.set	R8, 64
	.set	FLAGS, 128
	.set	RED_ZONE, 192
	.set	VECTORS, 320

	.bss
	.balign	64
	.globl	probe_in, probe_out, probe_has_avx, probe_target
probe_in:	.skip	832
probe_out:	.skip	832
probe_saved_rsp: .skip	8
probe_target:	.skip	8
probe_has_avx:	.skip	8

	.text

/* Loads everything but rax and rsp from probe_in; rflags and the red zone last, with instructions that change no flags. */
	.macro LOAD_ALL
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, probe_saved_rsp(%rip)
	cmpq	$0, probe_has_avx(%rip)
	je	.Lsse_load\@
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	vmovdqu	probe_in+VECTORS+\n*32(%rip), %ymm\n
	.endr
	jmp	.Lloaded\@
.Lsse_load\@:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	movdqu	probe_in+VECTORS+\n*32(%rip), %xmm\n
	.endr
.Lloaded\@:
	pushq	probe_in+FLAGS(%rip)
	popfq
	.irp	n, 0,8,16,24,32,40,48,56,64,72,80,88,96,104,112,120
	mov	probe_in+RED_ZONE+\n(%rip), %rax
	mov	%rax, -128+\n(%rsp)
	.endr
	mov	%rsp, probe_in+RSP(%rip)
	mov	probe_in+RBX(%rip), %rbx
	mov	probe_in+RCX(%rip), %rcx
	mov	probe_in+RDX(%rip), %rdx
	mov	probe_in+RSI(%rip), %rsi
	mov	probe_in+RDI(%rip), %rdi
	mov	probe_in+RBP(%rip), %rbp
	.irp	n, 8,9,10,11,12,13,14,15
	mov	probe_in+R8+(\n-8)*8(%rip), %r\n
	.endr
	mov	probe_in+RAX(%rip), %rax
	.endm

/* Stores everything; nothing is pushed before the red zone and rflags are safe. Returns rax as the call left it. */
	.macro STORE_ALL
	mov	%rax, probe_out+RAX(%rip)
	mov	%rbx, probe_out+RBX(%rip)
	mov	%rcx, probe_out+RCX(%rip)
	mov	%rdx, probe_out+RDX(%rip)
	mov	%rsi, probe_out+RSI(%rip)
	mov	%rdi, probe_out+RDI(%rip)
	mov	%rbp, probe_out+RBP(%rip)
	mov	%rsp, probe_out+RSP(%rip)
	.irp	n, 8,9,10,11,12,13,14,15
	mov	%r\n, probe_out+R8+(\n-8)*8(%rip)
	.endr
	.irp	n, 0,8,16,24,32,40,48,56,64,72,80,88,96,104,112,120
	mov	-128+\n(%rsp), %rax
	mov	%rax, probe_out+RED_ZONE+\n(%rip)
	.endr
	mov	probe_saved_rsp(%rip), %rsp
	pushfq
	popq	probe_out+FLAGS(%rip)
	cld
	cmpq	$0, probe_has_avx(%rip)
	je	.Lsse_store\@
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	vmovdqu	%ymm\n, probe_out+VECTORS+\n*32(%rip)
	.endr
	vzeroupper
	jmp	.Lstored\@
.Lsse_store\@:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	movdqu	%xmm\n, probe_out+VECTORS+\n*32(%rip)
	.endr
.Lstored\@:
	mov	probe_out+RAX(%rip), %rax
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.endm

	.macro BEGIN name
	.balign	64
	.globl	probe_\name
	.type	probe_\name, @function
probe_\name:
	LOAD_ALL
	.endm

	.macro END name
	STORE_ALL
	.size	probe_\name, . - probe_\name
	.endm

/* 39 is getpid throughout: it looks at no argument, so every other register is free. 9999 does not exist (-ENOSYS). */

/* By far the commonest: mov imm32, %eax; syscall: seven bytes. */
	BEGIN	mov_eax
	mov	$39, %eax
	syscall
	END	mov_eax

/* The same with a number that does not exist. */
	BEGIN	mov_eax_unknown
	mov	$9999, %eax
	syscall
	END	mov_eax_unknown

/* mov imm32, %rax: nine bytes. */
	BEGIN	mov_rax
	.byte	0x48, 0xc7, 0xc0, 39, 0, 0, 0
	syscall
	END	mov_rax

/* The number comes with rax (as in libc's syscall()). */
	BEGIN	number_in_rax
	syscall
	END	number_in_rax

/* Number by push and pop, below the red zone. */
	BEGIN	push_pop
	mov	%rbx, %rax
	lea	-128(%rsp), %rsp
	pushq	$39
	pop	%rax
	lea	128(%rsp), %rsp
	syscall
	END	push_pop

/* A jump lies between number and call. */
	BEGIN	mov_jump_syscall
	mov	$39, %eax
	jmp	1f
	ud2
1:	syscall
	END	mov_jump_syscall

/* Somebody jumps between the two instructions of a site: through probe_target, to middle_start or to middle_syscall. */
	BEGIN	middle
	mov	$9999, %eax
	jmp	*probe_target(%rip)
	ud2
	.globl	middle_start, middle_syscall
middle_start:
	mov	$39, %eax
middle_syscall:
	syscall
	END	middle

/* Four sites without anything between them. */
	BEGIN	four_in_a_row
	mov	$9999, %eax
	syscall
	mov	$9999, %eax
	syscall
	mov	$9999, %eax
	syscall
	mov	$39, %eax
	syscall
	END	four_in_a_row

/* Twenty thousand calls at one site; the counter is in r12, which must survive each. r12 ends as 0. */
	BEGIN	loop
	mov	$20000, %r12d
1:	mov	$39, %eax
	syscall
	lea	-1(%r12), %r12
	/* jrcxz tests without touching rflags; rcx is free after a system call. */
	mov	%r12, %rcx
	jrcxz	2f
	jmp	1b
2:
	END	loop

/* The call's two bytes lie in two cache lines. */
	BEGIN	across_line
	jmp	1f
	.balign	64
	.skip	58, 0x90
1:	mov	$39, %eax
	syscall
	END	across_line

/* The site begins in one page and ends in the next. */
	BEGIN	across_page
	jmp	1f
	.balign	4096
	.skip	4092, 0x90
1:	mov	$39, %eax
	syscall
	END	across_page

/* Bytes that look like a site but are the constant of a movabs, and bytes that are data: neither may be changed. */
	BEGIN	lookalike
	movabs	$0x11050f00000027b8, %rcx
	mov	%rcx, lookalike_constant(%rip)
	mov	$39, %eax
	syscall
	END	lookalike
	.globl	lookalike_data
lookalike_data:
	.byte	0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0x90
	.byte	0xb8, 0x0f, 0x05, 0x0f, 0x05, 0x0f, 0x05, 0x0f

	.bss
	.globl	lookalike_constant
lookalike_constant: .skip 8
	.text

/* No system call: some ten milliseconds of computing, in which interrupts may come. rcx ends as 0. */
	BEGIN	spin
	mov	$60000000, %ecx
1:	lea	-1(%rcx), %rcx
	jrcxz	2f
	jmp	1b
2:
	END	spin

	.section .note.GNU-stack, "", @progbits
