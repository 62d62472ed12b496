package process

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("process", title, func() {
	Behaviour("process.parent.no-reparent", Must,
		"Nobody adopts the child of a process that has ended: its parent id goes on naming the dead creator.",
		OnWindows(System, MSLearn("PROCESSENTRY32W structure", "windows/win32/api/tlhelp32/ns-tlhelp32-processentry32w"),
			MSLearn("CreateToolhelp32Snapshot function", "windows/win32/api/tlhelp32/nf-tlhelp32-createtoolhelp32snapshot")),
		Matters("Once the id is given to somebody else, a walk along parent ids takes strangers for descendants."),
		Remedy("Believe a parent id only if the parent was created before the child; to end a tree, use a job."),
		ProvedBy("job.close.kills-tree"), Seen("jesseduffield/kill#1"),
		Was("win.proc.no-reparent"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			OpenProcess(t, c) // holds the id, so that nobody else is given it
			g := c.Start(Agent(), InheritStdio(), Orphan())
			Ask(g, agent.Getppid)
			c.Exit(0)
			c.Wait()
			p, err := win32.ParentOf(uint32(g.Pid()))
			t.NoError(err)
			t.Observe("the grandchild runs", p.Listed).To(BeTrue())
			t.Observe("its parent is the dead creator", int(p.Parent) == c.Pid()).To(BeTrue())
		}))

	Behaviour("process.parent.given-id", Must,
		"PROC_THREAD_ATTRIBUTE_PARENT_PROCESS makes another process the parent of the child.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute),
		Matters("Who a process listing names as parent need not have started the child; a kill of the parent's tree may take it or miss it."),
		Was("win.parent.ppid"),
		Try(func(t *Trial) {
			host := t.Start(Agent())
			c := t.Start(Agent(), Orphan(), Calling(win32.Start{Parent: OpenProcess(t, host)}))
			t.Observe("the child's own idea of its parent is the host", Ask(c, agent.Getppid) == host.Pid()).To(BeTrue())
			p, err := win32.ParentOf(uint32(c.Pid()))
			t.NoError(err)
			t.Observe("a process snapshot says the same", int(p.Parent) == host.Pid()).To(BeTrue())
		}))
})
