//go:build unix && !openbsd

package platform

import "golang.org/x/sys/unix"

var addressSpace = []resource{{"as", unix.RLIMIT_AS}}
