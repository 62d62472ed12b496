// Package suite puts the areas together: importing it declares every spec.
package suite

import (
	"sync"

	"github.com/spawnspec/spawnspec/suite/internal/spec"

	// The areas declare their behaviours when they are initialised.
	_ "github.com/spawnspec/spawnspec/suite/argument"
	_ "github.com/spawnspec/spawnspec/suite/boundary"
	_ "github.com/spawnspec/spawnspec/suite/console"
	_ "github.com/spawnspec/spawnspec/suite/directory"
	_ "github.com/spawnspec/spawnspec/suite/environment"
	_ "github.com/spawnspec/spawnspec/suite/exec"
	_ "github.com/spawnspec/spawnspec/suite/fork"
	_ "github.com/spawnspec/spawnspec/suite/handle"
	_ "github.com/spawnspec/spawnspec/suite/inherit"
	_ "github.com/spawnspec/spawnspec/suite/job"
	_ "github.com/spawnspec/spawnspec/suite/lookup"
	_ "github.com/spawnspec/spawnspec/suite/pipe"
	_ "github.com/spawnspec/spawnspec/suite/process"
	_ "github.com/spawnspec/spawnspec/suite/runtime"
	_ "github.com/spawnspec/spawnspec/suite/signal"
	_ "github.com/spawnspec/spawnspec/suite/stdio"
	_ "github.com/spawnspec/spawnspec/suite/wait"
)

// Check holds what the areas declare against the rules of a declaration. It is done once.
var Check = sync.OnceValue(spec.Check)
