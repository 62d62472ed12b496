#include "textflag.h"

#define SYS_clone 220

// func rawVfork(flags uintptr) (pid uintptr)
// The return address stays in R30, which each side has for itself.
TEXT ·rawVfork(SB),NOSPLIT|NOFRAME,$0-16
	MOVD	flags+0(FP), R0
	MOVD	$0, R1
	MOVD	$0, R2
	MOVD	$0, R3
	MOVD	$0, R4
	MOVD	$SYS_clone, R8
	SVC
	MOVD	R0, pid+8(FP)
	RET
