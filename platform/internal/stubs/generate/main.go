// Command generate writes the stubs of the packages whose directories are its arguments.
package main

import (
	"fmt"
	"os"

	"github.com/spawnspec/spawnspec/platform/internal/stubs"
)

func main() {
	if err := stubs.Write(os.Args[1:]...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
