// Command pack makes the archive of the recordings that the binary carries.
//
//	pack FOLDER ARCHIVE
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/published"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pack FOLDER ARCHIVE")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(folder, archive string) error {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return err
	}
	var names []string
	for _, path := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(path), ".json"))
	}
	f, err := os.Create(archive)
	if err != nil {
		return err
	}
	if err := published.Pack(f, names, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(folder, name+".json"))
	}); err != nil {
		return err
	}
	return f.Close()
}
