package inherit

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/posix"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("inherit", title, func() {
	Behaviour("inherit.limit.inherited", Must,
		"A child starts with the soft and hard resource limits of the process that starts it, except the soft limit of "+
			"descriptors that a Go program has raised at its start, the soft stack limit that Linux lowers for a privileged "+
			"image, what SELinux or AppArmor sets for another domain or profile, what FreeBSD and NetBSD cap for a 32-bit "+
			"image, and the soft stack limit that FreeBSD raises for an image that asks for a larger stack; lowering them "+
			"does not lower its parent's.",
		About(Unix), Needs("setrlimit"),
		Cite(POSIX("fork"), POSIX("exec"), POSIX("getrlimit"), LinuxExec, SELinuxCommitting, AppArmorCommitting,
			Document("FreeBSD: ia32_fixlimit()",
				"https://github.com/freebsd/freebsd-src/blob/release/14.1.0/sys/compat/ia32/ia32_sysvec.c"),
			Document("FreeBSD: exec_new_vmspace()",
				"https://github.com/freebsd/freebsd-src/blob/release/14.1.0/sys/kern/kern_exec.c")),
		Matters("A limit set in a shell, a unit file or a container comes to all that is started below; a program there can "+
			"raise its soft limit, not its hard one without privileges."),
		Was("fork.rlimits.inherited"),
		Try(func(t *Trial) {
			parent := t.Start(Agent())
			hard := min(6000, MustCall(parent, agent.GetLimit, posix.RLIMIT_CPU).Hard)
			if hard < 100 {
				t.Unmet("the hard limit of processor time is %d seconds", hard)
			}
			core := min(6000, MustCall(parent, agent.GetLimit, posix.RLIMIT_CORE).Hard) // may be 0
			limits := []struct {
				name     string
				resource int
				given    posix.Limits
				lower    posix.Limits
			}{
				{"processor time", posix.RLIMIT_CPU, posix.Limits{Soft: hard - 10, Hard: hard - 5},
					posix.Limits{Soft: hard - 30, Hard: hard - 25}},
				{"core files", posix.RLIMIT_CORE, posix.Limits{Soft: core / 2, Hard: core}, posix.Limits{}},
			}
			set := func(c *Process, resource int, l posix.Limits) {
				MustCall(c, agent.SetLimit, agent.LimitArgs{Resource: resource, Limits: l})
			}
			for _, l := range limits {
				set(parent, l.resource, l.given)
			}
			c := parent.Start(Agent(), InheritStdio())
			for _, l := range limits {
				t.Observe("whether the child has its parent's limits of "+l.name,
					MustCall(c, agent.GetLimit, l.resource) == l.given).To(BeTrue())
				set(c, l.resource, l.lower)
			}
			kept := true
			for _, l := range limits {
				kept = kept && MustCall(parent, agent.GetLimit, l.resource) == l.given
			}
			t.Observe("whether the parent has them still after the child has lowered its own", kept).To(BeTrue())
		}))

	Behaviour("inherit.limit.go-restores-nofile", Should,
		"Go raises its own soft limit of open files at its start, and starts children with the limit that it was started "+
			"with itself.",
		About(Unix), On(OSExec, ForkExec), Needs("script-image", "setrlimit"), Cite(Issue("golang/go#46279")),
		Matters("A program that uses select, or that closes every possible descriptor, breaks or stalls under the raised "+
			"limit."),
		Seen("golang/go#46279"),
		Was("go.spawn.nofile-restored"),
		Try(func(t *Trial) {
			report := t.RawReport()
			starter := t.Start(Agent(), report.ForParent())
			hard := MustCall(starter, agent.GetLimit, posix.RLIMIT_NOFILE).Hard
			if hard <= 960 {
				t.Unmet("the hard limit of descriptors is %d, which leaves no room above 960", hard)
			}
			if files := Ask(starter, agent.Descriptors); len(files) > 900 {
				t.Unmet("%d descriptors are open already, which leaves no room below 960", len(files))
			}
			// What a Go program sets itself it hands on, which makes it the
			// limit that the next one is started with.
			MustCall(starter, agent.SetLimit, agent.LimitArgs{Resource: posix.RLIMIT_NOFILE,
				Limits: posix.Limits{Soft: 960, Hard: hard}})
			parent := starter.Start(Agent(), report.Relay())
			t.Observe("whether the parent has raised its limit from 960",
				MustCall(parent, agent.GetLimit, posix.RLIMIT_NOFILE).Soft > 960).To(BeTrue())
			t.Observe("the child's soft limit", report.OfChild(parent).NOFILE.Soft).To(Equal(uint64(960)))
		}))
})
