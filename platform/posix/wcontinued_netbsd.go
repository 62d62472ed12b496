package posix

// x/sys leaves the constant out; the value is that of NetBSD's <sys/wait.h>.
const wcontinued = 0x10
