package process

import (
	. "github.com/onsi/gomega"

	"github.com/spawnspec/spawnspec/fixtures/agent"
	"github.com/spawnspec/spawnspec/platform/win32"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("process", title, func() {
	Behaviour("process.parent.no-reparent", Should,
		"After its creator's exit a process is adopted by no other: its parent id remains the creator's.",
		OnWindows(System,
			MSLearn("PROCESSENTRY32W structure", "windows/win32/api/tlhelp32/ns-tlhelp32-processentry32w"),
			MSLearn("CreateToolhelp32Snapshot function",
				"windows/win32/api/tlhelp32/nf-tlhelp32-createtoolhelp32snapshot")),
		Matters("Once the id has been given to another process, a walk along parent ids takes strangers for descendants."),
		Remedy("Trust a parent id only if the parent was created before the child; to end a tree, use a job."),
		ProvedBy("job.close.kills-tree"), Seen("jesseduffield/kill#1"),
		Was("win.proc.no-reparent"),
		Try(func(t *Trial) {
			c := t.Start(Agent())
			OpenProcess(t, c) // holds the id, so that no other process is given it
			g := c.Start(Agent(), InheritStdio(), Orphan())
			Ask(g, agent.Getppid)
			c.Exit(0)
			c.Wait()
			p, err := win32.ParentOf(uint32(g.Pid()))
			t.NoError(err)
			t.Observe("whether the grandchild runs", p.Listed).To(BeTrue())
			t.Observe("whether the grandchild's parent id is the creator's", int(p.Parent) == c.Pid()).To(BeTrue())
		}))

	Behaviour("process.parent.given-id", Must,
		"PROC_THREAD_ATTRIBUTE_PARENT_PROCESS makes another process the parent of the child.",
		OnWindows(CreateProcess, UpdateProcThreadAttribute),
		Matters("The parent in a list of processes need not have started the child; killing the parent's tree may "+
			"take the child along or miss it."),
		Was("win.parent.ppid"),
		Try(func(t *Trial) {
			host := t.Start(Agent())
			c := t.Start(Agent(), Orphan(), Calling(win32.Start{Parent: OpenProcess(t, host)}))
			t.Observe("whether the parent id that the child finds is the host's",
				Ask(c, agent.Getppid) == host.Pid()).To(BeTrue())
			p, err := win32.ParentOf(uint32(c.Pid()))
			t.NoError(err)
			t.Observe("whether the parent id in a snapshot is the host's", int(p.Parent) == host.Pid()).To(BeTrue())
		}))
})
