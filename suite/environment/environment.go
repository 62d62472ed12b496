// Package environment is the area of the environment variables that a program is given.
//
// Subjects, in the order of reading: block, name, value, go.
package environment

import (
	"slices"
	"strings"

	"github.com/spawnspec/spawnspec/platform"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

const title = "The environment"

var variables = MSLearn("Environment Variables", "windows/win32/procthread/environment-variables")

// only keeps the entries of the given names, in their order: every child has
// some that the system adds.
func only(r platform.Snapshot, names ...string) []string {
	list := []string{}
	for _, v := range Strings(r.Env) {
		if slices.ContainsFunc(names, func(name string) bool { return v == name || strings.HasPrefix(v, name+"=") }) {
			list = append(list, v)
		}
	}
	return list
}
