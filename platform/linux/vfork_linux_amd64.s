#include "textflag.h"

#define SYS_clone 56

// func rawVfork(flags uintptr) (pid uintptr)
TEXT ·rawVfork(SB),NOSPLIT|NOFRAME,$0-16
	MOVQ	flags+0(FP), DI
	XORL	SI, SI
	XORL	DX, DX
	XORL	R10, R10
	XORL	R8, R8
	MOVL	$SYS_clone, AX
	POPQ	R12	// the child will overwrite this slot
	SYSCALL
	PUSHQ	R12
	MOVQ	AX, pid+8(FP)
	RET
